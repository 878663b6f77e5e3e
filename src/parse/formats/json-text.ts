/**
 * JSON strings: where one ends, and what it says without its escapes.
 *
 * Bounded by `end` everywhere: a string that never closes costs its length once.
 */
import { BACKSLASH, ESCAPE, NEWLINE, QUOTE } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { stringStopInLine } from '../words.ts';

const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;
const REPLACEMENT = 0xfffd;

/** Position of the first quote or backslash at or after `at`; `end` or later where there is none. */
export function stringStop(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const word = view.getInt32(position, true);
    const quote = word ^ QUOTES;
    const slash = word ^ BACKSLASHES;
    if ((((quote - ONES) & ~quote) | ((slash - ONES) & ~slash)) & HIGH_BITS) break;
    position += 4;
  }
  while (position < end) {
    const byte = bytes[position]!;
    if (byte === QUOTE || byte === BACKSLASH) return position;
    position += 1;
  }
  return end;
}

/** Position of the quote that closes the string whose text begins at `at`; -1 where it does not close. */
export function stringEnd(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  let position = at;
  for (;;) {
    position = stringStop(bytes, view, position, end);
    if (position >= end) return -1;
    if (bytes[position] === QUOTE) return position;
    position += 2;
  }
}

/** The quote that closes a string with escapes, from the first backslash on; -1 where it does not close in the line. */
export function closingQuoteInLine(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
): number {
  let position = at;
  while (position < end && bytes[position] === BACKSLASH && bytes[position + 1] !== NEWLINE) {
    position = stringStopInLine(view, position + 2, end);
  }
  return position < end && bytes[position] === QUOTE ? position : -1;
}

/** Append the text of the string [start, end) without escapes as made text; its start is returned, its end is `columns.bytesLength`. */
export function unescapeJson(draft: Draft, start: number, end: number): number {
  const made = draft.reserve(end - start);
  const { bytes } = draft;
  let from = start;
  let to = made;
  while (from < end) {
    const byte = bytes[from]!;
    if (byte !== BACKSLASH || from + 1 >= end) {
      bytes[to] = byte;
      from += 1;
      to += 1;
      continue;
    }
    const letter = bytes[from + 1]!;
    if (letter !== 117) {
      const plain = plainEscape(letter);
      if (plain < 0) {
        bytes[to] = BACKSLASH;
        to += 1;
      }
      bytes[to] = plain < 0 ? letter : plain;
      to += 1;
      from += 2;
      continue;
    }
    const unit = hexUnit(bytes, from + 2, end);
    if (unit < 0) {
      bytes[to] = BACKSLASH;
      to += 1;
      from += 1;
      continue;
    }
    from += 6;
    let code = unit;
    if (unit >= 0xd800 && unit < 0xe000) {
      const low =
        bytes[from] === BACKSLASH && bytes[from + 1] === 117 ? hexUnit(bytes, from + 2, end) : -1;
      const paired = unit < 0xdc00 && low >= 0xdc00 && low < 0xe000;
      code = paired ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : REPLACEMENT;
      if (paired) from += 6;
    }
    if (code === ESCAPE) draft.hasColour = true;
    to = writeUtf8(bytes, to, code);
  }
  draft.made(to);
  return made;
}

function plainEscape(letter: number): number {
  switch (letter) {
    case QUOTE:
    case BACKSLASH:
    case 47:
      return letter;
    case 98:
      return 8;
    case 102:
      return 12;
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    default:
      return -1;
  }
}

function hexUnit(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1;
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[at + index]!;
    const digit = byte - 48;
    const letter = (byte | 32) - 97;
    if (digit >>> 0 < 10) value = value * 16 + digit;
    else if (letter >>> 0 < 6) value = value * 16 + letter + 10;
    else return -1;
  }
  return value;
}

/** Never longer than the escape it replaces. */
function writeUtf8(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    bytes[at] = 0xc0 | (code >> 6);
    bytes[at + 1] = 0x80 | (code & 63);
    return at + 2;
  }
  if (code < 0x10000) {
    bytes[at] = 0xe0 | (code >> 12);
    bytes[at + 1] = 0x80 | ((code >> 6) & 63);
    bytes[at + 2] = 0x80 | (code & 63);
    return at + 3;
  }
  bytes[at] = 0xf0 | (code >> 18);
  bytes[at + 1] = 0x80 | ((code >> 12) & 63);
  bytes[at + 2] = 0x80 | ((code >> 6) & 63);
  bytes[at + 3] = 0x80 | (code & 63);
  return at + 4;
}
