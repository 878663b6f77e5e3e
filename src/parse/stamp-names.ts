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
  SLASH,
  SPACE,
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
    while (isLetter(bytes[position]!)) position += 1;
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
