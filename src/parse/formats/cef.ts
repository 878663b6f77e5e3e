/**
 * Common Event Format of security devices: `CEF:0|vendor|product|version|id|name|severity|key=value …`, with or without a
 * syslog header. Values may hold blanks and end where the next `key=` begins. The message is `msg`, or the event's name.
 *
 * IBM's Log Event Extended Format is its like: `LEEF:1.0|vendor|product|version|id|key=value<TAB>…`. Since 2.0 a column says what divides
 * the pairs. Its events have no name: without `msg` the whole is the message.
 */
import {
  BACKSLASH,
  digitsEnd,
  EQUALS,
  findByte,
  findText,
  GREATER,
  isAlphanumeric,
  isDigit,
  LESS,
  PIPE,
  SPACE,
  skipBlanks,
  startsWith,
  TAB,
  trimEnd,
} from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelOfSyslog } from '../level.ts';

const MARK = 'CEF:';
const LEEF_MARK = 'LEEF:';
/** How far into a line the mark may stand, behind a syslog header. */
const MARK_AT_MAX = 128;
const HEADER_COLUMNS = [
  'cefVersion',
  'vendor',
  'product',
  'version',
  'eventId',
  'name',
  'cefSeverity',
] as const;
/** Keys whose value is the event's time, the best first. */
const TIME_KEYS = ['rt', 'devTime', 'start', 'end', 'deviceReceiptTime'];

export const cef: Format = {
  name: 'cef',
  about: 'Common Event Format and Log Event Extended Format (CEF, LEEF) of security devices',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    // `LEEF:` ends in the other's letters but one.
    const mark = findText(bytes, 'EF:', start, Math.min(end, start + MARK_AT_MAX));
    if (mark < 0) {
      const isBare = isDigit(bytes[start]!) && bytes[start + 1] === PIPE;
      return isBare && readCommon(draft, start, end);
    }
    const isLeef = startsWith(bytes, mark - 2, LEEF_MARK);
    const at = isLeef ? mark - 2 : mark - 1;
    if (at < start || !(isLeef || startsWith(bytes, at, MARK))) return false;
    if (at > start) readSyslogHeader(draft, start, at);
    const columnsAt = at + (isLeef ? LEEF_MARK : MARK).length;
    return isLeef ? readExtended(draft, at, columnsAt, end) : readCommon(draft, columnsAt, end);
  },
};

/** Whether an event begins at `at`. */
export function isCefStart(bytes: Uint8Array, at: number): boolean {
  return startsWith(bytes, at, MARK) || startsWith(bytes, at, LEEF_MARK);
}

/** `<134>1 2026-11-19T10:00:01Z host app …`: level, time and host, as far as they are there. */
function readSyslogHeader(draft: Draft, start: number, mark: number): void {
  const { bytes } = draft;
  let position = start;
  if (bytes[start] === LESS) {
    const close = digitsEnd(bytes, start + 1, mark);
    if (bytes[close] !== GREATER || close === start + 1) return;
    draft.level = levelOfSyslog(Number(bytes.toString('latin1', start + 1, close)) & 7);
    position = close + 1;
    if (bytes[position] === VERSION && bytes[position + 1] === SPACE) position += 2;
  }
  const stampEnd = draft.readStamp(position, mark);
  if (stampEnd < 0) return;
  const hostAt = skipBlanks(bytes, stampEnd, mark);
  const hostEnd = findByte(bytes, SPACE, hostAt, mark);
  if (hostEnd > hostAt + 1 && isAlphanumeric(bytes[hostAt]!)) {
    draft.text(draft.known.host, hostAt, hostEnd);
  }
}

/** `1`: RFC 5424's. */
const VERSION = 49;

/** The columns of CEF from `at` on, and its pairs. */
function readCommon(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  let position = at;
  for (const name of HEADER_COLUMNS) {
    const stop = columnEnd(bytes, position, end);
    if (stop >= end) return false;
    draft.value(known[name], position, stop);
    if (name === 'name') {
      draft.messageStart = position;
      draft.messageEnd = stop;
    }
    position = stop + 1;
  }
  draft.messageIsTail = false;
  readExtension(draft, position, end, SPACE);
  return true;
}

