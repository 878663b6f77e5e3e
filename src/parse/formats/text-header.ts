/**
 * The header of a text line: what stands between the stamp and the message.
 *
 * First the pieces before the level (pid, thread, logger, host), which count as header only if a level follows
 * them and each looks like a piece of a header; then the level; then the pieces behind it. What one line alone
 * leaves open is asked of the `Layout`. The message is what remains.
 */
import { LEVEL_NONE } from '../../model/level.ts';
import {
  AT_SIGN,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  findByte,
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
  startsWith,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { levelOfLetter } from '../level.ts';
import { isCodeStart, readCiscoCode } from './cisco.ts';
import { readQuickPostgres } from './postgres-quick.ts';
import { readRds } from './postgres-rds.ts';
import { pidEnd } from './syslog-program.ts';
import { readBehindLevel } from './text-behind.ts';
import { isClosedLevel, isLevelColumn, readSuffixedLevel } from './text-closed.ts';
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
import {
  isCapitalWord,
  isLetterBefore,
  isWordWithColon,
  levelOfWebSphere,
  readBareLetter,
} from './text-letter.ts';
import { readLevelItem } from './text-level.ts';
import { readQuickHeader, readQuickLevel } from './text-quick.ts';

const EXCLAMATION = 33;
const LEVEL_NAME = 'LEVEL: ';
/** How far behind the stamp a level is looked for. */
const HEADER_LENGTH_MAX = 256;

const itemStart = new Int32Array(ITEMS_MAX);

const itemEnd = new Int32Array(ITEMS_MAX);

/** Read the header that begins at `at` (behind the stamp); sets level, fields and the start of the message. */
export function readHeader(draft: Draft, layout: Layout, at: number, end: number): void {
  const { bytes } = draft;
  if (readQuickHeader(draft, layout, at, end)) return;
  let quickLevelEnd = readQuickLevel(draft, at, end);
  if (quickLevelEnd < 0) quickLevelEnd = readQuickPostgres(draft, at, end);
  if (quickLevelEnd < 0) quickLevelEnd = readRds(draft, layout, at, end);
  if (quickLevelEnd >= 0) {
    draft.messageStart = readBehindLevel(draft, layout, quickLevelEnd, end);
    return;
  }
  const limit = Math.min(end, at + HEADER_LENGTH_MAX);
  let position = skipSeparators(bytes, at, end);
  const textStart = position;
  const isColumns = (crossed & CROSSED.PIPE) !== 0;
  if (!layout.learning && layout.takes(OPEN.PADDED_SOURCE)) {
    const wordStop = paddedWordEnd(bytes, position, limit);
    if (wordStop >= 0) {
      addComponent(draft, position, wordStop);
      draft.messageStart = skipBlanks(bytes, wordStop, end);
      return;
    }
  }
  let count = 0;
  let levelEnd = -1;
  let needsColon = false;
  while (position < limit) {
    // DB2 says what it is: `LEVEL: Warning`.
    if (startsWith(bytes, position, LEVEL_NAME)) position += LEVEL_NAME.length;
    levelEnd = readLevelItem(draft, layout, position, end);
    const isName = levelEnd >= 0 && isColumns && isLevelColumn(bytes, levelEnd, end);
    if (levelEnd >= 0 && !isName) {
      if (!needsColon || isCapitalWithColon(bytes, position, levelEnd)) break;
      draft.level = LEVEL_NONE;
      levelEnd = -1;
      break;
    }
    if (count === ITEMS_MAX) break;
    levelEnd = readLetterLevel(draft, layout, position, end, count);
    if (levelEnd >= 0) break;
    const stop = headerItemEnd(bytes, position, limit);
    if (stop < 0) break;
    levelEnd = readSuffixedLevel(draft, position, stop);
    if (levelEnd >= 0) break;
    itemStart[count] = position;
    itemEnd[count] = stop;
    count += 1;
    const next = skipSeparators(bytes, stop, end);
    // Unreal Engine: `[12]LogNet: Warning: text`.
    if (next === stop && !closesGroup(bytes, stop) && bytes[stop - 1] !== BRACKET_CLOSE) break;
    const itemAt = itemStart[count - 1]!;
    if (!isHeaderPiece(bytes, itemAt, stop) && !isBeforeLevel(bytes, itemAt, stop, next, end)) {
      // Sidekiq: `12345 TID-abc MyWorker JID-abc INFO: text`.
      if (count < 2 || lookOf(bytes, itemStart[0]!, itemEnd[0]!) !== LOOK.NUMBER) break;
      if (!isUpper(bytes[position]!)) break;
      needsColon = true;
    }
    position = next;
  }
  if (levelEnd < 0) {
    if (layout.learning && paddedWordEnd(bytes, textStart, limit) >= 0) {
      layout.takes(OPEN.PADDED_SOURCE);
    }
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
  const isWebSphere = count === 2 && isHexWord(bytes, 0);
  addItems(draft, count, isWebSphere);
  if (isWebSphere) draft.messageStart = skipBlanks(bytes, levelEnd, end);
  else if (isMongo(bytes, levelEnd, end, count))
    draft.messageStart = readMongo(draft, levelEnd, end);
  else draft.messageStart = readBehindLevel(draft, layout, levelEnd, end);
}

/** The pieces before the level. WebSphere's thread may look like a name. */
function addItems(draft: Draft, count: number, isWebSphere: boolean): void {
  for (let item = 0; item < count; item += 1) {
    const [from, to] = [itemStart[item]!, itemEnd[item]!];
    const isThread = item === 0 && isWebSphere && lookOf(draft.bytes, from, to) !== LOOK.NUMBER;
    if (isThread) draft.text(draft.known.thread, from, to);
    else addItem(draft, from, to, true);
  }
}

/** `INFO:`, where nothing less tells a level from a word. */
function isCapitalWithColon(bytes: Uint8Array, at: number, levelEnd: number): boolean {
  return isUpper(bytes[at]!) && (bytes[levelEnd] === COLON || bytes[levelEnd - 1] === COLON);
}

/** End of a plain word that is padded to a column (SQL Server: `Logon       Login failed`), or -1. */
function paddedWordEnd(bytes: Uint8Array, at: number, end: number): number {
  const stop = wordEnd(bytes, at, end);
  if (bytes[stop] !== SPACE || bytes[stop + 1] !== SPACE) return -1;
  return lookOf(bytes, at, stop) === LOOK.PLAIN ? stop : -1;
}

/** Where `%FACILITY-…` stands: at once, behind a host, or behind a host and ` :`; -1 where it does not. */
function ciscoCodeAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 37) return at;
  let position = skipBlanks(bytes, wordEnd(bytes, at, end), end);
  if (bytes[position] === COLON) position = skipBlanks(bytes, position + 1, end);
  return isCodeStart(bytes, position) ? position : -1;
}

