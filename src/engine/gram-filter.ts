/** Writes and asks the gram filters of a segment; see `gram-format.ts`. */
import { Malformed } from './byte-reader.ts';
import type { ChunkSet } from './chunk-set.ts';
import { FILTER_BITS_MIN, GRAM_BITS, HEX_FILL_MAX, TEXT_FILL_MAX } from './gram-format.ts';
import { GramSet } from './gram-set.ts';

/** Bytes of the directory for each chunk. */
const ENTRY_BYTES = 2;

export class GramFilterWriter {
  readonly #filters: { text: Uint8Array; hex: Uint8Array }[] = [];

  clear(): void {
    this.#filters.length = 0;
  }

  /** The grams of the next chunk. */
  add({ text, hex }: GramSet): void {
    this.#filters.push({ text: folded(text, TEXT_FILL_MAX), hex: folded(hex, HEX_FILL_MAX) });
  }

  encode(): Buffer {
    const directory = Buffer.alloc(this.#filters.length * ENTRY_BYTES);
    for (const [chunk, { text, hex }] of this.#filters.entries()) {
      directory[chunk * ENTRY_BYTES] = Math.log2(text.length * 8);
      directory[chunk * ENTRY_BYTES + 1] = Math.log2(hex.length * 8);
    }
    return Buffer.concat([directory, ...this.#filters.flatMap(({ text, hex }) => [text, hex])]);
  }
}

export class GramFilterReader {
  readonly #bytes: Buffer;
  readonly #chunkCount: number;
  readonly #hasLetters: boolean;

  /** `hasLetters`: grams of letters from a to f as well. */
  constructor(
    bytes: Buffer,
    { chunkCount, hasLetters }: Readonly<{ chunkCount: number; hasLetters: boolean }>,
  ) {
    if (bytes.length < chunkCount * ENTRY_BYTES)
      throw new Malformed('its gram filter is too short');
    this.#bytes = bytes;
    this.#chunkCount = chunkCount;
    this.#hasLetters = hasLetters;
  }

  /** Add every chunk that may hold words with all these grams. */
  lookUp(wanted: GramQuery, found: ChunkSet): void {
    const bytes = this.#bytes;
    const wantedText = this.#hasLetters ? [...wanted.text, ...wanted.letters] : wanted.text;
    let at = this.#chunkCount * ENTRY_BYTES;
    for (let chunk = 0; chunk < this.#chunkCount; chunk += 1) {
      const text = { at, bits: bytes[chunk * ENTRY_BYTES]! };
      const hex = { at: at + byteCountOf(text.bits), bits: bytes[chunk * ENTRY_BYTES + 1]! };
      at = hex.at + byteCountOf(hex.bits);
      if (at > bytes.length) throw new Malformed('its gram filter is too short');
      if (holdsAll(bytes, text, wantedText) && holdsAll(bytes, hex, wanted.hex)) found.add(chunk);
    }
  }
}

/** Hashes of the grams that are looked for; `letters`: of letters from a to f, which the filters of before have not. */
export type GramQuery = Readonly<{
  text: readonly number[];
  letters: readonly number[];
  hex: readonly number[];
}>;

/** Collects the grams of the pieces of a query. */
export class GramPieces {
  readonly #all = new GramSet();
  readonly #plain = new GramSet({ withLetters: false });

  addWord(bytes: Uint8Array, start: number, end: number): void {
    this.#all.addWord(bytes, start, end);
    this.#plain.addWord(bytes, start, end);
  }

  /** Null: they are too short to have a gram. */
  query(): GramQuery | null {
    const text = bitsOf(this.#plain.text);
    const hex = bitsOf(this.#plain.hex);
    if (text.length + hex.length === 0) return null;
    const plain = new Set(text);
    return { text, hex, letters: bitsOf(this.#all.text).filter((bit) => !plain.has(bit)) };
  }
}

type Filter = Readonly<{ at: number; bits: number }>;

function byteCountOf(bits: number): number {
  if (bits < FILTER_BITS_MIN || bits > GRAM_BITS)
    throw new Malformed('its gram filter cannot be right');
  return 2 ** (bits - 3);
}

function holdsAll(bytes: Uint8Array, filter: Filter, hashes: readonly number[]): boolean {
  const mask = 2 ** filter.bits - 1;
  for (const hash of hashes) {
    const place = hash & mask;
    if ((bytes[filter.at + (place >> 3)]! & (1 << (place & 7))) === 0) return false;
  }
  return true;
}

/** The smallest filter that is not too full. The input is left as it is. */
function folded(bits: Uint8Array, fillMax: number): Uint8Array {
  const filter = Uint8Array.from(bits);
  const words = new Int32Array(filter.buffer);
  let length = filter.length;
  while (length >= 8) {
    const half = length >> 3;
    let count = 0;
    for (let at = 0; at < half; at += 1) count += bitCountOf(words[at]! | words[at + half]!);
    if (count > half * 32 * fillMax) return filter.subarray(0, length);
    for (let at = 0; at < half; at += 1) words[at]! |= words[at + half]!;
    length = half * 4;
  }
  while (length > 1) {
    const half = length >> 1;
    let count = 0;
    for (let at = 0; at < half; at += 1) count += bitCountOf(filter[at]! | filter[at + half]!);
    if (count > half * 8 * fillMax) break;
    for (let at = 0; at < half; at += 1) filter[at]! |= filter[at + half]!;
    length = half;
  }
  return filter.subarray(0, length);
}

/** Of 32 bits, counted in pairs, then fours, then bytes. */
function bitCountOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function bitsOf(bytes: Uint8Array): number[] {
  const bits: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte === 0) continue;
    for (let bit = 0; bit < 8; bit += 1) if ((byte & (1 << bit)) !== 0) bits.push(at * 8 + bit);
  }
  return bits;
}