/** The columns of LEEF from `at` on, and its pairs. */
function readExtended(draft: Draft, start: number, at: number, end: number): boolean {
  const { bytes, known } = draft;
  let position = at;
  let isSecond = false;
  for (const name of LEEF_COLUMNS) {
    const stop = columnEnd(bytes, position, end);
    if (stop >= end) return false;
    if (name === null) isSecond = bytes[position] === LEEF_TWO;
    else draft.value(known[name], position, stop);
    position = stop + 1;
  }
  let divider = TAB;
  const stop = isSecond ? columnEnd(bytes, position, end) : end;
  if (stop < end && stop - position <= DIVIDER_LENGTH_MAX) {
    divider = dividerOf(bytes, position, stop);
    position = stop + 1;
  }
  draft.messageStart = start;
  readExtension(draft, position, end, divider);
  return true;
}

const LEEF_COLUMNS = [null, 'vendor', 'product', 'version', 'eventId'] as const;
const LEEF_TWO = 50;
/** `0x5E`. */
const DIVIDER_LENGTH_MAX = 4;

/** What LEEF's column says: a sign itself, or its number, `x5E` or `0x5E`; nothing means a tab. */
function dividerOf(bytes: Buffer, start: number, end: number): number {
  if (end === start + 1) return bytes[start]!;
  const number = Number.parseInt(bytes.toString('latin1', start, end).replace(/^0?x/i, ''), 16);
  return number > 0 && number < 256 ? number : TAB;
}

function columnEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== PIPE)
    position += bytes[position] === BACKSLASH ? 2 : 1;
  return position;
}

/** The pairs from `from` on. `divider`: a byte that stands between two pairs. */
function readExtension(draft: Draft, from: number, end: number, divider: number): void {
  const { bytes, keys } = draft;
  let timeRank = draft.hasStamp ? -1 : TIME_KEYS.length + 1;
  let position = from;
  while (position < end) {
    const equals = keyEnd(bytes, position, end);
    if (equals < 0) return;
    const valueAt = equals + 1;
    const next = nextKey(bytes, valueAt, end, divider);
    const valueEnd = trimEnd(bytes, valueAt, next < 0 ? end : next - 1);
    const entry = keys.find(draft, position, equals, -1);
    if (entry >= 0 && valueEnd > valueAt) {
      const name = keys.nameOf(keys.ids[entry]!);
      draft.field(keys.ids[entry]!, valueAt, valueEnd, kindOf(bytes, valueAt, valueEnd));
      if (name === 'msg') {
        draft.messageStart = valueAt;
        draft.messageEnd = valueEnd;
        draft.messageIsTail = false;
      }
      const rank = rankOf(name);
      if (rank < timeRank && draft.readStamp(valueAt, valueEnd) >= 0) timeRank = rank;
    }
    if (next < 0) return;
    position = next;
  }
}

function rankOf(name: string): number {
  const rank = TIME_KEYS.indexOf(name);
  if (rank >= 0) return rank;
  return /time$/i.test(name) ? TIME_KEYS.length : TIME_KEYS.length + 2;
}

/** Position of the `=` of the key at `at`, or -1. */
function keyEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (
    position < end &&
    (isAlphanumeric(bytes[position]!) || bytes[position] === 95 || bytes[position] === 46)
  ) {
    position += 1;
  }
  return position > at && position < end && bytes[position] === EQUALS ? position : -1;
}

/** Where the next key begins behind a value; -1 where there is none. */
function nextKey(bytes: Uint8Array, at: number, end: number, divider: number): number {
  for (let position = at; position < end; position += 1) {
    if (bytes[position] === divider && keyEnd(bytes, position + 1, end) >= 0) return position + 1;
  }
  return -1;
}