/** MongoDB before 4.4: `I CONTROL  [initandlisten] text`; only a single letter stands so before a word in capitals. */
function isMongo(bytes: Uint8Array, levelEnd: number, end: number, count: number): boolean {
  return (
    count === 0 &&
    bytes[levelEnd] === SPACE &&
    bytes[levelEnd + 1] !== PIPE &&
    isBlank(bytes[levelEnd - 2]!) &&
    isUpper(bytes[levelEnd - 1]!) &&
    !isLetterBefore(bytes, levelEnd - 1, end)
  );
}

function readMongo(draft: Draft, levelEnd: number, end: number): number {
  const { bytes } = draft;
  const at = skipBlanks(bytes, levelEnd, end);
  const stop = wordEnd(bytes, at, end);
  const nameEnd = bytes[stop - 1] === COLON ? stop - 1 : stop;
  if (bytes[at] !== DASH) addComponent(draft, at, nameEnd);
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

/** A single letter: a level by what stands around it, or where nearly all lines of the file have one there. */
function readLetterLevel(
  draft: Draft,
  layout: Layout,
  at: number,
  end: number,
  count: number,
): number {
  const levelEnd = readSureLetter(draft, at, end, count);
  return levelEnd < 0 && count === 0 ? readBareLetter(draft, layout, at, end) : levelEnd;
}

/** A single letter is a level behind the stamp or numbers only: `I CONTROL  […]`, `1702  2395 D WindowManager: …`. */
function readSureLetter(draft: Draft, at: number, end: number, count: number): number {
  const { bytes } = draft;
  if (!isUpper(bytes[at]!) || at + 2 >= end) return -1;
  const next = bytes[at + 1]!;
  const behind = bytes[at + 2]!;
  if (next === EXCLAMATION) {
    // Telegraf: `I! text`.
    if (behind !== SPACE || count > 0) return -1;
    draft.level = levelOfLetter(bytes[at]!);
    return draft.level === LEVEL_NONE ? -1 : at + 2;
  }
  if (next === SPACE && count === 0 && isLetterBefore(bytes, at, end)) {
    draft.level = levelOfLetter(bytes[at]!);
    return draft.level === LEVEL_NONE ? -1 : at + 1;
  }
  if (next === SLASH) {
    if (count === 0 && !isLetter(behind)) return -1;
  } else if (
    next !== SPACE ||
    !(
      isUpper(behind) ||
      behind === SPACE ||
      behind === DASH ||
      behind === PIPE ||
      count > 0 ||
      isWordWithColon(bytes, at + 2, end)
    )
  )
    return -1;
  if (
    count === 2 &&
    next === SPACE &&
    (behind === SPACE || isLetter(behind)) &&
    isHexWord(bytes, 0)
  ) {
    // WebSphere: `00000001 WsServerImpl  A   WSVR0001I: text`; Liberty and those that name their class, `com.ibm.…`, have one blank.
    draft.level = levelOfWebSphere(bytes[at]!);
    return draft.level === LEVEL_NONE ? -1 : at + 1;
  }
  for (let item = 0; item < count; item += 1) {
    if (lookOf(bytes, itemStart[item]!, itemEnd[item]!) !== LOOK.NUMBER) return -1;
  }
  const wordAt = skipBlanks(bytes, at + 1, end);
  if (count === 0 && next === SPACE && !isCapitalWord(bytes, wordAt, end)) {
    if (!isWordWithColon(bytes, wordAt, end)) return -1;
  }
  const level = levelOfLetter(bytes[at]!);
  if (level === LEVEL_NONE) return -1;
  draft.level = level;
  return at + 1;
}

/** Whether a piece before the level is eight hexadecimal digits: WebSphere's thread. */
function isHexWord(bytes: Uint8Array, item: number): boolean {
  const start = itemStart[item]!;
  if (itemEnd[item]! - start !== 8) return false;
  for (let position = start; position < start + 8; position += 1) {
    const byte = bytes[position]!;
    if (!isDigit(byte) && ((byte | 32) < 97 || (byte | 32) > 102)) return false;
  }
  return true;
}

/** End of the header piece at `at`, or -1 where something else stands there. */
function headerItemEnd(bytes: Uint8Array, at: number, end: number): number {
  if (closerOf(bytes[at]!) !== 0) {
    const close = groupClose(bytes, at, end);
    // PostgreSQL before it knows who connects: `[unknown]@[unknown]`.
    if (bytes[close + 1] === AT_SIGN && close > 0) return wordEnd(bytes, close + 1, end);
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

/** Whether the plain word is the name of who prints the level behind it: `backup ERROR: text`, but not Nagios's `SERVICE ALERT: text`. */
function isBeforeLevel(
  bytes: Uint8Array,
  start: number,
  stop: number,
  next: number,
  end: number,
): boolean {
  for (let position = start; position < stop; position += 1) {
    if (isLetter(bytes[position]!) && !isUpper(bytes[position]!)) {
      return isClosedLevel(bytes, next, end);
    }
  }
  return false;
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
  const behindProgram = readProgramWithPid(draft, at, end);
  if (behindProgram >= 0) return behindProgram;
  let position = at;
  while (bytes[position] === BRACKET_OPEN && bytes[position - 1] === 93) {
    const close = groupClose(bytes, position, end);
    if (close < 0) break;
    addItem(draft, position, close + 1, false);
    position = close + 1;
  }
  return skipBlanks(bytes, position, end);
}

/** `sshd[123]: text`, `app[web.1]: text` behind any stamp; -1 where it is something else. */
function readProgramWithPid(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  const stop = wordEnd(bytes, at, end);
  if (bytes[stop - 1] !== COLON || bytes[stop - 2] !== 93 || bytes[stop] !== SPACE) return -1;
  const open = findByte(bytes, BRACKET_OPEN, at, stop);
  if (open < 0 || pidEnd(bytes, open + 1, end) !== stop - 2) return -1;
  if (lookOf(bytes, at, open) < LOOK.PLAIN) return -1;
  draft.text(known.component, at, open);
  draft.value(known.pid, open + 1, stop - 2);
  return skipBlanks(bytes, stop, end);
}
