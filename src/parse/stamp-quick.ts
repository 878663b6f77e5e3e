/**
 * The time of day behind a date that was seen before, in its most usual shapes: `10:30:00`, `10:30:00,123`, `10:30:00.123456`,
 * with `Z`, ` +0200` or nothing behind it. Anything else is left to `readTime`; both give the same where both can.
 */
import {
  COLON,
  COMMA,
  DASH,
  DOT,
  isAlphanumeric,
  isDigit,
  isLetter,
  PAREN_OPEN,
  PLUS,
  SPACE,
} from './bytes.ts';
import type { Calendar } from './calendar.ts';

const LETTER_Z = 90;

/** Returns the end of the stamp, its instant in the calendar; -1 where the slow way must read it. */
export function readQuickTime(
  calendar: Calendar,
  bytes: Uint8Array,
  at: number,
  end: number,
  dayMs: number,
  flags: number,
): number {
  if (bytes[at + 2] !== COLON || bytes[at + 5] !== COLON || at + 8 > end) return -1;
  const hour = pair(bytes, at);
  const minute = pair(bytes, at + 3);
  const second = pair(bytes, at + 6);
  if (hour > 23 || minute > 59 || second > 59) return -1;
  let position = at + 8;
  let microsecond = 0;
  let sign = bytes[position]!;
  if (sign === DOT || sign === COMMA) {
    const milliseconds = triple(bytes, position + 1);
    if (milliseconds > 999) return -1;
    microsecond = milliseconds * 1000;
    position += 4;
    if (isDigit(bytes[position]!)) {
      const rest = triple(bytes, position);
      if (rest > 999) return -1;
      microsecond += rest;
      position += 3;
      // Nanoseconds are read over.
      while (isDigit(bytes[position]!)) position += 1;
    }
    sign = bytes[position]!;
  }
  let offset = Number.NaN;
  if (position < end) {
    if (sign === SPACE) {
      const next = bytes[position + 1]!;
      if (next === PLUS || next === DASH) {
        const hours = pair(bytes, position + 2);
        const minutes = pair(bytes, position + 4);
        if (hours > 14 || minutes > 59 || isDigit(bytes[position + 6]!)) return -1;
        offset = (next === DASH ? -1 : 1) * (hours * 3600 + minutes * 60);
        position += 6;
      } else if (next === PAREN_OPEN || (isLetter(next) && mayBeZone(bytes, position + 1))) {
        return -1;
      }
    } else if (sign === LETTER_Z) {
      if (isAlphanumeric(bytes[position + 1]!)) return -1;
      offset = 0;
      position += 1;
    } else if (
      isAlphanumeric(sign) ||
      sign === PLUS ||
      sign === DASH ||
      sign === COLON ||
      sign === DOT
    ) {
      return -1;
    }
  }
  if (Number.isNaN(offset) && !calendar.zone.isUtc) return -1;
  const seconds = hour * 3600 + minute * 60 + second - (Number.isNaN(offset) ? 0 : offset);
  calendar.resolveQuick((dayMs / 1000 + seconds) * 1_000_000 + microsecond, flags);
  return position > end ? -1 : position;
}

/** Two digits; above 99 for anything else. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at]! - 48) >>> 0;
  const ones = (bytes[at + 1]! - 48) >>> 0;
  return tens < 10 && ones < 10 ? tens * 10 + ones : 1000;
}

/** Three digits; above 999 for anything else. */
function triple(bytes: Uint8Array, at: number): number {
  const hundreds = (bytes[at]! - 48) >>> 0;
  const rest = pair(bytes, at + 1);
  return hundreds < 10 ? hundreds * 100 + rest : 1000;
}

/**
 * Whether the word at `at` may be AM, PM or a zone's name. Levels are not: they are longer than four letters, or end
 * in a letter that no zone ends in. (`Europe/Berlin` begins with a capital and a small letter.)
 */
function mayBeZone(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1]! | 32;
  if (second === 109) return true;
  let position = at;
  while ((bytes[position]! - 65) >>> 0 < 26) position += 1;
  const length = position - at;
  if (length === 0 || length > 4) return false;
  if (length === 1) return isLetter(bytes[position]!) || bytes[at] === LETTER_Z;
  const last = bytes[position - 1]!;
  return last === 84 || last === 67 || last === 75 || last === 66;
}
