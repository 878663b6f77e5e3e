/**
 * Stamps that begin with a name: of a month, a weekday or a zone.
 *
 * Each function returns where the stamp ends, or -1.
 */
import {
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  fourDigits,
  isBlank,
  isDigit,
  isLetter,
  NOT_ASCII,
  SLASH,
  SPACE,
  startsWith,
  twoDigits,
} from './bytes.ts';
import {
  type Dates,
  fullYear,
  NO_YEAR,
  number,
  shortNumber,
  timeOn,
  timeStart,
  yearFirst,
} from './stamp-numbers.ts';
import { monthAt, weekdayEnd } from './stamp-parts.ts';
import { zoneWordEnd } from './stamp-zone.ts';

/** `Jan  5 10:30:00`, `Jan 15, 2024 …`, `Sun Dec 04 04:47:44 2005`, `Mon, 15 Jan 2024 …`, `PDT Apr 16 21:05:29`. */
export function readNameFirst(
  reader: Dates,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const month = monthAt(bytes, start);
  if (month > 0) {
    let position = start + 3;
    while (isLetter(bytes[position]!) || bytes[position]! >= NOT_ASCII) position += 1;
    // Java in German: `Nov. 30, 2026`.
    if (bytes[position] === DOT && bytes[position + 1] === SPACE) position += 1;
    return monthNameFirst(reader, bytes, month, position, end);
  }
  const wordEnd = weekdayEnd(bytes, start, end);
  if (wordEnd > 0) {
    let position = wordEnd;
    if (bytes[position] === COMMA) position += 1;
    while (bytes[position] === SPACE) position += 1;
    if (isDigit(bytes[position]!)) {
      const runEnd = digitsEnd(bytes, position, end);
      // journalctl: `Mon 2026-11-30 10:30:00 UTC`.
      if (runEnd - position === 4 && bytes[runEnd] === DASH)
        return yearFirst(reader, bytes, position, end);
      return runEnd - position <= 2 ? shortNumber(reader, bytes, position, end, runEnd) : -1;
    }
    const named = monthAt(bytes, position);
    return named > 0 ? monthNameFirst(reader, bytes, named, position + 3, end) : -1;
  }
  const zoneEnd = zoneWordEnd(bytes, start, end);
  if (zoneEnd < 0 || bytes[zoneEnd] !== SPACE) return -1;
  const named = monthAt(bytes, zoneEnd + 1);
  if (named === 0) return -1;
  const stampEnd = monthNameFirst(reader, bytes, named, zoneEnd + 4, end);
  reader.calendar.timeAt = -1;
  return stampEnd >= 0 && reader.calendar.shiftToAbbreviation(bytes, start, zoneEnd)
    ? stampEnd
    : -1;
}

const NUMERALS = '一 二 三 四 五 六 七 八 九 十 十一 十二'.split(' ');
/** `月` and `월`, the word for month, behind its number; Java's Chinese has numerals. */
const NATIVE_MONTHS = NUMERALS.flatMap((numeral, index) =>
  [`${numeral}月`, `${index + 1}月`, `${index + 1}월`].map((name) => ({
    month: index + 1,
    text: Buffer.from(name).toString('latin1'),
  })),
);

/** Their first two bytes: most texts are turned away by these. */
const NATIVE_STARTS = new Set(
  NATIVE_MONTHS.map(({ text }) => (text.charCodeAt(0) << 8) | text.charCodeAt(1)),
);

/** End of the month's name at `at` in Chinese, Japanese or Korean, as `month + 16 * end`; -1 where there is none. */
function nativeMonthAt(bytes: Uint8Array, at: number): number {
  if (!NATIVE_STARTS.has((bytes[at]! << 8) | bytes[at + 1]!)) return -1;
  for (const { text, month } of NATIVE_MONTHS) {
    if (startsWith(bytes, at, text)) return month + 16 * (at + text.length);
  }
  return -1;
}

/** java.util.logging in Chinese, Japanese or Korean: `九月 06, 2017 9:05:12 上午`, `5月 06, 2025 …`, `9월 09, 2015 9:24:03 오전`. */
export function readNativeMonth(
  reader: Dates,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const found = nativeMonthAt(bytes, start);
  if (found < 0) return -1;
  const stampEnd = monthNameFirst(reader, bytes, found & 15, found >> 4, end);
  // The next stamp of this day is read whole: its half of the day is in the same script.
  reader.calendar.timeAt = -1;
  return stampEnd;
}

/** Behind the month's name: day, perhaps the year, time, perhaps zone and year (ctime). */
function monthNameFirst(
  reader: Dates,
  bytes: Uint8Array,
  month: number,
  at: number,
  end: number,
): number {
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
  let year = NO_YEAR;
  const yearLength = digitsEnd(bytes, position, end) - position;
  if (yearLength === 4 || (yearLength === 2 && bytes[dayEnd] === DASH)) {
    year = fullYear(number(bytes, position, position + yearLength), yearLength);
    position = timeStart(bytes, position + yearLength, end);
    if (position < 0) return -1;
  }
  const { calendar } = reader;
  const timeEnd = timeOn(reader, bytes, position, end, year, month, day);
  if (timeEnd < 0 || !Number.isNaN(year) || !trailingYear(bytes, timeEnd, end)) return timeEnd;
  // The date does not end where the time begins.
  calendar.timeAt = -1;
  return calendar.resolve(fourDigits(bytes, timeEnd + 1), month, day) ? timeEnd + 5 : -1;
}

/** Whether the year of ctime stands behind the time: ` 2005` and then no more letters or digits. */
function trailingYear(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== SPACE || at + 5 > end) return false;
  const century = twoDigits(bytes, at + 1);
  if ((century !== 19 && century !== 20) || twoDigits(bytes, at + 3) < 0) return false;
  const after = bytes[at + 5]!;
  return at + 5 >= end || !(isDigit(after) || isLetter(after) || after === DOT || after === DASH);
}
