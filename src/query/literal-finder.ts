/**
 * Looks for literals of ASCII characters in bytes, letters of either case: no string is made.
 *
 * Long ones by Horspool's search, which jumps as far as the literal is long. It waits for each byte before it knows where the
 * next one is, so it is done at two places in turns where there is much to look through (`compileTwoPlaces`), and short ones
 * are found faster by looking at every four bytes at once for the rarest of their letters.
 */

/** Where the literal is first in `bytes[start, end)`; negative: nowhere. */
export type LiteralFinder = (bytes: Uint8Array, start: number, end: number) => number;

const SHORT_BYTES_MAX = 4;

/** Letters of the literal are lower case. */
export function compileLiteral(literal: Uint8Array): LiteralFinder {
  return literal.length <= SHORT_BYTES_MAX ? compileShort(literal) : compileLong(literal);
}

function compileLong(literal: Uint8Array): LiteralFinder {
  const { last, shift, lastLower, lastUpper } = horspool(literal);
  return (bytes, start, end) => {
    let at = start + last;
    while (at < end) {
      const byte = bytes[at]!;
      if ((byte === lastLower || byte === lastUpper) && isAt(literal, bytes, at - last))
        return at - last;
      at += shift[byte]!;
    }
    return -1;
  };
}

/** A part of a memory: where looking goes on, and where it ends. */
export type SearchedPart = { from: number; readonly end: number };

/** `NOWHERE`: in none of the parts, from where each was at. Else `from` of that part is where the literal is. */
export const PLACE = { NOWHERE: 0, ONE: 1, OTHER: 2 } as const;

/** Looks through two parts in turns until it finds the literal in one of them. */
export type TwoPlaceFinder = (bytes: Uint8Array, one: SearchedPart, other: SearchedPart) => number;

/** Null where `compileLiteral` is as fast. */
export function compileTwoPlaces(literal: Uint8Array): TwoPlaceFinder | null {
  if (literal.length <= SHORT_BYTES_MAX) return null;
  const { last, shift, lastLower, lastUpper } = horspool(literal);
  const find = compileLong(literal);
  const findRest = (bytes: Uint8Array, part: SearchedPart, place: number): number => {
    const at = find(bytes, part.from, part.end);
    part.from = at < 0 ? part.end : at;
    return at < 0 ? PLACE.NOWHERE : place;
  };
  return (bytes, one, other) => {
    const oneEnd = one.end;
    const otherEnd = other.end;
    let at = one.from + last;
    let otherAt = other.from + last;
    let found: number = PLACE.NOWHERE;
    while (at < oneEnd && otherAt < otherEnd) {
      const byte = bytes[at]!;
      const otherByte = bytes[otherAt]!;
      if ((byte === lastLower || byte === lastUpper) && isAt(literal, bytes, at - last)) {
        found = PLACE.ONE;
        break;
      }
      const mayBe = otherByte === lastLower || otherByte === lastUpper;
      if (mayBe && isAt(literal, bytes, otherAt - last)) {
        found = PLACE.OTHER;
        break;
      }
      at += shift[byte]!;
      otherAt += shift[otherByte]!;
    }
    one.from = at - last;
    other.from = otherAt - last;
    if (found !== PLACE.NOWHERE) return found;
    return at < oneEnd ? findRest(bytes, one, PLACE.ONE) : findRest(bytes, other, PLACE.OTHER);
  };
}

/** How far the last byte that is looked at lets the search jump, by that byte. */
function horspool(literal: Uint8Array): {
  last: number;
  shift: Int32Array;
  lastLower: number;
  lastUpper: number;
} {
  const last = literal.length - 1;
  const shift = new Int32Array(256).fill(literal.length);
  for (let at = 0; at < last; at += 1) {
    shift[literal[at]!] = last - at;
    shift[upperOf(literal[at]!)] = last - at;
  }
  return { last, shift, lastLower: literal[last]!, lastUpper: upperOf(literal[last]!) };
}

/** From the most frequent letter of logs to the rarest. */
const BY_FREQUENCY = 'etaoinsrlhdcumpgfybwvkxjqz';
const EACH = 0x01010101;
const HIGHEST = 0x80808080;

/**
 * A word of four bytes has a zero in it where `(word - EACH) & ~word & HIGHEST` is not 0, so that is asked of its difference to
 * four times the letter; a byte above one may seem to be one too. Words begin where the memory's do, and may hold bytes before `start` and behind `end`.
 */
function compileShort(literal: Uint8Array): LiteralFinder {
  const { length } = literal;
  const offset = rarestIn(literal);
  const wanted = Math.imul(literal[offset]!, EACH);
  const caseBits = isLetter(literal[offset]!) ? 0x20202020 : 0;
  let words: Int32Array = new Int32Array(0);
  return (bytes, start, end) => {
    const { buffer, byteOffset } = bytes;
    if (words.buffer !== buffer) words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
    // Where the letter can be, counted from the beginning of the memory.
    const first = byteOffset + start + offset;
    const last = byteOffset + end - length + offset;
    const wordEnd = Math.min((last >> 2) + 1, words.length);
    let word = first >> 2;
    for (; word < wordEnd; word += 1) {
      const differences = (words[word]! | caseBits) ^ wanted;
      let zeros = (differences - EACH) & ~differences & HIGHEST;
      for (; zeros !== 0; zeros &= zeros - 1) {
        // The byte of the lowest bit that is set.
        const at = (word << 2) + ((31 - Math.clz32(zeros & -zeros)) >> 3);
        if (at < first || at > last) continue;
        if (isAt(literal, bytes, at - byteOffset - offset)) return at - byteOffset - offset;
      }
    }
    // What is left behind the last whole word.
    for (let at = Math.max(first, word << 2); at <= last; at += 1) {
      if (isAt(literal, bytes, at - byteOffset - offset)) return at - byteOffset - offset;
    }
    return -1;
  };
}

function rarestIn(literal: Uint8Array): number {
  const rarities = Array.from(literal, (byte) => BY_FREQUENCY.indexOf(String.fromCharCode(byte)));
  return rarities.indexOf(Math.max(...rarities));
}

function isAt(literal: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = literal.length - 1; index >= 0; index -= 1) {
    const byte = bytes[start + index]!;
    const wanted = literal[index]!;
    if (byte !== wanted && byte !== upperOf(wanted)) return false;
  }
  return true;
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function upperOf(byte: number): number {
  return isLetter(byte) ? byte - 0x20 : byte;
}
