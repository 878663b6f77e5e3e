/**
 * Stamps that begin with a number: the year or the day first, digits without signs, epoch numbers, a time alone.
 *
 * A shape is told by its first run of digits; each shape is one function, which returns where the stamp ends, or -1.
 */
import {
  APOSTROPHE,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  fourDigits,
  isBlank,
  isDigit,
  isLetter,
  LETTER_T,
  PIPE,
  PLUS,
  SLASH,
  SPACE,
  TAB,
  twoDigits,
  UNDERSCORE,
} from './bytes.ts';
import type { Calendar } from './calendar.ts';
import { monthAt, readTime } from './stamp-parts.ts';

/** Epoch numbers stand for 2001 to 2096: ten digits of seconds. Others are ids. */
const EPOCH_SECONDS_MIN = 1_000_000_000;
const EPOCH_SECONDS_MAX = 4_000_000_000;
/** A date written with a two-digit year: from 70 on it is the last century. */
const CENTURY_PIVOT = 70;
const DAY_MS = 86_400_000;

/** How `07/11/2022` and `11-06-2013` are meant. */
export type DateOrder = 'month-first' | 'day-first';

/** What the shapes read into, and how they take dates that can be read in two ways. */
export type Dates = Readonly<{ calendar: Calendar; dateOrder: DateOrder | null }>;

export function readNumberFirst(
  reader: Dates,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const runEnd = digitsEnd(bytes, start, end);
  switch (runEnd - start) {
    case 1:
      if (bytes[runEnd] === DOT) return scientificEpoch(reader, bytes, start, runEnd, end);
      return shortNumber(reader, bytes, start, end, runEnd);
    case 2:
      return shortNumber(reader, bytes, start, end, runEnd);
    case 4:
      return yearFirst(reader, bytes, start, end);
    case 6:
      return compactShort(reader, bytes, start, end);
    case 8:
      return compact(reader, bytes, start, end);
    case 10:
    case 13:
    case 16:
    case 19:
      return epoch(reader, bytes, start, end, runEnd);
    case 14:
    case 17:
      return compactWhole(reader, bytes, start, end, runEnd);
    default:
      return -1;
  }
}

/** `2024-01-31T…`, `2024/01/31 …`, `2024.01.31 …`, `2024-Jan-31 …`, `2024 Jan 31 …`, `2005-06-03-15.42.50.675872`. */
export function yearFirst(reader: Dates, bytes: Uint8Array, start: number, end: number): number {
  const year = fourDigits(bytes, start);
  const sign = bytes[start + 4]!;
  if (sign !== DASH && sign !== SLASH && sign !== DOT && sign !== SPACE && sign !== COLON) {
    return -1;
  }
  let position = start + 5;
  let month = twoDigits(bytes, position);
  if (month >= 0) position += 2;
  else if (isLetter(bytes[position]!)) {
    month = monthAt(bytes, position);
    position += 3;
  } else if (isDigit(bytes[position]!) && sign !== SPACE) {
    month = bytes[position]! - 48;
    position += 1;
  }
  if (month <= 0 || bytes[position] !== sign) return -1;
  position += 1;
  // NX-OS pads the day: `2026 Nov  9`.
  if (sign === SPACE && bytes[position] === SPACE) position += 1;
  const dayEnd = digitsEnd(bytes, position, Math.min(end, position + 2));
  if (dayEnd === position) return -1;
  const day = number(bytes, position, dayEnd);
  return timeOn(reader, bytes, timeStart(bytes, dayEnd, end), end, year, month, day);
}

