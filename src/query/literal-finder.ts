/**
 * Looks for literals of ASCII characters in bytes, letters of either case: no string is made.
 *
 * Long ones by Horspool's search, which jumps as far as the literal is long. It waits for each byte before it knows where the
 * next one is, so short ones are found faster by looking at every four bytes at once for the rarest of their letters.
 */

/** Where the literal is first in `bytes[start, end)`; negative: nowhere. */
export type LiteralFinder = (bytes: Uint8Array, start: number, end: number) => number;

const SHORT_BYTES_MAX = 4;

/** Letters of the literal are lower case. */
export function compileLiteral(literal: Uint8Array): LiteralFinder {
  return literal.length <= SHORT_BYTES_MAX ? compileShort(literal) : compileLong(literal);
}

function compileLong(literal: Uint8Array): LiteralFinder {
  const last = literal.length - 1;
  const shift = new Int32Array(256).fill(literal.length);
  for (let at = 0; at < last; at += 1) {
    shift[literal[at]!] = last - at;
    shift[upperOf(literal[at]!)] = last - at;
  }
  const lastLower = literal[last]!;
  const lastUpper = upperOf(lastLower);
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
