/**
 * The zone behind the time of a stamp: an offset, an abbreviation, or a name as PHP prints it.
 */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  DOT,
  GREATER,
  isAlphanumeric,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  PAREN_CLOSE,
  PAREN_OPEN,
  PLUS,
  QUOTE,
  SPACE,
  twoDigits,
  ZERO,
} from './bytes.ts';
import type { Calendar } from './calendar.ts';
import { abbreviationSeconds } from './zone.ts';

const LETTER_Z = 90;
/** East and west ends of the zones in use, in minutes. */
const OFFSET_MINUTES_MAX = 14 * 60;

/** Offset or abbreviation at `at` or behind one space; returns its end, or `at` where there is none. */
export function readZone(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  let position = bytes[at] === SPACE ? at + 1 : at;
  if (position >= end) return at;
  const sign = bytes[position]!;
  if (sign === PLUS || sign === DASH) {
    return readOffset(calendar, bytes, position, end, at);
  }
  const inParentheses = sign === PAREN_OPEN;
  if (inParentheses) position += 1;
  const wordEnd = zoneWordEnd(bytes, position, end);
  if (wordEnd < 0) return readZoneName(calendar, bytes, position, end, at);
  const isZulu = wordEnd === position + 1;
  calendar.offsetSeconds = isZulu ? 0 : abbreviationSeconds(bytes, position, wordEnd);
  return inParentheses && bytes[wordEnd] === PAREN_CLOSE ? wordEnd + 1 : wordEnd;
}

/** Longest name of a zone (`America/Argentina/ComodRivadavia`). */
const ZONE_NAME_MAX = 32;

/** `Europe/Berlin` behind the time, as PHP prints it. Returns `none` where it is no zone. */
function readZoneName(
  calendar: Calendar,
  bytes: Uint8Array,
  at: number,
  end: number,
  none: number,
): number {
  if (!isUpper(bytes[at]!)) return none;
  const limit = Math.min(end, at + ZONE_NAME_MAX);
  let position = at;
  let slashes = 0;
  while (
    position < limit &&
    (isLetter(bytes[position]!) || bytes[position] === 95 || bytes[position] === 47)
  ) {
    if (bytes[position] === 47) slashes += 1;
    position += 1;
  }
  if (slashes === 0 || position >= end || position === at) return none;
  const name = String.fromCharCode(...bytes.subarray(at, position));
  return calendar.useZone(name) ? position : none;
}

/** `+0200`, `-05:00`, `+02`. Returns `none` where it is not an offset. */
function readOffset(
  calendar: Calendar,
  bytes: Uint8Array,
  at: number,
  end: number,
  none: number,
): number {
  const hours = twoDigits(bytes, at + 1);
  if (hours < 0) return none;
  if (none === at && isDigit(bytes[at + 3]!) && !isDigit(bytes[at + 4]!)) {
    return readMinutes(calendar, bytes, at, end);
  }
  const hasColon = bytes[at + 3] === COLON;
  const minuteAt = at + (hasColon ? 4 : 3);
  let minutes = twoDigits(bytes, minuteAt);
  let position = minuteAt + 2;
  // PostgreSQL's prefix `%t:%r:` goes on with an address: `-03:10.0.0.1(5432):`.
  const isAddress = hasColon && bytes[position] === DOT;
  if (minutes < 0 || isAddress) {
    if (none === at ? hasColon : !isLoneHour(bytes, at, end)) return none;
    minutes = 0;
    position = at + 3;
  }
  if (position > end || (position < end && isDigit(bytes[position]!) && !isAddress)) return none;
  const total = hours * 60 + minutes;
  if (total > OFFSET_MINUTES_MAX || minutes > 59) return none;
  calendar.offsetSeconds = (bytes[at] === DASH ? -total : total) * 60;
  return position;
}

/**
 * Whether `-03` behind a space is a zone that has no other name, as PostgreSQL and `date` print them of Brazil or Turkey. A number is seldom
 * padded so; with two digits it is a zone before a bracket, a colon or at the end.
 */
function isLoneHour(bytes: Uint8Array, at: number, end: number): boolean {
  const behind = at + 3;
  if (behind >= end) return behind === end;
  const next = bytes[behind]!;
  if (next === COLON) return !isBlank(bytes[behind + 1]!);
  if (next !== SPACE) return next === BRACKET_CLOSE || next === PAREN_CLOSE || next === QUOTE;
  const sign = bytes[behind + 1]!;
  return bytes[at + 1] === ZERO || sign === BRACKET_OPEN || sign === GREATER;
}

/** DB2's offset, which is three digits of minutes: `+060`, `-300`. Returns `at` where it is none. */
function readMinutes(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  const minutes = twoDigits(bytes, at + 1) * 10 + bytes[at + 3]! - 48;
  if (at + 4 > end || minutes > OFFSET_MINUTES_MAX || minutes % 15 !== 0) return at;
  calendar.offsetSeconds = (bytes[at] === DASH ? -minutes : minutes) * 60;
  return at + 4;
}

/** Last letters of zone abbreviations; levels end in others. */
const ZONE_LAST = new Uint8Array(256);
for (const letter of 'TCKBZ') ZONE_LAST[letter.charCodeAt(0)] = 1;

/** End of the zone abbreviation at `at`, or -1. A lone `Z` counts. */
export function zoneWordEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && isUpper(bytes[position]!)) position += 1;
  if (position === at || (position < end && isAlphanumeric(bytes[position]!))) return -1;
  if (position === at + 1) return bytes[at] === LETTER_Z ? position : -1;
  if (ZONE_LAST[bytes[position - 1]!] === 0) return -1;
  return Number.isNaN(abbreviationSeconds(bytes, at, position)) ? -1 : position;
}