export function shortNumber(
  reader: Dates,
  bytes: Uint8Array,
  start: number,
  end: number,
  runEnd: number,
): number {
  const value = number(bytes, start, runEnd);
  const sign = bytes[runEnd]!;
  if (sign === COLON) {
    const timeEnd = readTime(reader.calendar, bytes, start, end);
    // `24:00:00` without a day is as well a length of time.
    if (value > 23) return -1;
    // `10:30:00:99:12` is an address or a list of numbers.
    if (timeEnd < 0 || (bytes[timeEnd] === COLON && isDigit(bytes[timeEnd + 1]!))) return -1;
    return reader.calendar.resolveTimeOnly() ? timeEnd : -1;
  }
  const next = runEnd + 1;
  if (sign === SLASH || sign === DASH || sign === DOT || sign === SPACE) {
    if (isLetter(bytes[next]!)) return dayMonthName(reader, bytes, value, next, end);
    if (sign !== SPACE) return numericDate(reader, bytes, value, next, end);
  }
  return isLetter(sign) ? joinedDate(reader, bytes, value, runEnd, end) : -1;
}

/** Behind the day: `30Nov2026 10:30:00.123`. */
function joinedDate(
  reader: Dates,
  bytes: Uint8Array,
  day: number,
  at: number,
  end: number,
): number {
  const month = monthAt(bytes, at);
  const yearEnd = digitsEnd(bytes, at + 3, end);
  if (month === 0 || yearEnd !== at + 7) return -1;
  return timeOn(
    reader,
    bytes,
    timeStart(bytes, yearEnd, end),
    end,
    fourDigits(bytes, at + 3),
    month,
    day,
  );
}

/** Behind the day: `10/Oct/2000:13:55:36 -0700`, `22-Jan-2013 22:28:21`, `30 May 12:23:52.442`, `15 Jan 2024 …`. */
function dayMonthName(
  reader: Dates,
  bytes: Uint8Array,
  day: number,
  at: number,
  end: number,
): number {
  const sign = bytes[at - 1]!;
  const month = monthAt(bytes, at);
  if (month === 0) return -1;
  let position = at + 3;
  while (isLetter(bytes[position]!)) position += 1;
  if (bytes[position] === DOT && sign === DASH) position += 1;
  // Bacula: `30-Nov 10:30`.
  const isYearless = sign === DASH && bytes[position] === SPACE;
  if (bytes[position] !== sign && !isYearless) return -1;
  position += 1;
  const yearEnd = digitsEnd(bytes, position, end);
  const yearLength = yearEnd - position;
  if (bytes[yearEnd] === COLON && yearLength <= 2) {
    return timeOn(reader, bytes, position, end, NO_YEAR, month, day);
  }
  if (yearLength !== 4 && yearLength !== 2) return -1;
  const year = fullYear(number(bytes, position, yearEnd), yearLength);
  return timeOn(reader, bytes, timeStart(bytes, yearEnd, end), end, year, month, day);
}

/** Behind the first number: `17/06/09 …`, `07/11/2022-…`, `11-06-2013 …`, `03-17 16:13:38.811`, `10.30 16:49:06`. */
function numericDate(
  reader: Dates,
  bytes: Uint8Array,
  one: number,
  at: number,
  end: number,
): number {
  const sign = bytes[at - 1]!;
  const twoEnd = digitsEnd(bytes, at, end);
  if (twoEnd === at || twoEnd - at > 2) return -1;
  const two = number(bytes, at, twoEnd);
  if (bytes[twoEnd] !== sign) {
    const dayFirst = one > 12 || (two <= 12 && reader.dateOrder === 'day-first');
    const [month, day] = dayFirst ? [two, one] : [one, two];
    return timeOn(reader, bytes, timeStart(bytes, twoEnd, end), end, NO_YEAR, month, day);
  }
  const threeEnd = digitsEnd(bytes, twoEnd + 1, end);
  const threeLength = threeEnd - twoEnd - 1;
  if (threeLength !== 4 && threeLength !== 2) return -1;
  const three = number(bytes, twoEnd + 1, threeEnd);
  const position = timeStart(bytes, threeEnd, end);
  if (position < 0) return -1;
  const timeEnd = readTime(reader.calendar, bytes, position, end);
  if (timeEnd < 0) return -1;
  const known =
    threeLength === 4
      ? resolveOrdered(reader, three, one, two, sign)
      : resolveShortYear(reader, one, two, three, sign);
  return known ? timeEnd : -1;
}

