/**
 * The layouts most text logs have, read in one go: `LEVEL [thread] a.b.Logger - text` (or `: text`, without the
 * thread, too), ` - logger - LEVEL - text`, and `LEVEL: text` or `LEVEL text`. Each accepts only what `text-header.ts` would read the same way, and declines
 * everything else, so it saves time and decides nothing.
 */

import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  SPACE,
} from '../bytes.ts';
import { isThrowableName } from '../continuation.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { DEBUG, ERROR, FATAL, INFO, levelWordAt, TRACE, WARN } from '../level.ts';
import { addComponent, startsWithRequest } from './text-fields.ts';

/** Bytes of a plain name: 1 letters, digits, `_`; 2 the dot and `$`; 4 the dash. */
const NAME = new Uint8Array(256);
for (const sign of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_') {
  NAME[sign.charCodeAt(0)] = 1;
}
NAME[46] = 2;
NAME[36] = 2;
NAME[DASH] = 4;
const DOTTED = 2;

/** Longest name read here; as in `text-items.ts`. */
const NAME_LENGTH_MAX = 160;

/** The first four letters of the usual levels, as words, and the levels with all their letters. */
const LEVEL_STARTS = ['INFO', 'WARN', 'ERRO', 'DEBU', 'TRAC', 'FATA'].map(wordOf);
const [INFO_WORD, WARN_WORD, ERROR_WORD, DEBUG_WORD, TRACE_WORD, FATAL_WORD] = LEVEL_STARTS;

function wordOf(text: string): number {
  return Buffer.from(text).readInt32LE();
}

/** As `levelWordAt`, for a level in capitals. */
function capitalLevelAt(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const fifth = bytes[at + 4]!;
  switch (draft.view.getInt32(at, true)) {
    case INFO_WORD:
      if (fifth === SPACE) return INFO + 8 * 4;
      break;
    case WARN_WORD:
      if (fifth === SPACE) return WARN + 8 * 4;
      break;
    case ERROR_WORD:
      if (fifth === 82 && bytes[at + 5] === SPACE) return ERROR + 8 * 5;
      break;
    case DEBUG_WORD:
      if (fifth === 71 && bytes[at + 5] === SPACE) return DEBUG + 8 * 5;
      break;
    case TRACE_WORD:
      if (fifth === 69 && bytes[at + 5] === SPACE) return TRACE + 8 * 5;
      break;
    case FATAL_WORD:
      if (fifth === 76 && bytes[at + 5] === SPACE) return FATAL + 8 * 5;
      break;
    default:
  }
  if (!isUpper(bytes[at]!) || !isUpper(bytes[at + 1]!)) return -1;
  return levelWordAt(bytes, at, end, false);
}

/** Read the header at `at` (behind the stamp), level and message start included. False: nothing was written. */
export function readQuickHeader(draft: Draft, layout: Layout, at: number, end: number): boolean {
  const { bytes, known } = draft;
  let position = at;
  if (bytes[position] !== SPACE) return false;
  while (bytes[position] === SPACE) position += 1;
  const word = capitalLevelAt(draft, position, end);
  if (word < 0) return false;
  position += word >> 3;
  if (bytes[position] !== SPACE) return false;
  while (bytes[position] === SPACE) position += 1;

  let threadStart = 0;
  let threadEnd = 0;
  if (bytes[position] === BRACKET_OPEN) {
    threadStart = position + 1;
    threadEnd = threadStart;
    let kinds = 0;
    for (let kind = NAME[bytes[threadEnd]!]!; kind !== 0; kind = NAME[bytes[threadEnd]!]!) {
      kinds |= kind;
      threadEnd += 1;
    }
    if (bytes[threadEnd] !== BRACKET_CLOSE || bytes[threadEnd + 1] !== SPACE) return false;
    if ((kinds & DOTTED) !== 0 || !isLetter(bytes[threadStart]!)) return false;
    if (
      threadEnd - threadStart < 4 ||
      bytes[threadStart + 2] === DASH ||
      startsWithRequest(bytes, threadStart)
    )
      return false;
    position = threadEnd + 1;
    while (bytes[position] === SPACE) position += 1;
  }

  const nameStart = position;
  let kinds = 0;
  for (let kind = NAME[bytes[position]!]!; kind !== 0; kind = NAME[bytes[position]!]!) {
    kinds |= kind;
    position += 1;
  }
  const nameEnd = position;
  if ((kinds & DOTTED) === 0 || nameEnd - nameStart > NAME_LENGTH_MAX - 2) return false;
  if (!isLetter(bytes[nameStart]!) || NAME[bytes[nameEnd - 1]!] !== 1 || nameEnd + 3 >= end)
    return false;
  position = nameEnd + 2;
  if (bytes[nameEnd] === COLON) {
    if (bytes[nameEnd + 1] !== SPACE || isThrowableName(bytes, nameStart, nameEnd)) return false;
    // A colon that closes this logger speaks for plain ones in the same file.
    layout.takes(OPEN.WORD_COLON);
  } else {
    if (bytes[nameEnd] !== SPACE || bytes[nameEnd + 1] !== DASH || bytes[nameEnd + 2] !== SPACE) {
      return false;
    }
    position = nameEnd + 3;
  }
  draft.level = word & 7;
  if (threadEnd > threadStart) draft.text(known.thread, threadStart, threadEnd);
  draft.text(known.component, nameStart, nameEnd);
  while (position < end && isBlank(bytes[position]!)) position += 1;
  draft.messageStart = position;
  return true;
}

