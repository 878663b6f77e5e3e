/**
 * The header of a text line: what stands between the stamp and the message.
 *
 * First the pieces before the level (pid, thread, logger, host), which count as header only if a level follows
 * them and each looks like a piece of a header; then the level; then the pieces behind it. What one line alone
 * leaves open is asked of the `Layout`. The message is what remains.
 */
import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACE_OPEN,
  BRACKET_OPEN,
  COLON,
  DASH,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  LESS,
  PAREN_OPEN,
  PIPE,
  SLASH,
  SPACE,
  skipBlanks,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Layout } from '../layout.ts';
import { levelOfLetter } from '../level.ts';
import { readCiscoCode } from './cisco.ts';
import { readBehindLevel } from './text-behind.ts';
import { readColumns } from './text-columns.ts';
import { addComponent, addItem } from './text-fields.ts';
import {
  CROSSED,
  closerOf,
  crossed,
  groupClose,
  ITEMS_MAX,
  LOOK,
  lookOf,
  skipSeparators,
  wordEnd,
} from './text-items.ts';
import { readLevelItem } from './text-level.ts';
import { readQuickHeader, readQuickLevel } from './text-quick.ts';

/** How far behind the stamp a level is looked for. */
const HEADER_LENGTH_MAX = 256;

const itemStart = new Int32Array(ITEMS_MAX);

const itemEnd = new Int32Array(ITEMS_MAX);

/** Read the header that begins at `at` (behind the stamp); sets level, fields and the start of the message. */
export function readHeader(draft: Draft, layout: Layout, at: number, end: number): void {
  const { bytes } = draft;
  if (readQuickHeader(draft, layout, at, end)) return;
  const quickLevelEnd = readQuickLevel(draft, at, end);
  if (quickLevelEnd >= 0) {
    draft.messageStart = readBehindLevel(draft, layout, quickLevelEnd, end);
    return;
  }
  const limit = Math.min(end, at + HEADER_LENGTH_MAX);
  let position = skipSeparators(bytes, at, end);
  const textStart = position;
  const isColumns = (crossed & CROSSED.PIPE) !== 0;
  let count = 0;
  let levelEnd = -1;
  while (position < limit) {
    levelEnd = readLevelItem(draft, layout, position, end);
    if (levelEnd >= 0) break;
    if (count === ITEMS_MAX) break;
    levelEnd = readLetterLevel(draft, position, end, count);
    if (levelEnd >= 0) break;
    const stop = headerItemEnd(bytes, position, limit);
    if (stop < 0) break;
    itemStart[count] = position;
    itemEnd[count] = stop;
    count += 1;
    const next = skipSeparators(bytes, stop, end);
    if (next === stop && !closesGroup(bytes, stop)) break;
    if (!isHeaderPiece(bytes, itemStart[count - 1]!, stop)) break;
    position = next;
  }
  if (levelEnd < 0) {
    draft.messageStart = readWithoutLevel(draft, textStart, end, isColumns);
    const codeAt = ciscoCodeAt(bytes, draft.messageStart, end);
    if (codeAt >= 0) {
      if (codeAt > draft.messageStart) {
        draft.text(draft.known.host, draft.messageStart, wordEnd(bytes, draft.messageStart, end));
      }
      draft.messageStart = codeAt;
      readCiscoCode(draft);
    }
    return;
  }
  for (let item = 0; item < count; item += 1)
    addItem(draft, itemStart[item]!, itemEnd[item]!, true);
  draft.messageStart = isMongo(bytes, levelEnd, count)
    ? readMongo(draft, levelEnd, end)
    : readBehindLevel(draft, layout, levelEnd, end);
}

/** Where `%FACILITY-…` stands: at once, behind a host, or behind a host and ` :`; -1 where it does not. */
function ciscoCodeAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 37) return at;
  let position = skipBlanks(bytes, wordEnd(bytes, at, end), end);
  if (bytes[position] === COLON) position = skipBlanks(bytes, position + 1, end);
  return bytes[position] === 37 && isUpper(bytes[position + 1]!) ? position : -1;
}

/** MongoDB before 4.4: `I CONTROL  [initandlisten] text`; only a single letter stands so before a word in capitals. */
function isMongo(bytes: Uint8Array, levelEnd: number, count: number): boolean {
  return (
    count === 0 &&
    bytes[levelEnd] === SPACE &&
    isBlank(bytes[levelEnd - 2]!) &&
    isUpper(bytes[levelEnd - 1]!)
  );
}

