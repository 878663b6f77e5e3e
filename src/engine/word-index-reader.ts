/** Looks words up in the index of a segment, a few small reads each; see `word-index-format.ts`. */
import { crc32 } from 'node:zlib';
import { kept } from '../base/thread-memory.ts';
import { BitReader } from './bits.ts';
import { Malformed } from './byte-reader.ts';
import type { ByteSource } from './byte-source.ts';
import type { ChunkSet } from './chunk-set.ts';
import {
  BUCKET_BITS_MAX,
  chunkBitsOf,
  GROUP_BUCKETS,
  GROUP_HEAD_BYTES,
  groupChecksum,
  HEAD_BYTES,
} from './word-index-format.ts';

/** Head, and the directory of an index of a full segment: one read for most lookups less. */
const BEGINNING_BYTES = HEAD_BYTES + 512 * 4;

export class WordIndexReader {
  readonly #source: ByteSource;
  /** The head and as much of what follows as one read gave. */
  readonly #beginning: Buffer;
  /** Where the part begins in the source, and its length. */
  readonly #at: number;
  readonly #length: number;
  readonly #bucketBits: number;
  readonly #restBits: number;
  readonly #chunkCount: number;
  readonly #groupCount: number;

  private constructor(
    from: Readonly<{ source: ByteSource; beginning: Buffer }>,
    part: Readonly<{ at: number; length: number }>,
    head: Readonly<{
      bucketBits: number;
      restBits: number;
      chunkCount: number;
      groupCount: number;
    }>,
  ) {
    this.#source = from.source;
    this.#beginning = from.beginning;
    this.#at = part.at;
    this.#length = part.length;
    this.#bucketBits = head.bucketBits;
    this.#restBits = head.restBits;
    this.#chunkCount = head.chunkCount;
    this.#groupCount = head.groupCount;
  }

  static open(source: ByteSource, part: Readonly<{ at: number; length: number }>): WordIndexReader {
    const beginning = kept(source.read(part.at, Math.min(part.length, BEGINNING_BYTES)));
    if (beginning.length < HEAD_BYTES) throw new Malformed('the word index has no head');
    const bucketBits = beginning[0]!;
    const restBits = beginning[1]!;
    const chunkCount = beginning.readUInt16LE(2);
    const groupCount = beginning.readUInt32LE(4);
    if (beginning.readUInt32LE(8) !== crc32(beginning.subarray(0, HEAD_BYTES - 4))) {
      throw new Malformed('the head of the word index does not match its checksum');
    }
    if (
      bucketBits > BUCKET_BITS_MAX ||
      restBits > 16 ||
      HEAD_BYTES + groupCount * 4 > part.length
    ) {
      throw new Malformed('the head of the word index cannot be right');
    }
    const head = { bucketBits, restBits, chunkCount, groupCount };
    return new WordIndexReader({ source, beginning }, part, head);
  }

  get chunkCount(): number {
    return this.#chunkCount;
  }

  /** Add to `found` every chunk that may hold the word with this hash. */
  lookUp(hash: number, found: ChunkSet): void {
    const keyBits = this.#bucketBits + this.#restBits;
    const key = hash >>> (32 - keyBits);
    const rest = key & ((1 << this.#restBits) - 1);
    const bucket = this.#bucketBits === 0 ? 0 : hash >>> (32 - this.#bucketBits);
    const groupBuckets = Math.min(GROUP_BUCKETS, 2 ** this.#bucketBits);
    const group = Math.floor(bucket / groupBuckets);
    const bytes = this.#readGroup(group);
    this.#findIn(bytes, { bucket: bucket % groupBuckets, groupBuckets, rest }, found);
  }

  #readGroup(group: number): Buffer {
    const start = group === 0 ? 0 : this.#endOf(group - 1);
    const end = this.#endOf(group);
    const first = HEAD_BYTES + this.#groupCount * 4;
    if (start + GROUP_HEAD_BYTES > end || first + end > this.#length) {
      throw new Malformed('the directory of the word index cannot be right');
    }
    const bytes = this.#source.read(this.#at + first + start, end - start);
    if (bytes.readUInt32LE(0) !== groupChecksum(group, bytes.subarray(4))) {
      throw new Malformed('a group of the word index does not match its checksum');
    }
    return bytes;
  }

  #endOf(group: number): number {
    const at = HEAD_BYTES + group * 4;
    const beginning = this.#beginning;
    if (at + 4 <= beginning.length) return beginning.readUInt32LE(at);
    return this.#source.read(this.#at + at, 4).readUInt32LE(0);
  }

  #findIn(
    bytes: Buffer,
    wanted: Readonly<{ bucket: number; groupBuckets: number; rest: number }>,
    found: ChunkSet,
  ): void {
    const entryCount = bytes.readUInt16LE(4);
    const payload = bytes.subarray(GROUP_HEAD_BYTES);
    const unary = new BitReader(payload);
    let entry = unary.passZeros(wanted.bucket);
    const last = entry + unary.passZeros(1);
    if (last === entry) return;

    const chunkBits = chunkBitsOf(this.#chunkCount);
    const entryBits = this.#restBits + chunkBits;
    const entriesAt = entryCount + wanted.groupBuckets;
    const setsAt = entriesAt + entryCount * entryBits;
    for (; entry < last; entry += 1) {
      const bits = new BitReader(payload, entriesAt + entry * entryBits);
      if (bits.take(this.#restBits) !== wanted.rest) continue;
      const chunk = bits.take(chunkBits);
      if (chunk < this.#chunkCount) {
        found.add(chunk);
        continue;
      }
      const sets = new BitReader(payload, setsAt);
      for (let before = 0; before < entry; before += 1) {
        const other = new BitReader(payload, entriesAt + before * entryBits + this.#restBits);
        if (other.take(chunkBits) === this.#chunkCount) this.#readSet(sets, null);
      }
      this.#readSet(sets, found);
    }
  }

  #readSet(bits: BitReader, found: ChunkSet | null): void {
    const chunkBits = chunkBitsOf(this.#chunkCount);
    switch (bits.take(2)) {
      case 0: {
        const count = bits.take(4) + 2;
        for (let index = 0; index < count; index += 1) {
          const chunk = bits.take(chunkBits);
          found?.add(chunk);
        }
        return;
      }
      case 1: {
        const first = bits.take(chunkBits);
        const last = bits.take(chunkBits);
        for (let chunk = first; chunk <= last; chunk += 1) found?.add(chunk);
        return;
      }
      default:
        for (let chunk = 0; chunk < this.#chunkCount; chunk += 1) {
          if (bits.take(1) === 1) found?.add(chunk);
        }
    }
  }
}