/** ` - logger - LEVEL` at `at`: returns where the level ends, or -1 and nothing was written. */
export function readQuickLevel(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  if (bytes[at] !== SPACE || bytes[at + 1] !== DASH || bytes[at + 2] !== SPACE) return -1;
  const nameStart = at + 3;
  let position = nameStart;
  while (NAME[bytes[position]!] !== 0) position += 1;
  const nameEnd = position;
  if (nameEnd === nameStart || nameEnd - nameStart > NAME_LENGTH_MAX) return -1;
  if (!isLetter(bytes[nameStart]!) || NAME[bytes[nameEnd - 1]!] !== 1) return -1;
  if (bytes[position] !== SPACE || bytes[position + 1] !== DASH || bytes[position + 2] !== SPACE)
    return -1;
  position += 3;
  const word = capitalLevelAt(draft, position, end);
  // A logger that is called like a level is left to the other reader.
  if (word < 0 || levelWordAt(bytes, nameStart, end, false) >= 0) return -1;
  const levelEnd = position + (word >> 3);
  const next = bytes[levelEnd]!;
  if (next !== SPACE && next !== COLON) return -1;
  draft.level = word & 7;
  addComponent(draft, nameStart, nameEnd);
  return levelEnd;
}

/**
 * ` - logger - LEVEL - text`, `LEVEL: text` or `LEVEL text` at `at`, where the text begins with plain words, so that nothing of it can
 * belong to the header. False: nothing was written.
 */
export function readQuickText(draft: Draft, at: number, end: number): boolean {
  const { bytes } = draft;
  if (bytes[at] !== SPACE) return false;
  const { fieldCount } = draft.columns;
  let position: number;
  if (bytes[at + 1] === DASH) {
    position = readQuickLevel(draft, at, end);
    if (position < 0) return false;
    const isClosed = bytes[position + 1] === DASH && bytes[position + 2] === SPACE;
    if (bytes[position] === COLON) position += 2;
    else position += isClosed ? 3 : 1;
  } else {
    position = at + 1;
    while (bytes[position] === SPACE) position += 1;
    const word = quickLevelAt(draft, position, end);
    if (word < 0) return false;
    draft.level = word & 7;
    position += word >> 3;
    position += bytes[position] === COLON ? 2 : 1;
  }
  if (bytes[position - 1] === SPACE && beginsText(bytes, position, end)) {
    draft.messageStart = position;
    return true;
  }
  draft.level = LEVEL_NONE;
  draft.columns.fieldCount = fieldCount;
  return false;
}

/** As `capitalLevelAt`, with a colon behind the level, too. */
function quickLevelAt(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  if (!isUpper(bytes[at]!) || !isUpper(bytes[at + 1]!)) return -1;
  const word = levelWordAt(bytes, at, end, false);
  if (word < 0) return -1;
  const next = bytes[at + (word >> 3)]!;
  return next === SPACE || next === COLON ? word : -1;
}

/** Longest second word looked through for its colon. */
const WORD_LENGTH_MAX = 120;

/** Whether a word of letters stands at `at`, and behind it one that does not make a logger or a module of the first. */
function beginsText(bytes: Uint8Array, at: number, end: number): boolean {
  let position = at;
  while (isLetter(bytes[position]!)) position += 1;
  if (position === at || bytes[position] !== SPACE || position - at > WORD_LENGTH_MAX) return false;
  const second = position + 1;
  const first = bytes[second]!;
  if (first <= SPACE || first === DASH || first === COLON || second >= end) return false;
  position = second;
  if (isDigit(first)) {
    while (isDigit(bytes[position]!)) position += 1;
    return bytes[position] !== SPACE || !isDigit(bytes[position + 1]!);
  }
  while (bytes[position]! > SPACE && position - second < WORD_LENGTH_MAX) position += 1;
  return position - second < WORD_LENGTH_MAX && bytes[position - 1] !== COLON;
}