function readMongo(draft: Draft, levelEnd: number, end: number): number {
  const { bytes } = draft;
  const at = skipBlanks(bytes, levelEnd, end);
  const stop = wordEnd(bytes, at, end);
  if (bytes[at] !== DASH) addComponent(draft, at, stop);
  const next = skipBlanks(bytes, stop, end);
  if (bytes[next] !== BRACKET_OPEN) return next;
  const close = groupClose(bytes, next, end);
  if (close < 0) return next;
  draft.text(draft.known.thread, next + 1, close);
  return Math.min(end, skipBlanks(bytes, close + 1, end));
}

function closesGroup(bytes: Uint8Array, at: number): boolean {
  return closerOf(bytes[at]!) !== 0;
}

/** A single letter is a level behind the stamp or numbers only: `I CONTROL  […]`, `1702  2395 D WindowManager: …`. */
function readLetterLevel(draft: Draft, at: number, end: number, count: number): number {
  const { bytes } = draft;
  if (!isUpper(bytes[at]!) || at + 2 >= end) return -1;
  const next = bytes[at + 1]!;
  const behind = bytes[at + 2]!;
  if (next === SLASH) {
    if (count === 0 && !isLetter(behind)) return -1;
  } else if (
    next !== SPACE ||
    !(isUpper(behind) || behind === SPACE || behind === DASH || behind === PIPE || count > 0)
  )
    return -1;
  for (let item = 0; item < count; item += 1) {
    if (lookOf(bytes, itemStart[item]!, itemEnd[item]!) !== LOOK.NUMBER) return -1;
  }
  if (count === 0 && next === SPACE && !isCapitalWord(bytes, skipBlanks(bytes, at + 1, end), end)) {
    return -1;
  }
  const level = levelOfLetter(bytes[at]!);
  if (level === LEVEL_NONE) return -1;
  draft.level = level;
  return at + 1;
}

/** `CONTROL`, `NETWORK`, `-`: MongoDB's component behind its letter. */
function isCapitalWord(bytes: Uint8Array, at: number, end: number): boolean {
  let position = at;
  while (position < end && bytes[position]! > SPACE) {
    const byte = bytes[position]!;
    if (byte === PIPE) break;
    if (!isUpper(byte) && byte !== 95 && byte !== DASH && !isDigit(byte)) return false;
    position += 1;
  }
  return position > at + 1 || bytes[at] === DASH || bytes[at] === PIPE;
}

/** End of the header piece at `at`, or -1 where something else stands there. */
function headerItemEnd(bytes: Uint8Array, at: number, end: number): number {
  if (closerOf(bytes[at]!) !== 0) {
    const close = groupClose(bytes, at, end);
    return close < 0 ? -1 : close + 1;
  }
  let stop = at;
  while (stop < end) {
    const byte = bytes[stop]!;
    if (byte <= SPACE || byte === PIPE || byte === 44 || byte === 93) break;
    if (byte === BRACKET_OPEN || byte === PAREN_OPEN || byte === LESS || byte === BRACE_OPEN) {
      const close = groupClose(bytes, stop, end);
      if (close < 0) return -1;
      stop = close;
    }
    stop += 1;
  }
  while (stop > at && bytes[stop - 1] === COLON) stop -= 1;
  return stop > at ? stop : -1;
}

/** Whether a word before a level can be a piece of the header, given what `skipSeparators` crossed behind it. */
function isHeaderPiece(bytes: Uint8Array, start: number, stop: number): boolean {
  if (closerOf(bytes[start]!) !== 0) return true;
  // FreeSWITCH's share of idle time: `99.93%`.
  if (bytes[stop - 1] === 37 && isDigit(bytes[start]!)) return true;
  const look = lookOf(bytes, start, stop);
  if (look === LOOK.NONE) return isLetter(bytes[start]!) && hasEquals(bytes, start, stop);
  if (look !== LOOK.PLAIN) return true;
  return (crossed & ~CROSSED.BLANK) !== 0 || hasDigit(bytes, start, stop);
}

function hasEquals(bytes: Uint8Array, start: number, stop: number): boolean {
  for (let position = start; position < stop; position += 1) {
    if (bytes[position] === 61) return true;
  }
  return false;
}

function hasDigit(bytes: Uint8Array, start: number, stop: number): boolean {
  for (let position = start; position < stop; position += 1) {
    if (isDigit(bytes[position]!)) return true;
  }
  return false;
}

/** No level: adjoining groups (`[16362][gc,heap] text`) and columns are header, all else is the message. */
function readWithoutLevel(draft: Draft, at: number, end: number, isColumns: boolean): number {
  const { bytes } = draft;
  if (isColumns) return readColumns(draft, at, end, 0);
  let position = at;
  while (bytes[position] === BRACKET_OPEN && bytes[position - 1] === 93) {
    const close = groupClose(bytes, position, end);
    if (close < 0) break;
    addItem(draft, position, close + 1, false);
    position = close + 1;
  }
  return skipBlanks(bytes, position, end);
}