function resolveOrdered(
  reader: Dates,
  year: number,
  one: number,
  two: number,
  sign: number,
): boolean {
  const order = reader.dateOrder ?? (sign === SLASH ? 'month-first' : 'day-first');
  const dayFirst = one > 12 || (two <= 12 && order === 'day-first');
  return reader.calendar.resolve(year, dayFirst ? two : one, dayFirst ? one : two);
}

/**
 * Three numbers of two digits: `yy/mm/dd` (Spark), or the year is last. Where both can be and neither is in the future the later one holds:
 * of a log that is written to that is now.
 */
function resolveShortYear(
  reader: Dates,
  one: number,
  two: number,
  three: number,
  sign: number,
): boolean {
  const { calendar } = reader;
  const lastUs = (calendar.fileTimeMs + DAY_MS) * 1000;
  const isYearFirst = reader.dateOrder === null && calendar.resolve(fullYear(one, 2), two, three);
  const yearFirstUs = calendar.us;
  const isYearLast = resolveOrdered(reader, fullYear(three, 2), one, two, sign);
  if (!isYearFirst || yearFirstUs > lastUs) return isYearLast;
  if (isYearLast && calendar.us <= lastUs && calendar.us > yearFirstUs) return true;
  return calendar.resolve(fullYear(one, 2), two, three);
}

/** `081109 203615`, `180613 11:04:36`, `180613  9:04:36`: two digits each of year, month, day. */
function compactShort(reader: Dates, bytes: Uint8Array, start: number, end: number): number {
  let position = start + 6;
  if (bytes[position] !== SPACE) return -1;
  position += bytes[position + 1] === SPACE ? 2 : 1;
  const year = fullYear(twoDigits(bytes, start), 2);
  const month = twoDigits(bytes, start + 2);
  const day = twoDigits(bytes, start + 4);
  return timeOn(reader, bytes, position, end, year, month, day);
}

/** `20171223-22:15:29:606`, `20240115T103000Z`, `20240115 10:30:00`. */
function compact(reader: Dates, bytes: Uint8Array, start: number, end: number): number {
  const year = fourDigits(bytes, start);
  const month = twoDigits(bytes, start + 4);
  const day = twoDigits(bytes, start + 6);
  return timeOn(reader, bytes, timeStart(bytes, start + 8, end), end, year, month, day);
}

/** `20240115103000`, with ms `20240115103000123`. */
function compactWhole(
  reader: Dates,
  bytes: Uint8Array,
  start: number,
  end: number,
  runEnd: number,
): number {
  const { calendar } = reader;
  const timeEnd = readTime(calendar, bytes, start + 8, end);
  if (timeEnd < 0) return -1;
  calendar.timeAt = -1;
  if (runEnd - start === 17) calendar.microsecond = number(bytes, start + 14, runEnd) * 1000;
  const year = fourDigits(bytes, start);
  const month = twoDigits(bytes, start + 4);
  const day = twoDigits(bytes, start + 6);
  return calendar.resolve(year, month, day) ? Math.max(timeEnd, runEnd) : -1;
}

