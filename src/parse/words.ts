/**
 * Looking at eight bytes at a time, as two words of four, in a region whose end may be far away.
 *
 * All of them may look up to seven bytes past `end`, as `bytes.ts` says.
 */
import { NEWLINE } from './bytes.ts';

const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;
const NEWLINES = 0x0a0a0a0a;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
/** From here on the native search is faster, although it is a call. */
const NATIVE_FROM_BYTES = 96;

/** Position of the first newline at or after `at`, before `end`; -1 where there is none. */
export function newlineFrom(bytes: Buffer, view: DataView, at: number, end: number): number {
  const limit = Math.min(end, at + NATIVE_FROM_BYTES);
  for (let position = at; position < limit; position += 8) {
    const one = view.getInt32(position, true) ^ NEWLINES;
    const two = view.getInt32(position + 4, true) ^ NEWLINES;
    const first = (one - ONES) & ~one & HIGH_BITS;
    const second = (two - ONES) & ~two & HIGH_BITS;
    if ((first | second) !== 0) {
      const found = position + (first !== 0 ? firstOf(first) : 4 + firstOf(second));
      return found < end ? found : -1;
    }
  }
  if (limit === end) return -1;
  const found = bytes.indexOf(NEWLINE, limit);
  return found < 0 || found >= end ? -1 : found;
}

/** Position of the first quote, backslash or newline at or after `at`; `end` where there is none before it. */
export function stringStopInLine(view: DataView, at: number, end: number): number {
  for (let position = at; position < end; position += 8) {
    const first = stringStops(view.getInt32(position, true));
    const second = stringStops(view.getInt32(position + 4, true));
    if ((first | second) !== 0) {
      return Math.min(end, position + (first !== 0 ? firstOf(first) : 4 + firstOf(second)));
    }
  }
  return end;
}

/** Marks a quote, backslash or newline among the bytes of a word. */
function stringStops(word: number): number {
  const quote = word ^ QUOTES;
  const slash = word ^ BACKSLASHES;
  const line = word ^ NEWLINES;
  return (
    (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | ((line - ONES) & ~line)) & HIGH_BITS
  );
}

/** Which of four bytes is the first marked by its high bit. Only the first mark is exact: a borrow may set those above it. */
function firstOf(stops: number): number {
  return (31 - Math.clz32(stops & -stops)) >> 3;
}

/** What is left of four digits in a word when `0000` is taken off: above 9 in any byte where it was no digit. */
export function areDigits(values: number): boolean {
  return ((values | (values + 0x76767676)) & HIGH_BITS) === 0;
}
