/**
 * Reads the time stamp that stands at a position, whatever its shape, without regular expressions.
 *
 * `read` returns where the stamp ends, or -1, and leaves the instant in the calendar (`us`, `flags`). It never
 * looks for a stamp: callers know where one may begin. A shape is told by its first run of digits or its first
 * letters; each shape is one function. A stamp needs a time of day to the second (or is an epoch number), so
 * that "10.30" or "2024" in a text are not taken for one.
 */
import {
  APOSTROPHE,
  COLON,
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  fourDigits,
  isBlank,
  isDigit,
  isLetter,
  PIPE,
  SLASH,
  SPACE,
  TAB,
  twoDigits,
  UNDERSCORE,
} from './bytes.ts';
import type { Calendar } from './calendar.ts';
import { monthAt, readTai64, readTime, weekdayEnd, zoneWordEnd } from './stamp-parts.ts';
import { readQuickTime } from './stamp-quick.ts';

const LETTER_T = 84;
const AT_SIGN = 64;
/** Epoch numbers stand for 2001 to 2096: ten digits of seconds. Others are ids. */
const EPOCH_SECONDS_MIN = 1_000_000_000;
const EPOCH_SECONDS_MAX = 4_000_000_000;
/** Longest date kept: `Wed, 15 January 2024 `. */
const DATE_LENGTH_MAX = 24;
/** A date written with a two-digit year: from 70 on it is the last century. */
const CENTURY_PIVOT = 70;

/** How `07/11/2022` and `11-06-2013` are meant. */
export type DateOrder = 'month-first' | 'day-first';

export class StampReader {
  readonly calendar: Calendar;
  /** Null: by the sign between the parts (`/` month first, `-` and `.` day first), unless a part is above 12. */
  dateOrder: DateOrder | null = null;

  /** Over the same bytes as `read` is given; compares dates four bytes at a time. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The bytes of the date read last, its length, and the day it stands for: the next stamp is mostly of the same day. */
  readonly #date = new DataView(new ArrayBuffer(DATE_LENGTH_MAX));
  /** Its words: at 0, at 4, and the last four bytes. */
  #dateFirst = 0;
  #dateSecond = 0;
  #dateLast = 0;
  #dateLength = 0;
  #dateMs = Number.NaN;
  #dateFlags = 0;
  #dateFileMs = 0;

