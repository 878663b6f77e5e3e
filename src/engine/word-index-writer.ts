/** Collects the word hashes of each chunk and writes the index of a segment; see `word-index-format.ts`. */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { BitWriter } from './bits.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  BUCKET_BITS_MAX,
  chunkBitsOf,
  FEW_MAX,
  GROUP_BUCKETS,
  GROUP_HEAD_BYTES,
  groupChecksum,
  HEAD_BYTES,
  REST_BITS,
} from './word-index-format.ts';

const PAIRS_INITIAL = 65_536;
const RADIX_BITS = 11;
/** Zeros written at once. */
const UNARY_BITS_MAX = 8;

export class WordIndexWriter {
  #hashes = new Int32Array(PAIRS_INITIAL);
  #chunks = new Uint8Array(PAIRS_INITIAL);
  #count = 0;
  #keysSpare = new Int32Array(0);
  #chunksSpare = new Uint8Array(0);
  #keys = new Int32Array(0);

  clear(): void {
    this.#count = 0;
  }

  /** The distinct words of one chunk. Chunks come in order. */
  add(chunk: number, hashes: Int32Array): void {
    const needed = this.#count + hashes.length;
    if (needed > this.#hashes.length) this.#grow(needed);
    this.#hashes.set(hashes, this.#count);
    this.#chunks.fill(chunk, this.#count, needed);
    this.#count = needed;
  }

  encode(chunkCount: number): Buffer {
    const bucketBits = Math.min(
      BUCKET_BITS_MAX,
      Math.max(0, Math.round(Math.log2(Math.max(1, this.#count * 0.75)))),
    );
    const sorted = this.#sort(bucketBits + REST_BITS);
    const groupBits = Math.min(8, bucketBits);
    const groupCount = 2 ** (bucketBits - groupBits);
    const head = new ByteWriter();
    head.u8(bucketBits);
    head.u8(REST_BITS);
    head.u16(chunkCount);
    head.u32(groupCount);
    head.u32(crc32(head.written()));
    assert(head.length === HEAD_BYTES, 'the head has its fixed length');

    const directory = Buffer.alloc(groupCount * 4);
    const groups: Buffer[] = [];
    const writer = new GroupWriter(chunkCount, 2 ** groupBits);
    let at = 0;
    let endBytes = 0;
    for (let group = 0; group < groupCount; group += 1) {
      const until = groupEnd(sorted, { at, group, shift: groupBits + REST_BITS });
      const bytes = writer.write(sorted, { group, from: at, until });
      groups.push(bytes);
      endBytes += bytes.length;
      directory.writeUInt32LE(endBytes, group * 4);
      at = until;
    }
    return Buffer.concat([head.written(), directory, ...groups]);
  }

  /** The pairs sorted by the top `keyBits` of the hash; equal keys keep the order of chunks. */
  #sort(keyBits: number): SortedPairs {
    const count = this.#count;
    // Also where there is nothing to sort: what is spare takes the place of the other below.
    if (this.#keys.length < this.#hashes.length) {
      this.#keys = new Int32Array(this.#hashes.length);
      this.#keysSpare = new Int32Array(this.#hashes.length);
      this.#chunksSpare = new Uint8Array(this.#hashes.length);
    }
    const shift = 32 - keyBits;
    let keys = this.#keys;
    const hashes = this.#hashes;
    for (let index = 0; index < count; index += 1) keys[index] = hashes[index]! >>> shift;
    let chunks = this.#chunks;
    let keysTo = this.#keysSpare;
    let chunksTo = this.#chunksSpare;
    for (let bit = 0; bit < keyBits; bit += RADIX_BITS) {
      radixPass({ keys, chunks }, { keys: keysTo, chunks: chunksTo }, { count, bit });
      [keys, keysTo] = [keysTo, keys];
      [chunks, chunksTo] = [chunksTo, chunks];
    }
    this.#keys = keys;
    this.#keysSpare = keysTo;
    this.#chunks = chunks;
    this.#chunksSpare = chunksTo;
    return { keys, chunks, count };
  }

  #grow(needed: number): void {
    const capacity = Math.max(needed, this.#hashes.length * 2);
    const hashes = new Int32Array(capacity);
    hashes.set(this.#hashes);
    const chunks = new Uint8Array(capacity);
    chunks.set(this.#chunks);
    this.#hashes = hashes;
    this.#chunks = chunks;
    this.#keys = new Int32Array(0);
  }
}

type Pairs = { readonly keys: Int32Array<ArrayBuffer>; readonly chunks: Uint8Array<ArrayBuffer> };
type SortedPairs = Readonly<{ keys: Int32Array; chunks: Uint8Array; count: number }>;

function radixPass(from: Pairs, to: Pairs, range: Readonly<{ count: number; bit: number }>): void {
  const { count, bit } = range;
  const mask = (1 << RADIX_BITS) - 1;
  const starts = new Int32Array(mask + 2);
  const { keys, chunks } = from;
  for (let index = 0; index < count; index += 1) {
    starts[((keys[index]! >>> bit) & mask) + 1]! += 1;
  }
  for (let digit = 1; digit <= mask; digit += 1)
    starts[digit] = starts[digit]! + starts[digit - 1]!;
  const { keys: keysTo, chunks: chunksTo } = to;
  for (let index = 0; index < count; index += 1) {
    const key = keys[index]!;
    const digit = (key >>> bit) & mask;
    const at = starts[digit]!;
    starts[digit] = at + 1;
    keysTo[at] = key;
    chunksTo[at] = chunks[index]!;
  }
}

function groupEnd(
  sorted: SortedPairs,
  from: Readonly<{ at: number; group: number; shift: number }>,
): number {
  let { at } = from;
  while (at < sorted.count && sorted.keys[at]! >>> from.shift === from.group) at += 1;
  return at;
}

class GroupWriter {
  readonly #chunkCount: number;
  readonly #chunkBits: number;
  readonly #buckets: number;
  readonly #bits = new BitWriter();
  readonly #sets = new BitWriter();

  constructor(chunkCount: number, buckets: number) {
    assert(buckets <= GROUP_BUCKETS, 'a group has at most its buckets');
    this.#chunkCount = chunkCount;
    this.#chunkBits = chunkBitsOf(chunkCount);
    this.#buckets = buckets;
  }

  write(
    sorted: SortedPairs,
    range: Readonly<{ group: number; from: number; until: number }>,
  ): Buffer {
    const bits = this.#bits;
    const sets = this.#sets;
    bits.clear();
    sets.clear();
    const { from, until } = range;
    const { keys } = sorted;
    const { chunks } = sorted;
    const bucketMask = this.#buckets - 1;
    const restMask = (1 << REST_BITS) - 1;
    const chunkBits = this.#chunkBits;
    let entryCount = 0;
    let bucket = 0;
    for (let at = from; at < until; at += 1) {
      const key = keys[at]!;
      if (at > from && key === keys[at - 1]) continue;
      entryCount += 1;
      const wanted = (key >>> REST_BITS) & bucketMask;
      for (; bucket + UNARY_BITS_MAX <= wanted; bucket += UNARY_BITS_MAX) {
        bits.put(0, UNARY_BITS_MAX);
      }
      bits.put(1 << (wanted - bucket), wanted - bucket + 1);
      bucket = wanted;
    }
    for (; bucket < this.#buckets; bucket += 1) bits.put(0, 1);
    for (let at = from; at < until; ) {
      const key = keys[at]!;
      const chunk = chunks[at]!;
      let end = at + 1;
      while (end < until && keys[end] === key) end += 1;
      const isSingle = chunk === chunks[end - 1];
      bits.put(
        (key & restMask) | ((isSingle ? chunk : this.#chunkCount) << REST_BITS),
        REST_BITS + chunkBits,
      );
      if (!isSingle) this.#putSet(chunks, at, end);
      at = end;
    }
    bits.append(sets);
    const payload = bits.written();
    const bytes = Buffer.allocUnsafe(GROUP_HEAD_BYTES + payload.length);
    bytes.writeUInt16LE(entryCount, 4);
    bytes.set(payload, GROUP_HEAD_BYTES);
    bytes.writeUInt32LE(groupChecksum(range.group, bytes.subarray(4)), 0);
    return bytes;
  }

  /** Two or more chunks, `chunks[from, until)`, in order, some perhaps twice (two words with one key). */
  #putSet(chunks: Uint8Array, from: number, until: number): void {
    const sets = this.#sets;
    const first = chunks[from]!;
    const last = chunks[until - 1]!;
    let distinct = 1;
    for (let index = from + 1; index < until; index += 1) {
      if (chunks[index] !== chunks[index - 1]) distinct += 1;
    }
    if (distinct === last - first + 1 && distinct > 2) {
      sets.put(1, 2);
      sets.put(first, this.#chunkBits);
      sets.put(last, this.#chunkBits);
    } else if (distinct <= FEW_MAX && 4 + distinct * this.#chunkBits <= this.#chunkCount) {
      sets.put(0, 2);
      sets.put(distinct - 2, 4);
      for (let index = from; index < until; index += 1) {
        if (index === from || chunks[index] !== chunks[index - 1])
          sets.put(chunks[index]!, this.#chunkBits);
      }
    } else {
      sets.put(2, 2);
      let index = from;
      for (let chunk = 0; chunk < this.#chunkCount; chunk += 1) {
        while (index < until && chunks[index]! < chunk) index += 1;
        sets.put(index < until && chunks[index] === chunk ? 1 : 0, 1);
      }
    }
  }
}
