/**
 * The distinct words of one chunk, as hashes, straight from bytes.
 *
 * An open hash table small enough for the second-level cache, and the list of what was put in. Cleared for each
 * chunk; doubled when three quarters full and kept so.
 *
 * Two words with one hash are one here: the index says of either where both are. The grams of both are needed all the same, or a
 * piece of the second would not be found: of 32,000 ids, what a chunk may have, two collide every tenth time. Their last two
 * bytes tell nearly all of those apart.
 */
import { finishWordHash, hashWord, WORD_BYTE } from '../query/words.ts';
import { GramSet } from './gram-set.ts';
import { UUID_LENGTH, UUID_REST_HASH } from './word-index-format.ts';

const SLOTS_INITIAL = 16_384;
const UUID_FIRST_LENGTH = 8;
const HYPHEN = 0x2d;
/** In both bytes of a tail. */
const LOWER_CASE = 0x2020;

export class WordSet {
  slots = new Int32Array(SLOTS_INITIAL);
  /** By slot: how the word that was met first ends (`tailOf`); 0: it is no word. */
  #tails = new Uint16Array(SLOTS_INITIAL);
  list = new Int32Array((SLOTS_INITIAL * 3) / 4);
  count = 0;
  /** Grams of the words in the set. */
  readonly grams = new GramSet();

  clear(): void {
    this.grams.clear();
    this.slots.fill(0);
    this.count = 0;
  }

  /** False where it is in the set already. */
  add(hash: number): boolean {
    const slot = this.#slotOf(hash);
    if (this.slots[slot] === hash) return false;
    this.#put(slot, hash, 0);
    return true;
  }

  /** Put a word in; false where it was there already, and not another one with its hash. */
  #addWord(hash: number, tail: number): boolean {
    const slot = this.#slotOf(hash);
    if (this.slots[slot] === hash) return this.#tails[slot] !== tail;
    this.#put(slot, hash, tail);
    return true;
  }

  /** Where a hash is, or is to be put. */
  #slotOf(hash: number): number {
    if (this.count === this.list.length) this.#grow();
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== hash && slots[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #put(slot: number, hash: number, tail: number): void {
    this.slots[slot] = hash;
    this.#tails[slot] = tail;
    this.list[this.count] = hash;
    this.count += 1;
  }

  /**
   * Take every word of `bytes[start, end)`. A word is read to its own end, which saves a comparison for each byte; only one
   * that goes on behind the span, where the next text stands, is cut there.
   */
  addWords(bytes: Uint8Array, start: number, end: number): void {
    const table = WORD_BYTE;
    const { slots } = this;
    const tails = this.#tails;
    const mask = slots.length - 1;
    const cut = cutWordStart(bytes, start, end);
    let at = start;
    while (at < end) {
      let byte = bytes[at]!;
      // Behind the last byte there is none: that ends a word, as a separator does.
      let add = table[byte]! | 0;
      at += 1;
      if (add === 0) continue;
      const wordStart = at - 1;
      let hash: number;
      if (wordStart === cut) {
        at = end;
        hash = hashWord(bytes, wordStart, end);
      } else {
        let seen = byte;
        let sum = add;
        for (;;) {
          byte = bytes[at]!;
          add = table[byte]! | 0;
          if (add === 0) break;
          seen |= byte;
          sum = ((sum << 5) | (sum >>> 27)) ^ add;
          at += 1;
        }
        hash = seen < 0x80 ? finishWordHash(sum) : hashWord(bytes, wordStart, at);
      }
      const tail = tailOf(bytes, at);
      const isThere = slots[hash & mask] === hash && tails[hash & mask] === tail;
      if (!isThere && this.#addWord(hash, tail)) this.grams.addWord(bytes, wordStart, at);
      if (
        at - wordStart === UUID_FIRST_LENGTH &&
        byte === HYPHEN &&
        isUuid(bytes, wordStart, end)
      ) {
        this.add(UUID_REST_HASH);
        // The last group; the others are too short for grams of hex digits.
        this.grams.addWord(bytes, wordStart + 24, wordStart + UUID_LENGTH);
        at = wordStart + UUID_LENGTH;
      }
      // The table was replaced: go on in a new call.
      if (this.slots !== slots) {
        this.addWords(bytes, at, end);
        return;
      }
    }
  }

  #grow(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const tails = new Uint16Array(slots.length);
    const mask = slots.length - 1;
    for (let from = 0; from < this.slots.length; from += 1) {
      const hash = this.slots[from]!;
      if (hash === 0) continue;
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = hash;
      tails[slot] = this.#tails[from]!;
    }
    const list = new Int32Array((slots.length * 3) / 4);
    list.set(this.list);
    this.slots = slots;
    this.#tails = tails;
    this.list = list;
  }
}

/** The last two bytes of what ends before `end`, upper-case letters as lower-case ones; never 0. */
function tailOf(bytes: Uint8Array, end: number): number {
  return (bytes[end - 2]! << 8) | bytes[end - 1]! | LOWER_CASE;
}

/**
 * Where a word begins that goes on behind the span; -1: none does. Made texts stand one right behind the other: read to its
 * own end such a word would be all of them, for each of them.
 */
function cutWordStart(bytes: Uint8Array, start: number, end: number): number {
  const isInside = end < bytes.length && WORD_BYTE[bytes[end]!] !== 0;
  if (!isInside) return -1;
  let at = end;
  while (at > start && WORD_BYTE[bytes[at - 1]!] !== 0) at -= 1;
  return at === end ? -1 : at;
}

/** Whether a UUID (8-4-4-4-12 hex digits, nothing of a word behind it) begins at `start`. */
function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (start + UUID_LENGTH > end) return false;
  if (bytes[start + 13] !== 0x2d || bytes[start + 18] !== 0x2d || bytes[start + 23] !== 0x2d) {
    return false;
  }
  for (let index = 0; index < UUID_LENGTH; index += 1) {
    if (index === 8 || index === 13 || index === 18 || index === 23) continue;
    if (HEX[bytes[start + index]!] === 0) return false;
  }
  return start + UUID_LENGTH === end || WORD_BYTE[bytes[start + UUID_LENGTH]!] === 0;
}

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;
