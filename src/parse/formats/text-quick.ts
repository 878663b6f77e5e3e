/**
 * The two layouts most text logs have, read in one go: `LEVEL [thread] a.b.Logger - text` (or `: text`, without the
 * thread, too) and ` - logger - LEVEL`. Each accepts only what `text-header.ts` would read the same way, and declines
 * everything else, so it saves time and decides nothing.
 */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  isBlank,
  isLetter,
  isUpper,
  SPACE,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { levelWordAt } from '../level.ts';
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

/** Read the header at `at` (behind the stamp), level and message start included. False: nothing was written. */
export function readQuickHeader(draft: Draft, layout: Layout, at: number, end: number): boolean {
  const { bytes, known } = draft;
  let position = at;
  if (bytes[position] !== SPACE) return false;
  while (bytes[position] === SPACE) position += 1;
  if (!isUpper(bytes[position]!) || !isUpper(bytes[position + 1]!)) return false;
  const word = levelWordAt(bytes, position, end, false);
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
    while (NAME[bytes[threadEnd]!] !== 0) {
      kinds |= NAME[bytes[threadEnd]!]!;
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
  while (NAME[bytes[position]!] !== 0) {
    kinds |= NAME[bytes[position]!]!;
    position += 1;
  }
  const nameEnd = position;
  if ((kinds & DOTTED) === 0 || nameEnd - nameStart > NAME_LENGTH_MAX - 2) return false;
  if (!isLetter(bytes[nameStart]!) || NAME[bytes[nameEnd - 1]!] !== 1 || nameEnd + 3 >= end)
    return false;
  position = nameEnd + 2;
  if (bytes[nameEnd] === COLON) {
    if (bytes[nameEnd + 1] !== SPACE) return false;
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
  // A logger that is called like a level is left to the other reader.
  if (
    !isUpper(bytes[position]!) ||
    !isUpper(bytes[position + 1]!) ||
    levelWordAt(bytes, nameStart, end, false) >= 0
  ) {
    return -1;
  }
  const word = levelWordAt(bytes, position, end, false);
  if (word < 0) return -1;
  const levelEnd = position + (word >> 3);
  const next = bytes[levelEnd]!;
  if (next !== SPACE && next !== COLON) return -1;
  draft.level = word & 7;
  addComponent(draft, nameStart, nameEnd);
  return levelEnd;
}
