/** The grams of some words, as bits: of a chunk while it is written, of the pieces of a query. See `gram-format.ts`. */
import { foldWord } from '../query/words.ts';
import { GRAM_BITS, hexGramHash, textGramHash } from './gram-format.ts';

const BYTES = 2 ** GRAM_BITS / 8;
const HEX_GRAM_DIGITS = 5;
const HEX_GRAM_MASK = 0xfffff;

export class GramSet {
  /** A bit for each hash. */
  readonly text = new Uint8Array(BYTES);
  readonly hex = new Uint8Array(BYTES);
  readonly #withLetters: boolean;

  /** `withLetters`: three letters from a to f in a row as well, of words with other bytes. */
  constructor({ withLetters = true } = {}) {
    this.#withLetters = withLetters;
  }

  clear(): void {
    this.text.fill(0);
    this.hex.fill(0);
  }

  /** Take the grams of one word, or of a piece of one. */
  addWord(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 3 || this.#addHex(bytes, start, end)) return;
    const { text, hex } = this;
    let beforeLast = 0;
    let last = 0;
    let digits = 0;
    let digitCount = 0;
    let letterCount = 0;
    let letterCountMax = 0;
    let isHex = true;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at]!;
      const digit = DIGIT[byte]!;
      if (digit >= NO_DIGIT) {
        if (digit === NOT_ASCII) {
          const word = Buffer.from(bytes.subarray(start, end)).toString('utf8');
          this.#addFolded(Buffer.from(foldWord(word)));
          return;
        }
        digitCount = 0;
        letterCount = 0;
        isHex = false;
      } else {
        digitCount += 1;
        letterCount = digit < LETTER ? 0 : letterCount + 1;
        if (letterCount > letterCountMax) letterCountMax = letterCount;
        digits = ((digits << 4) | digit) & HEX_GRAM_MASK;
        if (digitCount >= HEX_GRAM_DIGITS) {
          const hash = hexGramHash(digits);
          hex[hash >> 3]! |= 1 << (hash & 7);
        }
      }
      const folded = FOLDED[byte]!;
      if (digitCount < 3 && at >= start + 2) {
        const hash = textGramHash(beforeLast, last, folded);
        text[hash >> 3]! |= 1 << (hash & 7);
      }
      beforeLast = last;
      last = folded;
    }
    if (letterCountMax >= 3 && !isHex && this.#withLetters) this.#addLetters(bytes, start, end);
  }

  /** The short way of numbers and ids, nearly all words that are new to a chunk; false where another byte is in it. */
  #addHex(bytes: Uint8Array, start: number, end: number): boolean {
    const { hex } = this;
    const firstEnd = start + HEX_GRAM_DIGITS - 1;
    let digits = 0;
    for (let at = start; at < end; at += 1) {
      const digit = DIGIT[bytes[at]!]!;
      if (digit >= NO_DIGIT) return false;
      digits = ((digits << 4) | digit) & HEX_GRAM_MASK;
      if (at < firstEnd) continue;
      const hash = hexGramHash(digits);
      hex[hash >> 3]! |= 1 << (hash & 7);
    }
    return true;
  }

  /** Every three letters from a to f in a row. */
  #addLetters(bytes: Uint8Array, start: number, end: number): void {
    let letterCount = 0;
    for (let at = start; at < end; at += 1) {
      const digit = DIGIT[bytes[at]!]!;
      letterCount = digit >= LETTER && digit < NO_DIGIT ? letterCount + 1 : 0;
      if (letterCount < 3) continue;
      const hash = textGramHash(
        FOLDED[bytes[at - 2]!]!,
        FOLDED[bytes[at - 1]!]!,
        FOLDED[bytes[at]!]!,
      );
      this.text[hash >> 3]! |= 1 << (hash & 7);
    }
  }

  /** A word that is not ASCII, as it is compared. */
  #addFolded(word: Buffer): void {
    for (let at = 2; at < word.length; at += 1) {
      const three = [word[at - 2]!, word[at - 1]!, word[at]!] as const;
      if (three.every((byte) => DIGIT[byte]! < NO_DIGIT)) continue;
      const hash = textGramHash(...three);
      this.text[hash >> 3]! |= 1 << (hash & 7);
    }
    if (this.#withLetters) this.#addLetters(word, 0, word.length);
    // Runs of digits inside it hold ASCII alone, so they go the usual way.
    for (const run of word.toString('latin1').matchAll(/[0-9a-f]{5,}/g)) {
      const digits = Buffer.from(run[0]);
      this.addWord(digits, 0, digits.length);
    }
  }
}

/** The digits from here on are letters. */
const LETTER = 10;
const NO_DIGIT = 254;
const NOT_ASCII = 255;
const FOLDED = new Uint8Array(256).map((_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);
const DIGIT = new Uint8Array(256).map((_, byte) => {
  if (byte >= 0x80) return NOT_ASCII;
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? NO_DIGIT : digit;
});