  constructor(calendar: Calendar) {
    this.calendar = calendar;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    const { calendar } = this;
    const length = this.#dateLength;
    if (length > 0 && this.#isSameDate(start, length)) {
      const at = start + length;
      const quickEnd = readQuickTime(
        calendar,
        bytes,
        this.view,
        at,
        end,
        this.#dateMs,
        this.#dateFlags,
      );
      if (quickEnd >= 0) return quickEnd;
      const timeEnd = readTime(calendar, bytes, at, end);
      if (timeEnd >= 0 && calendar.resolveDay(this.#dateMs, this.#dateFlags)) return timeEnd;
    }
    calendar.timeAt = -1;
    const stampEnd = this.#readAny(bytes, start, end);
    if (stampEnd >= 0 && calendar.timeAt > start) this.#keepDate(bytes, start);
    return stampEnd;
  }

  /** Dates are at least four bytes long; the last word overlaps the one before. */
  #isSameDate(start: number, length: number): boolean {
    const { view } = this;
    const last = start + length - 4;
    if (last + 4 > view.byteLength) return false;
    if (view.getInt32(last, true) !== this.#dateLast) return false;
    if (view.getInt32(start, true) !== this.#dateFirst) return false;
    if (length > 8 && view.getInt32(start + 4, true) !== this.#dateSecond) return false;
    const date = this.#date;
    for (let index = 8; index < length - 4; index += 4) {
      if (view.getInt32(start + index, true) !== date.getInt32(index, true)) return false;
    }
    return this.#dateFileMs === this.calendar.fileTimeMs;
  }

  /** The stamp read last begins with its date: remember it. */
  #keepDate(bytes: Uint8Array, start: number): void {
    const { calendar } = this;
    const length = calendar.timeAt - start;
    this.#dateLength = 0;
    if (length < 4 || length > DATE_LENGTH_MAX || Number.isNaN(calendar.dayOfStampMs)) return;
    for (let index = 0; index < length; index += 1)
      this.#date.setUint8(index, bytes[start + index]!);
    this.#dateFirst = this.#date.getInt32(0, true);
    this.#dateSecond = this.#date.getInt32(4, true);
    this.#dateLast = this.#date.getInt32(length - 4, true);
    this.#dateLength = length;
    this.#dateMs = calendar.dayOfStampMs;
    this.#dateFlags = calendar.flags;
    this.#dateFileMs = calendar.fileTimeMs;
  }

  #readAny(bytes: Uint8Array, start: number, end: number): number {
    const first = bytes[start]!;
    if (isDigit(first)) {
      if (
        bytes[start + 4] === DASH &&
        bytes[start + 7] === DASH &&
        isDigit(bytes[start + 9]!) &&
        isDigit(bytes[start + 8]!)
      ) {
        return this.#yearFirst(bytes, start, end);
      }
      return this.#digits(bytes, start, end);
    }
    if (isLetter(first)) return this.#letters(bytes, start, end);
    if (first === AT_SIGN) return readTai64(this.calendar, bytes, start);
    return -1;
  }

  #digits(bytes: Uint8Array, start: number, end: number): number {
    const runEnd = digitsEnd(bytes, start, end);
    switch (runEnd - start) {
      case 1:
      case 2:
        return this.#shortNumber(bytes, start, end, runEnd);
      case 4:
        return this.#yearFirst(bytes, start, end);
      case 6:
        return this.#compactShort(bytes, start, end);
      case 8:
        return this.#compact(bytes, start, end);
      case 10:
      case 13:
      case 16:
      case 19:
        return this.#epoch(bytes, start, end, runEnd);
      case 14:
      case 17:
        return this.#compactWhole(bytes, start, end, runEnd);
      default:
        return -1;
    }
  }

  /** `2024-01-31T…`, `2024/01/31 …`, `2024.01.31 …`, `2024-Jan-31 …`, `2024 Jan 31 …`, `2005-06-03-15.42.50.675872`. */
  #yearFirst(bytes: Uint8Array, start: number, end: number): number {
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
    const dayEnd = digitsEnd(bytes, position, Math.min(end, position + 2));
    if (dayEnd === position) return -1;
    const day = number(bytes, position, dayEnd);
    position = timeStart(bytes, dayEnd, end);
    if (position < 0) return -1;
    const timeEnd = readTime(this.calendar, bytes, position, end);
    return timeEnd >= 0 && this.calendar.resolve(year, month, day) ? timeEnd : -1;
  }

