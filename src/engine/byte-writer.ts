/** Bytes appended to a buffer that grows: the little-endian numbers, varints and texts of the segment format. */
import { assert } from '../base/assert.ts';

const CAPACITY_INITIAL = 4096;

export class ByteWriter {
  #bytes = Buffer.alloc(CAPACITY_INITIAL);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written, until the next write. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  u8(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#take(2);
    this.#bytes.writeUInt16LE(value, at);
  }

  u32(value: number): void {
    const at = this.#take(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  f64(value: number): void {
    const at = this.#take(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  /** A non-negative safe integer, 7 bits a byte, lowest first. */
  varint(value: number): void {
    assert(value >= 0 && Number.isSafeInteger(value), 'a varint is a non-negative safe integer');
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** UTF-8, its length in bytes before it. */
  text(value: string): void {
    const lengthBytes = Buffer.byteLength(value);
    this.varint(lengthBytes);
    const at = this.#take(lengthBytes);
    this.#bytes.write(value, at);
  }

  bytes(value: Uint8Array): void {
    const at = this.#take(value.length);
    this.#bytes.set(value, at);
  }

  /** Whole numbers, each less `base`, as planes of `width` bytes: the lowest byte of each, then the next of each. */
  planes(
    values: Uint32Array | Uint16Array,
    form: Readonly<{ count: number; base: number; width: number }>,
  ): void {
    const { count, base, width } = form;
    const from = this.#take(count * width);
    const bytes = this.#bytes;
    for (let plane = 0; plane < width; plane += 1) {
      const at = from + plane * count;
      const shift = plane * 8;
      for (let row = 0; row < count; row += 1) bytes[at + row] = (values[row]! - base) >>> shift;
    }
  }

  #take(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = needed;
    return at;
  }
}