/** Seconds (with a fraction), ms, µs or ns since 1970, told by the number of digits. */
function epoch(
  reader: Dates,
  bytes: Uint8Array,
  start: number,
  end: number,
  runEnd: number,
): number {
  reader.calendar.timeAt = -1;
  const seconds = number(bytes, start, start + 10);
  if (seconds < EPOCH_SECONDS_MIN || seconds > EPOCH_SECONDS_MAX) return -1;
  let fractionStart = start + 10;
  let fractionEnd = runEnd;
  if (runEnd === start + 10 && bytes[runEnd] === DOT && isDigit(bytes[runEnd + 1]!)) {
    fractionStart = runEnd + 1;
    fractionEnd = digitsEnd(bytes, fractionStart, end);
  }
  const after = bytes[fractionEnd]!;
  if (fractionEnd < end && (isLetter(after) || after === UNDERSCORE || after === DASH)) return -1;
  let us = 0;
  for (let index = 0; index < 6; index += 1) {
    const position = fractionStart + index;
    us = us * 10 + (position < fractionEnd ? bytes[position]! - 48 : 0);
  }
  return reader.calendar.resolveEpoch(seconds * 1_000_000 + us) ? fractionEnd : -1;
}

/** zap's console: seconds since 1970 as `1.7950824021234567e+09`. */
function scientificEpoch(
  reader: Dates,
  bytes: Uint8Array,
  start: number,
  dot: number,
  end: number,
): number {
  const digitEnd = digitsEnd(bytes, dot + 1, end);
  const isSeconds =
    bytes[digitEnd] === 101 &&
    bytes[digitEnd + 1] === PLUS &&
    bytes[digitEnd + 2] === 48 &&
    bytes[digitEnd + 3] === 57;
  if (!isSeconds) return shortNumber(reader, bytes, start, end, dot);
  let us = bytes[start]! - 48;
  for (let index = 0; index < 15; index += 1) {
    const position = dot + 1 + index;
    us = us * 10 + (position < digitEnd ? bytes[position]! - 48 : 0);
  }
  reader.calendar.timeAt = -1;
  return us >= EPOCH_SECONDS_MIN * 1_000_000 && reader.calendar.resolveEpoch(us)
    ? digitEnd + 4
    : -1;
}

/** Instead of a year: none is printed. */
export const NO_YEAR = Number.NaN;

/** Read the time at `at` (-1: there is none) of this day. Returns its end, or -1. */
export function timeOn(
  reader: Dates,
  bytes: Uint8Array,
  at: number,
  end: number,
  year: number,
  month: number,
  day: number,
): number {
  if (at < 0) return -1;
  const { calendar } = reader;
  const timeEnd = readTime(calendar, bytes, at, end);
  if (timeEnd < 0) return -1;
  const known = Number.isNaN(year)
    ? calendar.resolveYearless(month, day)
    : calendar.resolve(year, month, day);
  return known ? timeEnd : -1;
}

export function fullYear(year: number, length: number): number {
  if (length === 4) return year;
  return year >= CENTURY_PIVOT ? 1900 + year : 2000 + year;
}

export function number(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let position = start; position < end; position += 1) {
    value = value * 10 + bytes[position]! - 48;
  }
  return value;
}

/** Where the time begins behind a date that ends at `at`, or -1. */
export function timeStart(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  let position = at;
  const sign = bytes[position]!;
  if (
    sign === LETTER_T ||
    sign === DASH ||
    sign === UNDERSCORE ||
    sign === PIPE ||
    sign === SLASH
  ) {
    position += 1;
  } else if (sign === BRACKET_CLOSE && bytes[position + 1] === BRACKET_OPEN) {
    // fern: `[2026-11-30][10:30:00]`.
    position += 2;
  } else if (sign === COLON) {
    position += bytes[position + 1] === COLON ? 2 : 1;
  } else if (sign === COMMA || sign === SPACE || sign === TAB || sign === APOSTROPHE) {
    while (bytes[position] === COMMA || isBlank(bytes[position]!)) position += 1;
    // Suricata: `19/11/2026 -- 10:00:01`.
    if (bytes[position] === DASH && bytes[position + 1] === DASH) position += 1;
    if (bytes[position] === DASH && bytes[position + 1] === SPACE) position += 2;
  } else if (sign === 34 && bytes[at + 1] === SPACE && bytes[at + 2] === 34) {
    position += 3;
  } else {
    return -1;
  }
  return isDigit(bytes[position]!) ? position : -1;
}
