/**
 * What a word is, and its hash: the same function when a word is indexed and when it is asked for.
 *
 * A word is a maximal run of ASCII letters, digits, `_` or bytes from 0x80 on. Words compare without
 * regard to case: ASCII letters are lowered byte by byte; a word with a byte from 0x80 on is decoded,
 * lowered and composed (NFC) first, see `foldWord`. Separators are always ASCII, so decoding a word
 * alone gives the same as decoding the whole text.
 *
 * Invariants:
 * - a word with a non-ASCII byte never folds to a text with an ASCII character that was not in it, so a word of
 *   ASCII bytes can be looked for in bytes, without decoding what stands around it;
 * - hashes are int32 and never 0, and part of the segment format: changing them makes old indexes blind.
 *
 * Price: about 2 ns a byte. Two words may share a hash, so an index answers "perhaps" and the matcher decides.
 */

const SEED = 0x6c6f6773;

/** What each byte adds to a hash; 0 marks a separator. `A` and `a` add the same. */
export const WORD_BYTE: Int32Array = wordByteTable();

/** Mix the last byte well, and keep 0 free for "no word". */
export function finishWordHash(sum: number): number {
  let hash = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return hash === 0 ? 1 : hash;
}

/** Hash of the one word `bytes[start, end)`. */
export function hashWord(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let seen = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    seen |= byte;
    sum = ((sum << 5) | (sum >>> 27)) ^ WORD_BYTE[byte]!;
  }
  return seen < 0x80 ? finishWordHash(sum) : hashFolded(bytes, start, end);
}

/** Call `visit` for every word in `bytes[start, end)`, in order. */
export function forEachWord(
  bytes: Uint8Array,
  span: Readonly<{ start: number; end: number }>,
  visit: (hash: number, wordStart: number, wordEnd: number) => void,
): void {
  const { end } = span;
  let at = span.start;
  while (at < end) {
    let add = WORD_BYTE[bytes[at]!]!;
    if (add === 0) {
      at += 1;
      continue;
    }
    const wordStart = at;
    let sum = 0;
    let seen = 0;
    do {
      seen |= bytes[at]!;
      sum = ((sum << 5) | (sum >>> 27)) ^ add;
      at += 1;
      add = at < end ? WORD_BYTE[bytes[at]!]! : 0;
    } while (add !== 0);
    visit(seen < 0x80 ? finishWordHash(sum) : hashFolded(bytes, wordStart, at), wordStart, at);
  }
}

/**
 * The hot form: write the hash of every word in `bytes[start, end)` to `out`, from index `count` on. Returns the new count.
 * `out` has room for half of the bytes, rounded up: a word and its separator are two.
 */
export function collectWordHashes(
  bytes: Uint8Array,
  span: Readonly<{ start: number; end: number }>,
  target: Readonly<{ out: Int32Array; count: number }>,
): number {
  const { end } = span;
  const { out } = target;
  const table = WORD_BYTE;
  let { count } = target;
  let at = span.start;
  while (at < end) {
    let byte = bytes[at]!;
    let add = table[byte]!;
    at += 1;
    if (add === 0) continue;
    const wordStart = at - 1;
    let seen = byte;
    let sum = add;
    while (at < end) {
      byte = bytes[at]!;
      add = table[byte]!;
      if (add === 0) break;
      seen |= byte;
      sum = ((sum << 5) | (sum >>> 27)) ^ add;
      at += 1;
    }
    out[count] = seen < 0x80 ? finishWordHash(sum) : hashFolded(bytes, wordStart, at);
    count += 1;
  }
  return count;
}

export function isWordByte(byte: number): boolean {
  return WORD_BYTE[byte] !== 0;
}

/** Whether a UTF-16 unit belongs to a word. */
export function isWordUnit(unit: number): boolean {
  return unit >= 0x80 || WORD_BYTE[unit] !== 0;
}

/** Any byte from 0x80 on in `bytes[start, end)`. */
export function hasNonAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at]! >= 0x80) return true;
  return false;
}

/** A text with each of its words folded; what stands between them is kept. */
export function foldText(text: string): string {
  return NON_ASCII.test(text) ? text.replace(WORDS, foldWord) : text.toLowerCase();
}

/**
 * One word as it is compared: lower case, composed. Three rules keep it independent of its surroundings:
 * no final sigma, words that would lose all but ASCII are only lowered in their ASCII letters (Kelvin sign, dotted
 * capital I, Greek question mark, varia), and nothing crosses a separator.
 */
export function foldWord(word: string): string {
  if (!NON_ASCII.test(word)) return word.toLowerCase();
  if (BECOMES_ASCII.test(word)) return word.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return word
    .toLowerCase()
    .normalize('NFC')
    .replace(/\u03c2/g, '\u03c3');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is "not ASCII".
const NON_ASCII = /[^\x00-\x7f]/;
const WORDS = /[A-Za-z0-9_\u0080-\uffff]+/g;
const BECOMES_ASCII = /[\u0130\u037e\u1fef\u212a]/;

function hashFolded(bytes: Uint8Array, start: number, end: number): number {
  // A `TextDecoder` does the same, and takes as long to load as ten of our modules.
  const word = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  const folded = Buffer.from(foldWord(word));
  let sum = 0;
  for (const byte of folded) sum = ((sum << 5) | (sum >>> 27)) ^ WORD_BYTE[byte]!;
  return finishWordHash(sum);
}

/** Random-looking, fixed numbers (a 32-bit mix of a counter); upper-case letters take those of the lower-case ones. */
function wordByteTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    const isWord =
      (byte >= 0x30 && byte <= 0x39) ||
      (byte >= 0x41 && byte <= 0x5a) ||
      (byte >= 0x61 && byte <= 0x7a) ||
      byte === 0x5f ||
      byte >= 0x80;
    if (!isWord) continue;
    const folded = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    let mixed = Math.imul(folded + 1, 0x9e3779b1) ^ SEED;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed ^= mixed >>> 16;
    table[byte] = mixed === 0 ? 1 : mixed;
  }
  return table;
}
