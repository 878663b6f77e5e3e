/**
 * The time of day behind a date that was seen before, in its most usual shapes: `10:30:00`, `10:30:00,123`, `10:30:00.123456`,
 * with `Z`, ` UTC`, ` +0200` or nothing behind it. Anything else is left to `readTime`; both give the same where both can.
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
import { areDigits } from './words.ts';

const LETTER_Z = 90;
/** `00:0`, `0:00`, `.000` and ` 0000` as words; taken off by exclusive or they leave the digits' values. */
const HOUR_MINUTE = 0x303a3030;
const MINUTE_SECOND = 0x30303a30;
const DOT_DIGITS = 0x3030302e;
const COMMA_DIGITS = 0x3030302c;
const DIGITS = 0x30303030;
/** ` UTC` and ` GMT`. */
const UTC_WORD = 0x43545520;
const GMT_WORD = 0x544d4720;

/** Returns the end of the stamp, its instant in the calendar; -1 where the slow way must read it. */
export function readQuickTime(
  calendar: Calendar,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  dayMs: number,
  flags: number,
): number {
  if (at + 8 > end) return -1;
  const one = view.getInt32(at, true) ^ HOUR_MINUTE;
  const two = view.getInt32(at + 4, true) ^ MINUTE_SECOND;
  // The colons must have gone entirely.
  if (!areDigits(one) || !areDigits(two) || ((one & 0xff0000) | (two & 0xff00)) !== 0) return -1;
  const hour = (one & 0xff) * 10 + ((one >> 8) & 0xff);
  const minute = (one >>> 24) * 10 + (two & 0xff);
  const second = ((two >> 16) & 0xff) * 10 + (two >>> 24);
  if (hour > 23 || minute > 59 || second > 59) return -1;
  const secondOfDay = hour * 3600 + minute * 60 + second;
  let position = at + 8;
  let microsecond = 0;
  let sign = bytes[position]!;
  if (sign === DOT || sign === COMMA) {
    const digits = view.getInt32(position, true) ^ (sign === DOT ? DOT_DIGITS : COMMA_DIGITS);
    if (!areDigits(digits)) return -1;
    microsecond =
      (((digits >> 8) & 0xff) * 100 + ((digits >> 16) & 0xff) * 10 + (digits >>> 24)) * 1000;
    position += 4;
    sign = bytes[position]!;
    if (isDigit(sign)) {
      const rest = (view.getInt32(position, true) ^ DIGITS) & 0xffffff;
      if (!areDigits(rest)) return -1;
      microsecond += (rest & 0xff) * 100 + ((rest >> 8) & 0xff) * 10 + (rest >> 16);
      position += 3;
      // Nanoseconds are read over.
      while (isDigit(bytes[position]!)) position += 1;
      sign = bytes[position]!;
    }
  }
  if (position < end) {
    if (sign === SPACE) {
      const next = bytes[position + 1]!;
      // Python's ` - ` is no offset.
      if ((next === PLUS || next === DASH) && isDigit(bytes[position + 2]!)) {
        return withOffset(
          calendar,
          view,
          position + 1,
          end,
          dayMs,
          secondOfDay,
          microsecond,
          flags,
        );
      }
      const word = view.getInt32(position, true);
      if (word === UTC_WORD || word === GMT_WORD) {
        if (position + 4 > end || isAlphanumeric(bytes[position + 4]!)) return -1;
        calendar.resolveQuick((dayMs / 1000 + secondOfDay) * 1_000_000 + microsecond, flags);
        return position + 4;
      }
      if (next === PAREN_OPEN || (isLetter(next) && mayBeZone(bytes, position + 1))) return -1;
    } else if (sign === LETTER_Z) {
      if (isAlphanumeric(bytes[position + 1]!)) return -1;
      calendar.resolveQuick((dayMs / 1000 + secondOfDay) * 1_000_000 + microsecond, flags);
      return position + 1;
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
  if (!calendar.resolveQuickLocal(dayMs, secondOfDay, microsecond, flags)) return -1;
  return position > end ? -1 : position;
}

/** `+0200` behind the time and a space. */
function withOffset(
  calendar: Calendar,
  view: DataView,
  at: number,
  end: number,
  dayMs: number,
  secondOfDay: number,
  microsecond: number,
  flags: number,
): number {
  const digits = view.getInt32(at + 1, true) ^ DIGITS;
  if (!areDigits(digits) || at + 5 > end) return -1;
  const hours = (digits & 0xff) * 10 + ((digits >> 8) & 0xff);
  const minutes = ((digits >> 16) & 0xff) * 10 + (digits >>> 24);
  if (hours > 14 || minutes > 59 || isDigit(view.getUint8(at + 5))) return -1;
  const east = hours * 3600 + minutes * 60;
  const seconds = secondOfDay - (view.getUint8(at) === DASH ? -east : east);
  calendar.resolveQuick((dayMs / 1000 + seconds) * 1_000_000 + microsecond, flags);
  return at + 5;
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