  #shortNumber(bytes: Uint8Array, start: number, end: number, runEnd: number): number {
    const value = number(bytes, start, runEnd);
    const sign = bytes[runEnd]!;
    if (sign === COLON) {
      const timeEnd = readTime(this.calendar, bytes, start, end);
      return timeEnd >= 0 && this.calendar.resolveTimeOnly() ? timeEnd : -1;
    }
    const next = runEnd + 1;
    if (sign === SLASH || sign === DASH || sign === DOT || sign === SPACE) {
      if (isLetter(bytes[next]!)) return this.#dayMonthName(bytes, value, next, end);
      if (sign !== SPACE) return this.#numericDate(bytes, value, next, end);
    }
    return -1;
  }

  /** Behind the day: `10/Oct/2000:13:55:36 -0700`, `22-Jan-2013 22:28:21`, `30 May 12:23:52.442`, `15 Jan 2024 …`. */
  #dayMonthName(bytes: Uint8Array, day: number, at: number, end: number): number {
    const sign = bytes[at - 1]!;
    const month = monthAt(bytes, at);
    if (month === 0) return -1;
    let position = at + 3;
    while (isLetter(bytes[position]!)) position += 1;
    if (bytes[position] !== sign) return -1;
    position += 1;
    const yearEnd = digitsEnd(bytes, position, end);
    const yearLength = yearEnd - position;
    if (bytes[yearEnd] === COLON && yearLength <= 2) {
      const timeEnd = readTime(this.calendar, bytes, position, end);
      return timeEnd >= 0 && this.calendar.resolveYearless(month, day) ? timeEnd : -1;
    }
    if (yearLength !== 4 && yearLength !== 2) return -1;
    const year = fullYear(number(bytes, position, yearEnd), yearLength);
    position = timeStart(bytes, yearEnd, end);
    if (position < 0) return -1;
    const timeEnd = readTime(this.calendar, bytes, position, end);
    return timeEnd >= 0 && this.calendar.resolve(year, month, day) ? timeEnd : -1;
  }

  /** Behind the first number: `17/06/09 …`, `07/11/2022-…`, `11-06-2013 …`, `03-17 16:13:38.811`, `10.30 16:49:06`. */
  #numericDate(bytes: Uint8Array, one: number, at: number, end: number): number {
    const sign = bytes[at - 1]!;
    const twoEnd = digitsEnd(bytes, at, end);
    if (twoEnd === at || twoEnd - at > 2) return -1;
    const two = number(bytes, at, twoEnd);
    if (bytes[twoEnd] !== sign) {
      const position = timeStart(bytes, twoEnd, end);
      if (position < 0) return -1;
      const timeEnd = readTime(this.calendar, bytes, position, end);
      if (timeEnd < 0) return -1;
      const dayFirst = one > 12 || (two <= 12 && this.dateOrder === 'day-first');
      const known = this.calendar.resolveYearless(dayFirst ? two : one, dayFirst ? one : two);
      return known ? timeEnd : -1;
    }
    const threeEnd = digitsEnd(bytes, twoEnd + 1, end);
    const threeLength = threeEnd - twoEnd - 1;
    if (threeLength !== 4 && threeLength !== 2) return -1;
    const three = number(bytes, twoEnd + 1, threeEnd);
    const position = timeStart(bytes, threeEnd, end);
    if (position < 0) return -1;
    const timeEnd = readTime(this.calendar, bytes, position, end);
    if (timeEnd < 0) return -1;
    const known =
      threeLength === 4
        ? this.#resolveOrdered(three, one, two, sign)
        : this.#resolveShortYear(one, two, three, sign);
    return known ? timeEnd : -1;
  }

  #resolveOrdered(year: number, one: number, two: number, sign: number): boolean {
    const order = this.dateOrder ?? (sign === SLASH ? 'month-first' : 'day-first');
    const dayFirst = one > 12 || (two <= 12 && order === 'day-first');
    return this.calendar.resolve(year, dayFirst ? two : one, dayFirst ? one : two);
  }

  /** Three numbers of two digits: `yy/mm/dd` (Spark) if it can be and is not in the future, else the year is last. */
  #resolveShortYear(one: number, two: number, three: number, sign: number): boolean {
    const { calendar } = this;
    if (this.dateOrder === null && calendar.resolve(fullYear(one, 2), two, three)) {
      if (calendar.us <= (calendar.fileTimeMs + 86_400_000) * 1000) return true;
    }
    return this.#resolveOrdered(fullYear(three, 2), one, two, sign);
  }

  /** `081109 203615`, `180613 11:04:36`, `180613  9:04:36`: two digits each of year, month, day. */
  #compactShort(bytes: Uint8Array, start: number, end: number): number {
    let position = start + 6;
    if (bytes[position] !== SPACE) return -1;
    position += bytes[position + 1] === SPACE ? 2 : 1;
    const timeEnd = readTime(this.calendar, bytes, position, end);
    if (timeEnd < 0) return -1;
    const year = fullYear(twoDigits(bytes, start), 2);
    const month = twoDigits(bytes, start + 2);
    const day = twoDigits(bytes, start + 4);
    return this.calendar.resolve(year, month, day) ? timeEnd : -1;
  }

  /** `20171223-22:15:29:606`, `20240115T103000Z`, `20240115 10:30:00`. */
  #compact(bytes: Uint8Array, start: number, end: number): number {
    const position = timeStart(bytes, start + 8, end);
    if (position < 0) return -1;
    const timeEnd = readTime(this.calendar, bytes, position, end);
    if (timeEnd < 0) return -1;
    const year = fourDigits(bytes, start);
    const month = twoDigits(bytes, start + 4);
    const day = twoDigits(bytes, start + 6);
    return this.calendar.resolve(year, month, day) ? timeEnd : -1;
  }

  /** `20240115103000`, with ms `20240115103000123`. */
  #compactWhole(bytes: Uint8Array, start: number, end: number, runEnd: number): number {
    const { calendar } = this;
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
  #epoch(bytes: Uint8Array, start: number, end: number, runEnd: number): number {
    this.calendar.timeAt = -1;
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
    return this.calendar.resolveEpoch(seconds * 1_000_000 + us) ? fractionEnd : -1;
  }

  /** `Jan  5 10:30:00`, `Jan 15, 2024 …`, `Sun Dec 04 04:47:44 2005`, `Mon, 15 Jan 2024 …`, `PDT Apr 16 21:05:29`. */
  #letters(bytes: Uint8Array, start: number, end: number): number {
    const month = monthAt(bytes, start);
    if (month > 0) {
      let position = start + 3;
      while (isLetter(bytes[position]!)) position += 1;
      return this.#monthNameFirst(bytes, month, position, end);
    }
    const wordEnd = weekdayEnd(bytes, start, end);
    if (wordEnd > 0) {
      let position = wordEnd;
      if (bytes[position] === COMMA) position += 1;
      while (bytes[position] === SPACE) position += 1;
      if (isDigit(bytes[position]!)) {
        const runEnd = digitsEnd(bytes, position, end);
        return runEnd - position <= 2 ? this.#shortNumber(bytes, position, end, runEnd) : -1;
      }
      const named = monthAt(bytes, position);
      return named > 0 ? this.#monthNameFirst(bytes, named, position + 3, end) : -1;
    }
    const zoneEnd = zoneWordEnd(bytes, start, end);
    if (zoneEnd < 0 || bytes[zoneEnd] !== SPACE) return -1;
    const named = monthAt(bytes, zoneEnd + 1);
    if (named === 0) return -1;
    const stampEnd = this.#monthNameFirst(bytes, named, zoneEnd + 4, end);
    this.calendar.timeAt = -1;
    return stampEnd >= 0 && this.calendar.shiftToAbbreviation(bytes, start, zoneEnd)
      ? stampEnd
      : -1;
  }

  /** Behind the month's name: day, perhaps the year, time, perhaps zone and year (ctime). */
  #monthNameFirst(bytes: Uint8Array, month: number, at: number, end: number): number {
    let position = at;
    while (bytes[position] === SPACE || bytes[position] === DASH || bytes[position] === SLASH) {
      position += 1;
    }
    if (position === at) return -1;
    const dayEnd = digitsEnd(bytes, position, Math.min(end, position + 2));
    if (dayEnd === position) return -1;
    const day = number(bytes, position, dayEnd);
    position = dayEnd;
    if (bytes[position] === COMMA) position += 1;
    while (isBlank(bytes[position]!) || bytes[position] === DASH || bytes[position] === SLASH) {
      position += 1;
    }
    if (position === dayEnd) return -1;
    let year = 0;
    const yearLength = digitsEnd(bytes, position, end) - position;
    if (yearLength === 4 || (yearLength === 2 && bytes[dayEnd] === DASH)) {
      year = fullYear(number(bytes, position, position + yearLength), yearLength);
      position = timeStart(bytes, position + yearLength, end);
      if (position < 0) return -1;
    }
    let timeEnd = readTime(this.calendar, bytes, position, end);
    if (timeEnd < 0) return -1;
    if (year === 0 && trailingYear(bytes, timeEnd, end)) {
      year = fourDigits(bytes, timeEnd + 1);
      timeEnd += 5;
      // The date does not end where the time begins.
      this.calendar.timeAt = -1;
    }
    const known =
      year === 0
        ? this.calendar.resolveYearless(month, day)
        : this.calendar.resolve(year, month, day);
    return known ? timeEnd : -1;
  }
}

