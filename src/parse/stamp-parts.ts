/**
 * Parts of a stamp: time of day with fraction and zone, names of months and days, TAI64N.
 *
 * `readTime` leaves seconds, µs and offset in the calendar; what they mean is decided when the date is known.
 */
import {
  COLON,
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  isAlphanumeric,
  isDigit,
  isLetter,
  LETTER_T,
  NOT_ASCII,
  PAREN_OPEN,
  PERCENT,
  PLUS,
  SLASH,
  SPACE,
  startsWith,
  twoDigits,
} from './bytes.ts';
import type { Calendar } from './calendar.ts';
import { readZone } from './stamp-zone.ts';

const LETTER_Z = 90;
const LETTER_A = 97;
const LETTER_M = 109;
const LETTER_L = 108;
const LETTER_N = 110;
const LETTER_P = 112;
/** A fraction behind a comma has this many digits; fewer are a list or another field, unless ISO 8601 is plain from what stands around. */
const FRACTION_DIGITS_MIN = 3;
/** TAI64 labels count from 2^62, and TAI was 37 s ahead of UTC since 2017 (10 s in 1970, as used by daemontools). */
const TAI_UNIX_BASE = 0x40000000;
const TAI_SECONDS_AHEAD = 10;
const TAI_DIGITS = 24;

/**
 * Time of day at `at`, to the second, with what belongs to it: fraction, AM/PM, zone. Returns its end or -1.
 * `10:30:00`, `9:05:01`, `103000`, `15.42.50.675872`, `10:30:00,123 +0200`, `10:30:00.5Z`, `22:15:29:606`, `1:02:03 PM`,
 * and, with the fields not padded, `0:3:51:5`.
 */
export function readTime(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  calendar.timeAt = at;
  const sign = bytes[at + 2]!;
  let position = at + 8;
  let hour: number;
  let minute: number;
  let second: number;
  if ((sign === COLON || sign === DOT) && bytes[at + 5] === sign) {
    hour = twoDigits(bytes, at);
    minute = twoDigits(bytes, at + 3);
    second = twoDigits(bytes, at + 6);
    if (second < 0) return readLooseTime(calendar, bytes, at, end);
  } else if (isDigit(sign) && isDigit(bytes[at + 1]!)) {
    hour = twoDigits(bytes, at);
    minute = twoDigits(bytes, at + 2);
    second = twoDigits(bytes, at + 4);
    position = at + 6;
  } else {
    return readLooseTime(calendar, bytes, at, end);
  }
  if (hour < 0 || minute < 0 || second < 0) return -1;
  if (hour > 23)
    return isEndOfDay(hour, minute, second) ? finishDay(calendar, bytes, position, end) : -1;
  if (minute > 59 || second > 60) return -1;
  calendar.secondOfDay = hour * 3600 + minute * 60 + second;
  return finishTime(calendar, bytes, position, end);
}

/** ISO 8601 and DB2 write the end of a day so; the next one begins then. */
function isEndOfDay(hour: number, minute: number, second: number): boolean {
  return hour === 24 && minute === 0 && second === 0;
}

/** The same as `finishTime`, behind `24:00:00`. */
function finishDay(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  calendar.secondOfDay = 24 * 3600;
  const timeEnd = finishTime(calendar, bytes, at, end);
  return calendar.microsecond === 0 ? timeEnd : -1;
}

/** A time with fields of one or two digits. */
function readLooseTime(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  const hourEnd = digitsEnd(bytes, at, at + 2);
  if (hourEnd === at || bytes[hourEnd] !== COLON) return -1;
  const minuteEnd = digitsEnd(bytes, hourEnd + 1, hourEnd + 3);
  if (minuteEnd === hourEnd + 1) return -1;
  const position = bytes[minuteEnd] === COLON ? digitsEnd(bytes, minuteEnd + 1, minuteEnd + 3) : -1;
  if (position <= minuteEnd + 1) {
    return calendar.takesMinutes ? readToMinutes(calendar, bytes, hourEnd, end) : -1;
  }
  const hour = shortNumber(bytes, at, hourEnd);
  const minute = shortNumber(bytes, hourEnd + 1, minuteEnd);
  const second = shortNumber(bytes, minuteEnd + 1, position);
  if (hour > 23 || minute > 59 || second > 60) return -1;
  calendar.secondOfDay = hour * 3600 + minute * 60 + second;
  return finishTime(calendar, bytes, position, end);
}

/** A time to the minute, whose hour ends at `hourEnd`: `10:30`, `9:05 AM`, `10:30Z`, `10:30 +0200`. */
function readToMinutes(
  calendar: Calendar,
  bytes: Uint8Array,
  hourEnd: number,
  end: number,
): number {
  const at = calendar.timeAt;
  const position = hourEnd + 3;
  const hour = shortNumber(bytes, at, hourEnd);
  const minute = twoDigits(bytes, hourEnd + 1);
  if (position > end || minute < 0 || minute > 59) return -1;
  if (hour > 23 && !isEndOfDay(hour, minute, 0)) return -1;
  calendar.secondOfDay = hour * 3600 + minute * 60;
  calendar.isToMinute = true;
  const timeEnd = finishMinutes(calendar, bytes, position, end);
  if (timeEnd >= end) return timeEnd;
  const next = bytes[timeEnd]!;
  // More of a number, a path or a word; `10:30-11:00` is a span.
  const goesOn = next === COLON || next === DOT ? isAlphanumeric(bytes[timeEnd + 1]!) : false;
  return goesOn || isAlphanumeric(next) || next === SLASH || next === DASH || next === PERCENT
    ? -1
    : timeEnd;
}

