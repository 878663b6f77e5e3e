/**
 * Common Event Format of security devices: `CEF:0|vendor|product|version|id|name|severity|key=value …`, with or without a
 * syslog header. Values may hold blanks and end where the next `key=` begins. The message is `msg`, or the event's name.
 */
import { BACKSLASH, EQUALS, findText, isAlphanumeric, isDigit, PIPE, SPACE } from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';

const MARK = 'CEF:';
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
const TIME_KEYS = ['rt', 'start', 'end', 'deviceReceiptTime'];

export const cef: Format = {
  name: 'cef',
  about: 'Common Event Format of security devices',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    const mark = findText(bytes, MARK, start, Math.min(end, start + MARK_AT_MAX));
    const isMarked = mark >= 0;
    if (!isMarked && (!isDigit(bytes[start]!) || bytes[start + 1] !== PIPE)) return false;
    if (isMarked && mark > start) draft.readStamp(start, mark);
    let position = isMarked ? mark + MARK.length : start;
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
    readExtension(draft, position, end);
    return true;
  },
};

function columnEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== PIPE)
    position += bytes[position] === BACKSLASH ? 2 : 1;
  return position;
}

function readExtension(draft: Draft, from: number, end: number): void {
  const { bytes, keys } = draft;
  let timeRank = draft.hasStamp ? -1 : TIME_KEYS.length + 1;
  let position = from;
  while (position < end) {
    const equals = keyEnd(bytes, position, end);
    if (equals < 0) return;
    const valueAt = equals + 1;
    const next = nextKey(bytes, valueAt, end);
    const valueEnd = next < 0 ? end : next - 1;
    const entry = keys.find(draft, position, equals, -1);
    if (entry >= 0 && valueEnd > valueAt) {
      const name = keys.nameOf(keys.ids[entry]!);
      draft.field(keys.ids[entry]!, valueAt, valueEnd, kindOf(bytes, valueAt, valueEnd));
      if (name === 'msg') {
        draft.messageStart = valueAt;
        draft.messageEnd = valueEnd;
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
function nextKey(bytes: Uint8Array, at: number, end: number): number {
  for (let position = at; position < end; position += 1) {
    if (bytes[position] === SPACE && keyEnd(bytes, position + 1, end) >= 0) return position + 1;
  }
  return -1;
}
