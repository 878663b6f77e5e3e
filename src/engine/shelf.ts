/**
 * Where the sealing thread puts the segments of a head for another thread to write: shared memory that comes back with a later
 * head, since memory made for each would be cleared by the system first.
 */
import type { SegmentBytes } from './seal.ts';

/** Segments of a load differ by a tenth. */
const SPARE_SHARE = 1 / 4;

export class Shelf {
  #room: SharedArrayBuffer;
  #usedBytes = 0;

  constructor(room: SharedArrayBuffer | null) {
    this.#room = room ?? new SharedArrayBuffer(0);
  }

  /** To be used again for another head, when all that was put is written. */
  get room(): SharedArrayBuffer {
    return this.#room;
  }

  /** Copy the bytes of a segment. Where there is no room left for them, they get their own. */
  put({ row, bytes }: SegmentBytes): SegmentBytes {
    const at = this.#usedBytes;
    const needed = at + bytes.length;
    if (needed <= this.#room.byteLength) {
      this.#usedBytes = needed;
      return { row, bytes: this.#copied(bytes, at) };
    }
    this.#room = new SharedArrayBuffer(Math.ceil(bytes.length * (1 + SPARE_SHARE)));
    this.#usedBytes = bytes.length;
    return { row, bytes: this.#copied(bytes, 0) };
  }

  #copied(bytes: Uint8Array, at: number): Uint8Array {
    const copy = new Uint8Array(this.#room, at, bytes.length);
    copy.set(bytes);
    return copy;
  }
}
