/**
 * logfmt: `ts=… level=info msg="…" key=value`, as Go services, Grafana, logrus, slog and Heroku print it.
 *
 * It fits when the line begins with a key and says when, how bad or what (a key with that role), or when it is
 * nothing but pairs. A bare word between pairs is a key that is true, as go-kit prints it.
 */
import { FIELD } from '../../model/entry-columns.ts';
import {
  BACKSLASH,
  EQUALS,
  isLetter,
  QUOTE,
  SPACE,
  skipBlanks,
  startsWith,
  UNDERSCORE,
} from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';
import { RoleTaker } from '../role-taker.ts';
import { ROLE } from '../roles.ts';
import { stringEnd, stringStop, unescapeJson } from './json-text.ts';

/** Pairs without any known key that make a line logfmt. Fewer are a text with an assignment in it. */
const BARE_PAIRS_MIN = 3;
const KEY_LENGTH_MAX = 64;

const roles = new RoleTaker();

export const logfmt: Format = {
  name: 'logfmt',
  about: 'key=value pairs (logrus, slog, go-kit, Grafana, Heroku, …)',
  parse: parseLogfmt,
};

export function parseLogfmt(draft: Draft, start: number, end: number): boolean {
  const { bytes } = draft;
  if (!isKeyStart(bytes[start]!)) return false;
  const firstKeyEnd = keyEnd(bytes, start, end);
  if (bytes[firstKeyEnd] !== EQUALS || firstKeyEnd >= end) return false;
  roles.begin();
  const bareCount = scanPairs(draft, start, end);
  const known = roles.has(ROLE.TIME) || roles.has(ROLE.LEVEL);
  const pairCount = draft.columns.fieldCount - draft.fieldsFrom;
  if (known ? bareCount > pairCount + 2 : bareCount > 0) return false;
  if (!known && !roles.has(ROLE.MESSAGE) && pairCount < BARE_PAIRS_MIN) return false;
  roles.finish(draft);
  draft.messageIsTail = false;
  return true;
}

/** Where the last bare word of the text given to `addPairs` ends. */
export let lastBareEnd = 0;

/** Add the pairs of [start, end) as fields of a text line; no key has a role there. Returns how many bare words there are. */
export function addPairs(draft: Draft, start: number, end: number): number {
  takesRoles = false;
  const bareCount = scanPairs(draft, start, end);
  takesRoles = true;
  return bareCount;
}

/** Whether keys may be taken for their roles. */
let takesRoles = true;

/** Read pairs; returns how many bare words stood between them. */
function scanPairs(draft: Draft, start: number, end: number): number {
  const { keys } = draft;
  let { bytes } = draft;
  let { view } = draft;
  let position = start;
  let bareCount = 0;
  while (position < end) {
    if (bytes[position]! <= SPACE) {
      position = skipBlanks(bytes, position + 1, end);
      continue;
    }
    const keyStart = position;
    position = keyEnd(bytes, position, end);
    if (position === keyStart || bytes[position] !== EQUALS || position >= end) {
      position = wordEnd(bytes, Math.max(position, keyStart + 1), end);
      bareCount += 1;
      lastBareEnd = position;
      continue;
    }
    const entry = keys.find(draft, keyStart, position, -1);
    position += 1;
    let valueStart = position;
    let valueEnd: number;
    let kind: number = FIELD.STRING;
    if (bytes[position] === QUOTE && position < end) {
      valueStart += 1;
      valueEnd = stringStop(bytes, view, valueStart, end);
      position = valueEnd + 1;
      if (bytes[valueEnd] === BACKSLASH && valueEnd < end) {
        const close = stringEnd(bytes, view, valueEnd, end);
        const textEnd = close < 0 ? end : close;
        position = textEnd + 1;
        valueStart = unescapeJson(draft, valueStart, textEnd);
        valueEnd = draft.columns.bytesLength;
        bytes = draft.bytes;
        view = draft.view;
      }
    } else {
      position = wordEnd(bytes, position, end);
      valueEnd = position;
      kind = kindOf(bytes, valueStart, valueEnd);
    }
    if (entry < 0) continue;
    const dateEnd = takesRoles ? dateBefore(draft, keyStart) : -1;
    if (dateEnd >= 0 && readDateAndTime(draft, dateEnd, valueStart, valueEnd)) {
      bytes = draft.bytes;
      view = draft.view;
      continue;
    }
    addPair(draft, entry, valueStart, valueEnd, kind);
  }
  return bareCount;
}

/** Bytes of `2026-11-19`. */
const DATE_LENGTH = 10;

/** End of the date in `date=2026-11-19 time=…`, where the key at `at` is that `time`; -1 for anything else. */
function dateBefore(draft: Draft, at: number): number {
  const { bytes } = draft;
  if (bytes[at] !== 116 || !startsWith(bytes, at, 'time=')) return -1;
  const start = at - 1 - DATE_LENGTH - 'date='.length;
  if (start < 0 || bytes[at - 1] !== SPACE || !startsWith(bytes, start, 'date=')) return -1;
  return at - 1;
}

/** FortiGate prints date and time as two pairs: read them as one stamp, made for the purpose. */
function readDateAndTime(draft: Draft, dateEnd: number, start: number, end: number): boolean {
  const length = DATE_LENGTH + 1 + end - start;
  const made = draft.reserve(length);
  const { bytes, columns } = draft;
  bytes.copyWithin(made, dateEnd - DATE_LENGTH, dateEnd);
  bytes[made + DATE_LENGTH] = SPACE;
  bytes.copyWithin(made + DATE_LENGTH + 1, start, end);
  draft.made(made + length);
  const isTaken = roles.takeStamp(draft, made, made + length);
  // Only read, not kept.
  columns.bytesLength = made;
  return isTaken;
}

function addPair(draft: Draft, entry: number, start: number, end: number, kind: number): void {
  const role = draft.keys.roles[entry]!;
  const id = draft.keys.ids[entry]!;
  if (role !== 0 && takesRoles && roles.take(draft, role, id, start, end, kind)) return;
  if (end > start) draft.field(id, start, end, kind);
}

function isKeyStart(byte: number): boolean {
  return isLetter(byte) || byte === UNDERSCORE || byte === 64;
}

/** End of the key that begins at `at`: letters, digits, `_ . - / @ :`, a few signs Go programs use. */
function keyEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + KEY_LENGTH_MAX);
  let position = at;
  while (position < limit && KEY_BYTE[bytes[position]!] === 1) position += 1;
  return position;
}

function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position]! > SPACE) position += 1;
  return position;
}

const KEY_BYTE = new Uint8Array(256);
for (const sign of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/@:%') {
  KEY_BYTE[sign.charCodeAt(0)] = 1;
}