/** What may stand behind the minutes: half of the day, zone. A lone `-11:00` is one only where a `T` says that this is ISO 8601. */
function finishMinutes(
  calendar: Calendar,
  bytes: Uint8Array,
  position: number,
  end: number,
): number {
  calendar.microsecond = 0;
  calendar.offsetSeconds = Number.NaN;
  calendar.stampZone = null;
  const isSpan = bytes[position] === DASH && bytes[position + 3] === COLON;
  if (isSpan && bytes[calendar.timeAt - 1] !== LETTER_T) return position;
  return finishFraction(calendar, bytes, position, end);
}

function shortNumber(bytes: Uint8Array, start: number, end: number): number {
  const last = bytes[end - 1]! - 48;
  return end - start === 1 ? last : (bytes[start]! - 48) * 10 + last;
}

/** What stands behind the seconds: fraction, half of the day, zone. Returns the end of all of it. */
function finishTime(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  if (position > end) return -1;
  calendar.microsecond = 0;
  calendar.offsetSeconds = Number.NaN;
  calendar.stampZone = null;
  const mark = bytes[position]!;
  if (mark === DOT || mark === COMMA || mark === COLON) {
    position = readFraction(calendar, bytes, position, end);
  } else if (isDigit(mark) && bytes[position - 3] === COLON) {
    return -1;
  }
  return finishFraction(calendar, bytes, position, end);
}

/** What stands behind the fraction, or behind a time without one. */
function finishFraction(
  calendar: Calendar,
  bytes: Uint8Array,
  position: number,
  end: number,
): number {
  if (position >= end) return position;
  const next = bytes[position]!;
  if (next === LETTER_Z) {
    if (isAlphanumeric(bytes[position + 1]!) && position + 1 < end) return position;
    calendar.offsetSeconds = 0;
    return position + 1;
  }
  if (next === SPACE) {
    const behind = bytes[position + 1]!;
    // Mostly a level, a bracket or a host: no zone and no half of the day begins so.
    if (behind >= NOT_ASCII) return readNativeHalf(calendar, bytes, position);
    if (behind !== PLUS && behind !== DASH && behind !== PAREN_OPEN && !isLetter(behind))
      return position;
  } else if (next !== PLUS && next !== DASH && !isLetter(next)) return position;
  return readZone(calendar, bytes, readHalfOfDay(calendar, bytes, position, end), end);
}

/** Returns the end of the fraction whose sign is at `at`; `at` itself where it is something else. */
function readFraction(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  const fractionEnd = digitsEnd(bytes, at + 1, end);
  const length = fractionEnd - at - 1;
  if (length === 0) return at;
  if (bytes[at] === COLON) return readMilliseconds(calendar, bytes, at, fractionEnd);
  if (bytes[at] === COMMA && length < FRACTION_DIGITS_MIN) {
    if (!isBetweenIsoMarks(calendar, bytes, fractionEnd, end)) return at;
  }
  let us = 0;
  for (let index = 1; index <= 6; index += 1) {
    us = us * 10 + (index <= length ? bytes[at + index]! - 48 : 0);
  }
  calendar.microsecond = us;
  return fractionEnd;
}

/** Whether a `T` stands before the time and a zone directly behind its fraction: `T10:30:00,5Z`, `T10:30:00,25+02:00`. */
function isBetweenIsoMarks(
  calendar: Calendar,
  bytes: Uint8Array,
  fractionEnd: number,
  end: number,
): boolean {
  if (bytes[calendar.timeAt - 1] !== LETTER_T || fractionEnd >= end) return false;
  const mark = bytes[fractionEnd]!;
  if (mark === PLUS || mark === DASH) return twoDigits(bytes, fractionEnd + 1) >= 0;
  const behind = fractionEnd + 1;
  return mark === LETTER_Z && (behind >= end || !isAlphanumeric(bytes[behind]!));
}

/** Behind a colon stand milliseconds, padded or not: `:606`, `:11`. */
function readMilliseconds(
  calendar: Calendar,
  bytes: Uint8Array,
  at: number,
  fractionEnd: number,
): number {
  if (fractionEnd - at - 1 > 3 || bytes[fractionEnd] === COLON || isLetter(bytes[fractionEnd]!)) {
    return at;
  }
  let milliseconds = 0;
  for (let position = at + 1; position < fractionEnd; position += 1) {
    milliseconds = milliseconds * 10 + bytes[position]! - 48;
  }
  calendar.microsecond = milliseconds * 1000;
  return fractionEnd;
}

