/**
 * What a word with digits, a slash or an @ stands for: a number, an address, an id, a time, a path.
 *
 * Works on bytes and makes no string: it runs for every such word of every message. A word that is none
 * of these is masked piece by piece by `template.ts`.
 */
import { BYTE, BYTE_CLASS } from './byte-class.ts';

export const WORD = {
  OTHER: 0,
  NUMBER: 1,
  ID: 2,
  IP: 3,
  TIME: 4,
  DURATION: 5,
  SIZE: 6,
  URL: 7,
  PATH: 8,
  EMAIL: 9,
} as const;

const DOT = 0x2e;
const COLON = 0x3a;
const DASH = 0x2d;
const SLASH = 0x2f;
const AT = 0x40;
const PLUS = 0x2b;

/** Shortest run of hex digits with a letter among them that is an id; `add`, `face1` are more often words. */
const HEX_ID_MIN = 6;
const UUID_LENGTH = 36;

/** Longest unit: `min`, `kib`, and `µs` in UTF-8. */
const UNIT_BYTES_MAX = 3;
const DURATION_UNITS = unitKeys(['ns', 'us', 'µs', 'ms', 's', 'sec', 'm', 'min', 'h', 'hr', 'd']);
const SIZE_UNITS = unitKeys(
  ['b', 'k', 'kb', 'kib', 'mb', 'mib', 'g', 'gb', 'gib', 'tb', 'tib'].flatMap((unit) => [
    unit,
    unit.toUpperCase(),
    unit[0] + unit.slice(1).toUpperCase(),
    unit[0]!.toUpperCase() + unit.slice(1, -1) + unit.slice(-1).toUpperCase(),
  ]),
);

/** The kind of `bytes[start, end)`; one of `WORD`. The word has a digit, a slash or an @. */
export function wordKind(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  if (first === SLASH) return end - start > 1 ? WORD.PATH : WORD.OTHER;
  let classes = 0;
  let dots = 0;
  let colons = 0;
  let dashes = 0;
  let slashes = 0;
  let ats = 0;
  for (let at = start; at < end; at += 1) {
    const code = bytes[at]!;
    classes |= BYTE_CLASS[code]!;
    if (code === DOT) dots += 1;
    else if (code === COLON) colons += 1;
    else if (code === DASH) dashes += 1;
    else if (code === SLASH) slashes += 1;
    else if (code === AT) ats += 1;
  }
  if (ats === 1 && dots > 0 && colons === 0 && slashes === 0 && first !== AT) return WORD.EMAIL;
  if (slashes > 0) return slashKind(bytes, start, end);
  if ((classes & BYTE.DIGIT) === 0 || ats > 0) return WORD.OTHER;
  if (first === 0x30 && end - start > 2 && (bytes[start + 1]! | 0x20) === 0x78) {
    return hexOnly(bytes, start + 2, end) ? WORD.ID : WORD.OTHER;
  }
  const letters = classes & (BYTE.HEX_LETTER | BYTE.LETTER);
  if (isDate(bytes, start, end)) return WORD.TIME;
  if (letters === 0) return digitsKind(bytes, start, { end, dots, colons, dashes });
  if ((classes & BYTE.LETTER) === 0) {
    if (dashes === 4 && isUuid(bytes, start, end)) return WORD.ID;
    if (colons >= 2 && dashes === 0) return colons === 5 && end - start === 17 ? WORD.ID : WORD.IP;
    if (colons + dots + dashes === 0 && end - start >= HEX_ID_MIN) return WORD.ID;
  }
  return unitKind(bytes, start, end);
}

/** A word with a slash inside: an address, a date, or something to be masked in pieces. */
function slashKind(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at + 2 < end; at += 1) {
    if (bytes[at] === COLON && bytes[at + 1] === SLASH && bytes[at + 2] === SLASH) return WORD.URL;
  }
  const second = bytes[start + 1];
  const relative = bytes[start] === DOT && (second === SLASH || second === DOT);
  if (relative || (bytes[start] === 0x7e && second === SLASH)) return WORD.PATH;
  return isDate(bytes, start, end) ? WORD.TIME : WORD.OTHER;
}

/** `2026-11-20`, `2026/11/20`, with or without a time behind `T`. */
function isDate(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 10) return false;
  const divider = bytes[start + 4];
  if (divider !== DASH && divider !== SLASH) return false;
  if (bytes[start + 7] !== divider) return false;
  for (const offset of DATE_DIGITS) {
    if (BYTE_CLASS[bytes[start + offset]!] !== BYTE.DIGIT) return false;
  }
  return end - start === 10 || BYTE_CLASS[bytes[start + 10]!] !== BYTE.DIGIT;
}
const DATE_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9] as const;

