/** The bytes of a segment while it is made: one buffer that grows and is used again for the next segment. */
import { crc32 } from 'node:zlib';
import type { PartPlace } from './segment-format.ts';
import { type Compressor, frameBytesMax } from './zstd.ts';

const CAPACITY_INITIAL = 4 * 1024 * 1024;
/** Parts smaller than this are stored as they are: a frame costs about this much. */
const COMPRESS_BYTES_MIN = 64;

export class SegmentOutput {
  readonly #compressor: Compressor;
  #bytes = Buffer.allocUnsafeSlow(CAPACITY_INITIAL);
  #length = 0;

  constructor(compressor: Compressor) {
    this.#compressor = compressor;
  }

  clear(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  append(piece: Uint8Array): void {
    this.#reserve(piece.length);
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
  }

  /** Append one frame; returns its length. */
  compress(piece: Uint8Array): number {
    this.#reserve(frameBytesMax(piece.length));
    const length = this.#compressor.compress(piece, this.#bytes, this.#length);
    this.#length += length;
    return length;
  }

  /** Append a part, compressed where that makes it smaller. */
  part(piece: Uint8Array): PartPlace {
    const offset = this.#length;
    if (piece.length >= COMPRESS_BYTES_MIN && this.compress(piece) < piece.length) {
      return this.#place(offset, piece.length);
    }
    this.#length = offset;
    return this.plainPart(piece);
  }

  plainPart(piece: Uint8Array): PartPlace {
    const offset = this.#length;
    this.append(piece);
    return this.#place(offset, piece.length);
  }

  /** Of what was appended since `offset`. */
  checksumFrom(offset: number): number {
    return crc32(this.#bytes.subarray(offset, this.#length));
  }

  /** What was written, until the next write. */
  written(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #place(offset: number, length: number): PartPlace {
    const stored = this.#length - offset;
    return { offset, stored, length, checksum: this.checksumFrom(offset) };
  }

  #reserve(byteCount: number): void {
    const needed = this.#length + byteCount;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(needed * 2);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