const NATIVE_AM = ['上午', '午前', '오전'].map((word) => Buffer.from(word).toString('latin1'));
const NATIVE_PM = ['下午', '午後', '오후'].map((word) => Buffer.from(word).toString('latin1'));

/** The same in Chinese, Japanese and Korean, behind the space at `at`. */
function readNativeHalf(calendar: Calendar, bytes: Uint8Array, at: number): number {
  const isLate = NATIVE_PM.some((word) => startsWith(bytes, at + 1, word));
  if (!isLate && !NATIVE_AM.some((word) => startsWith(bytes, at + 1, word))) return at;
  const hour = Math.floor(calendar.secondOfDay / 3600);
  if (hour < 1 || hour > 12) return at;
  calendar.secondOfDay += ((isLate ? 12 : 0) - (hour === 12 ? 12 : 0)) * 3600;
  return at + 1 + NATIVE_AM[0]!.length;
}

/** ` PM` behind the time of a twelve-hour clock. */
function readHalfOfDay(calendar: Calendar, bytes: Uint8Array, at: number, end: number): number {
  const position = bytes[at] === SPACE ? at + 1 : at;
  const half = bytes[position]! | 32;
  if (half !== LETTER_A && half !== LETTER_P) return at;
  if ((bytes[position + 1]! | 32) !== LETTER_M || position + 2 > end) return at;
  if (position + 2 < end && isAlphanumeric(bytes[position + 2]!)) return at;
  const hour = Math.floor(calendar.secondOfDay / 3600);
  if (hour < 1 || hour > 12) return at;
  if (half === LETTER_P && hour < 12) calendar.secondOfDay += 12 * 3600;
  if (half === LETTER_A && hour === 12) calendar.secondOfDay -= 12 * 3600;
  return position + 2;
}

const MONTH_NAMES = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
/** Other names of German, Dutch, French, Spanish, Portuguese and Italian, where they begin otherwise; none of them is an English word. */
const OTHER_MONTHS =
  'ene 1 fev 2 mrt 3 avr 4 abr 4 mai 5 mei 5 mag 5 giu 6 lug 7 ago 8 okt 10 ott 10 dez 12 dic 12'.split(
    ' ',
  );
/** French names that begin alike, `juin` and `juil.`, and those with an accent, as bytes of UTF-8 with bit 5 set: `févr.`, `août`, `déc.`. */
const FRENCH_SUMMER = 13;
OTHER_MONTHS.push(
  'jui',
  `${FRENCH_SUMMER}`,
  'f\u00e3\u00a9',
  '2',
  'ao\u00e3',
  '8',
  'd\u00e3\u00a9',
  '12',
);
const MONTHS = new Map(MONTH_NAMES.map((name, index) => [packedName(name), index + 1]));
for (let index = 0; index < OTHER_MONTHS.length; index += 2) {
  MONTHS.set(packedName(OTHER_MONTHS[index]!), Number(OTHER_MONTHS[index + 1]));
}
const WEEKDAYS = new Set(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map(packedName));

function packedName(name: string): number {
  return (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2);
}

/** 1 to 12 where a month's name of three letters begins at `at`, else 0. */
export function monthAt(bytes: Uint8Array, at: number): number {
  const key = ((bytes[at]! | 32) << 16) | ((bytes[at + 1]! | 32) << 8) | bytes[at + 2]! | 32;
  const month = MONTHS.get(key) ?? 0;
  if (month !== FRENCH_SUMMER) return month;
  const fourth = bytes[at + 3]! | 32;
  if (fourth === LETTER_N) return 6;
  return fourth === LETTER_L ? 7 : 0;
}

/** End of the weekday's name at `at` (`Sun`, `Sunday`), or -1. */
export function weekdayEnd(bytes: Uint8Array, at: number, end: number): number {
  const key = ((bytes[at]! | 32) << 16) | ((bytes[at + 1]! | 32) << 8) | bytes[at + 2]! | 32;
  if (!WEEKDAYS.has(key)) return -1;
  let position = at + 3;
  while (position < end && isLetter(bytes[position]!)) position += 1;
  return position;
}

/** `@` and 24 hexadecimal digits: seconds and ns. */
export function readTai64(calendar: Calendar, bytes: Uint8Array, at: number): number {
  let high = 0;
  let seconds = 0;
  let nanoseconds = 0;
  for (let index = 0; index < TAI_DIGITS; index += 1) {
    const digit = hexDigit(bytes[at + 1 + index]!);
    if (digit < 0) return -1;
    if (index < 8) high = high * 16 + digit;
    else if (index < 16) seconds = seconds * 16 + digit;
    else nanoseconds = nanoseconds * 16 + digit;
  }
  if (high !== TAI_UNIX_BASE || nanoseconds >= 1_000_000_000) return -1;
  calendar.resolveEpoch((seconds - TAI_SECONDS_AHEAD) * 1_000_000 + Math.floor(nanoseconds / 1000));
  return at + 1 + TAI_DIGITS;
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 48;
  const letter = (byte | 32) - 97;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}