/** Whether the year of ctime stands behind the time: ` 2005` and then no more letters or digits. */
function trailingYear(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== SPACE || at + 5 > end) return false;
  const century = twoDigits(bytes, at + 1);
  if ((century !== 19 && century !== 20) || twoDigits(bytes, at + 3) < 0) return false;
  const after = bytes[at + 5]!;
  return at + 5 >= end || !(isDigit(after) || isLetter(after) || after === DOT || after === DASH);
}

function fullYear(year: number, length: number): number {
  if (length === 4) return year;
  return year >= CENTURY_PIVOT ? 1900 + year : 2000 + year;
}

function number(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let position = start; position < end; position += 1) {
    value = value * 10 + bytes[position]! - 48;
  }
  return value;
}

/** Where the time begins behind a date that ends at `at`, or -1. */
function timeStart(bytes: Uint8Array, at: number, end: number): number {
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
  } else if (sign === COLON) {
    position += bytes[position + 1] === COLON ? 2 : 1;
  } else if (sign === COMMA || sign === SPACE || sign === TAB || sign === APOSTROPHE) {
    while (bytes[position] === COMMA || isBlank(bytes[position]!)) position += 1;
    if (bytes[position] === DASH && bytes[position + 1] === SPACE) position += 2;
  } else if (sign === 34 && bytes[at + 1] === SPACE && bytes[at + 2] === 34) {
    position += 3;
  } else {
    return -1;
  }
  return isDigit(bytes[position]!) ? position : -1;
}