/** Digits and joiners only. */
function digitsKind(
  bytes: Uint8Array,
  start: number,
  word: Readonly<{ end: number; dots: number; colons: number; dashes: number }>,
): number {
  const { end, dots, colons, dashes } = word;
  if (colons >= 1 && dots === 3) return WORD.IP;
  if (colons === 2 && end - start <= 16) return WORD.TIME;
  if (colons > 2) return WORD.IP;
  if (colons === 1) return WORD.OTHER;
  if (dots === 3 && dashes === 0) return WORD.IP;
  const first = bytes[start]!;
  const signed = first === DASH || first === PLUS ? 1 : 0;
  if (dashes > (first === DASH ? 1 : 0) || dots > 1) return WORD.OTHER;
  for (let at = start + signed; at < end; at += 1) {
    const code = bytes[at]!;
    if (BYTE_CLASS[code] !== BYTE.DIGIT && code !== DOT) return WORD.OTHER;
  }
  return WORD.NUMBER;
}

/** A number with its unit glued on: `30ms`, `1h5m`, `41.2GB`. */
function unitKind(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let kind: number = WORD.OTHER;
  while (at < end) {
    const numberStart = at;
    while (at < end && (BYTE_CLASS[bytes[at]!] === BYTE.DIGIT || bytes[at] === DOT)) at += 1;
    const unitStart = at;
    while (at < end && (BYTE_CLASS[bytes[at]!]! & (BYTE.HEX_LETTER | BYTE.LETTER)) !== 0) at += 1;
    if (unitStart === numberStart || at === unitStart || at - unitStart > UNIT_BYTES_MAX) {
      return WORD.OTHER;
    }
    const unit = unitKey(bytes, unitStart, at);
    if (DURATION_UNITS.has(unit)) kind = WORD.DURATION;
    else if (kind === WORD.OTHER && at === end && SIZE_UNITS.has(unit)) return WORD.SIZE;
    else return WORD.OTHER;
  }
  return kind;
}

/** Whether a word is a unit of size, so that the number before it is one: `41.2 GB`. */
export function isSizeUnit(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || end - start > UNIT_BYTES_MAX) return false;
  return (bytes[end - 1]! | 0x20) === 0x62 && SIZE_UNITS.has(unitKey(bytes, start, end));
}

/** The bytes of a unit as one number: no string is made to look it up. */
function unitKey(bytes: Uint8Array, start: number, end: number): number {
  let key = 0;
  for (let at = start; at < end; at += 1) key = key * 256 + bytes[at]!;
  return key;
}

function unitKeys(units: readonly string[]): ReadonlySet<number> {
  return new Set(
    units.map((unit) => {
      const bytes = Buffer.from(unit);
      return unitKey(bytes, 0, bytes.length);
    }),
  );
}

/** 8-4-4-4-12, hex digits already checked. */
function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== UUID_LENGTH) return false;
  return (
    bytes[start + 8] === DASH &&
    bytes[start + 13] === DASH &&
    bytes[start + 18] === DASH &&
    bytes[start + 23] === DASH
  );
}

/** Hex digits only, at least one. */
function hexOnly(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if ((BYTE_CLASS[bytes[at]!]! & (BYTE.DIGIT | BYTE.HEX_LETTER)) === 0) return false;
  }
  return end > start;
}

/**
 * Whether a piece without joiners is an id: hex with letters and digits, or long and alternating between
 * both as only made-up names do (`req8f3a2bXk9`).
 */
export function isPieceId(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < HEX_ID_MIN) return false;
  let digits = 0;
  let changes = 0;
  let hex = true;
  let previous = BYTE_CLASS[bytes[start]!] === BYTE.DIGIT;
  for (let at = start; at < end; at += 1) {
    const kind = BYTE_CLASS[bytes[at]!]!;
    const digit = kind === BYTE.DIGIT;
    if (digit) digits += 1;
    if ((kind & BYTE.LETTER) !== 0) hex = false;
    if (digit !== previous) changes += 1;
    previous = digit;
  }
  if (digits === 0 || digits === length) return false;
  return hex || (length >= ALTERNATING_ID_MIN && changes >= ALTERNATING_CHANGES_MIN);
}
/** A name with two numbers in it (`web01rack7`) changes three times; random ids of this length change more. */
const ALTERNATING_ID_MIN = 10;
const ALTERNATING_CHANGES_MIN = 4;
