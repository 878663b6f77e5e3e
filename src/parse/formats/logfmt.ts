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
  RETURN,
  SPACE,
  skipBlanks,
  startsWith,
  UNDERSCORE,
} from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';
import { RoleTaker } from '../role-taker.ts';
import { ROLE } from '../roles.ts';
import { newlineFrom } from '../words.ts';
import { stringEnd, stringStop, unescapeJson } from './json-text.ts';
import { keepNoValue, keepValue, keepValues, values } from './line-shapes.ts';
import { LogfmtShapes } from './logfmt-shapes.ts';

/** Pairs without any known key that make a line logfmt. Fewer are a text with an assignment in it. */
const BARE_PAIRS_MIN = 3;
const KEY_LENGTH_MAX = 64;

const roles = new RoleTaker();

const NAME = 'logfmt';
const ABOUT = 'key=value pairs (logrus, slog, go-kit, Grafana, Heroku, …)';

/** For lines inside lines of other formats. */
export const logfmt: Format = { name: NAME, about: ABOUT, parse: parseLogfmt };

/** The format of one file: it remembers the shapes of the lines before. */
export function logfmtFormat(): Format {
  let shapes: LogfmtShapes | null = null;
  return {
    name: NAME,
    about: ABOUT,
    parse: parseLogfmt,
    quick(draft: Draft, start: number, end: number): number {
      shapes ??= new LogfmtShapes(roles);
      const next = shapes.read(draft, start, end);
      if (next < 0) return readAndLearn(draft, shapes, start, end);
      if (!saysEnough(draft)) return -1;
      if (!roles.has(ROLE.MESSAGE)) draft.messageEnd = contentEnd(draft.bytes, next - 1);
      finishPairs(draft);
      return next;
    },
  };
}

/** The line that begins at `start`, pair by pair; learn its shape if there is room. Returns the position behind its newline, or -1. */
function readAndLearn(draft: Draft, shapes: LogfmtShapes, start: number, end: number): number {
  draft.reset(start, start);
  const newline = newlineFrom(draft.bytes, draft.view, start, end);
  if (newline < 0) return -1;
  const lineEnd = contentEnd(draft.bytes, newline);
  draft.messageEnd = lineEnd;
  const learns = shapes.wantsLesson;
  if (learns) keepValues();
  const fits = parseLogfmt(draft, start, lineEnd);
  values.isKept = false;
  if (!fits) return -1;
  if (learns) shapes.learn(draft, start, newline + 1);
  return newline + 1;
}

/** End of a line's text, given its newline. */
function contentEnd(bytes: Uint8Array, newline: number): number {
  return bytes[newline - 1] === RETURN ? newline - 1 : newline;
}

export function parseLogfmt(draft: Draft, start: number, end: number): boolean {
  const { bytes } = draft;
  if (!isKeyStart(bytes[start]!)) return false;
  const firstKeyEnd = keyEnd(bytes, start, end);
  if (bytes[firstKeyEnd] !== EQUALS || firstKeyEnd >= end) return false;
  roles.begin();
  const bareCount = scanPairs(draft, start, end);
  if (bareCount > 0) {
    // Which of them are keys is told by their number, not by their shape.
    keepNoValue();
    if (!hasKnown() || bareCount > pairCountOf(draft) + 2) return false;
  }
  if (!saysEnough(draft)) return false;
  finishPairs(draft);
  return true;
}

/** Whether a pair says when or how bad. */
function hasKnown(): boolean {
  return roles.has(ROLE.TIME) || roles.has(ROLE.LEVEL);
}

function pairCountOf(draft: Draft): number {
  return draft.columns.fieldCount - draft.fieldsFrom;
}

/** Whether the pairs that were read make a line of this format. */
function saysEnough(draft: Draft): boolean {
  return hasKnown() || roles.has(ROLE.MESSAGE) || pairCountOf(draft) >= BARE_PAIRS_MIN;
}

function finishPairs(draft: Draft): void {
  roles.finish(draft);
  draft.messageIsTail = false;
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

/** Whether the word [start, end) is `key=value`. */
export function isPair(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isLetter(bytes[start]!)) return false;
  const equalsAt = keyEnd(bytes, start, end);
  return bytes[equalsAt] === EQUALS && equalsAt + 1 < end;
}

/** Whether keys may be taken for their roles. */
let takesRoles = true;

/** Read pairs; returns how many bare words stood between them. */
function scanPairs(draft: Draft, start: number, end: number): number {
  const { keys } = draft;
  let { bytes, view } = draft;
  let position = start;
  let bareCount = 0;
  let mayClose = true;
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
    const pairValue = position;
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
      if (bytes[valueStart] === APOSTROPHE && mayClose && isBare(bytes, position, end)) {
        const close = apostropheBehind(bytes, position, end);
        mayClose = close >= 0;
        if (mayClose) {
          keepNoValue();
          valueStart += 1;
          valueEnd = close;
          position = close + 1;
        }
      }
    }
    if (entry < 0) {
      keepNoValue();
      continue;
    }
    if (values.isKept) {
      if (isTimeBehindDate(bytes, keyStart)) keepNoValue();
      else keepValue(pairValue, position, keys.ids[entry]!, keys.roles[entry]!);
    }
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

/** Whether the word behind the blank at `at` is no pair: who knows the shape of the line leaves it then to the other reader. */
function isBare(bytes: Uint8Array, at: number, end: number): boolean {
  const nameEnd = keyEnd(bytes, at + 1, end);
  return bytes[at] === SPACE && at + 1 < end && (nameEnd === at + 1 || bytes[nameEnd] !== EQUALS);
}

/**
 * Lograge's `error='RuntimeError: it can't be' duration=12`: the next apostrophe that ends the line, or behind which a key follows. -1 where
 * there is none.
 */
function apostropheBehind(bytes: Uint8Array, at: number, end: number): number {
  for (let position = at; position < end; position += 1) {
    if (bytes[position] !== APOSTROPHE) continue;
    if (position + 1 === end) return position;
    if (bytes[position + 1] !== SPACE) continue;
    const nameEnd = keyEnd(bytes, position + 2, end);
    if (nameEnd > position + 2 && bytes[nameEnd] === EQUALS) return position;
  }
  return -1;
}

const APOSTROPHE = 39;

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

/** Whether the key at `at` is a `time` behind a `date`, the value kept last: what they are is told by their bytes. */
function isTimeBehindDate(bytes: Uint8Array, at: number): boolean {
  if (values.count === 0 || !startsWith(bytes, at, 'time=')) return false;
  return startsWith(bytes, values.start[values.count - 1]! - 'date='.length, 'date=');
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
  const isTaken = roles.takeStamp(draft, made, made + length, start, end);
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
