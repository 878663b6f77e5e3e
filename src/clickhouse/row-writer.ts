/**
 * Bytes of ClickHouse's `RowBinary`, appended to memory that grows: numbers little-endian, texts with their length before them.
 *
 * Callers reserve once for a row and write without further checks; so no value is looked at twice.
 */

const BYTES_INITIAL = 1024 * 1024;

/** Up to here bytes are copied one by one. Measured: beyond it the built-in is faster. */
const LOOP_BYTES_MAX = 48;

/** A length as a varint takes at most this many bytes. */
export const LENGTH_BYTES_MAX = 5;

export class RowWriter {
  bytes: Buffer;
  length = 0;

  /** `bytesInitial`: what is expected to be written; more is no mistake. */
  constructor(bytesInitial = BYTES_INITIAL) {
    this.bytes = Buffer.allocUnsafeSlow(bytesInitial);
  }

  clear(): void {
    this.length = 0;
  }

  /** Make room for so many bytes. */
  reserve(byteCount: number): void {
    const needed = this.length + byteCount;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  uint8(value: number): void {
    this.bytes[this.length] = value;
    this.length += 1;
  }

  uint16(value: number): void {
    const { bytes, length: at } = this;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    this.length = at + 2;
  }

  uint32(value: number): void {
    const { bytes, length: at } = this;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.length = at + 4;
  }

  /** A whole number that a double holds exactly, below zero too. */
  int64(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    this.uint32(value - high * 2 ** 32);
    this.uint32(high);
  }

  /** The same, not negative. */
  uint64(value: number): void {
    this.int64(value);
  }

  /** Microseconds since the epoch as the nanoseconds of a `DateTime64(9)`; not negative. */
  nanoseconds(us: number): void {
    const low = (us % 2 ** 32) * 1_000;
    this.uint32(low % 2 ** 32);
    this.uint32(Math.floor(us / 2 ** 32) * 1_000 + Math.floor(low / 2 ** 32));
  }

  /** A length, as it stands before texts, lists and maps. */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length] = (rest & 0x7f) | 0x80;
      this.length += 1;
      rest >>>= 7;
    }
    this.bytes[this.length] = rest;
    this.length += 1;
  }

  /** A text of `from[start, start + length)`. */
  text(from: Buffer, start: number, length: number): void {
    this.count(length);
    this.#bytes(from, start, length);
  }

  /** Bytes that are encoded already. */
  copy(encoded: Buffer): void {
    this.#bytes(encoded, 0, encoded.length);
  }

  /** Most texts are short: for them a loop costs less than the way into a built-in. */
  #bytes(from: Buffer, start: number, length: number): void {
    const { bytes, length: at } = this;
    if (length <= LOOP_BYTES_MAX) {
      for (let index = 0; index < length; index += 1) bytes[at + index] = from[start + index]!;
    } else {
      bytes.set(from.subarray(start, start + length), at);
    }
    this.length = at + length;
  }
}

/** A text as it stands in a row. */
export function encodedText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodedCount(bytes.length), bytes]);
}

/** A list of texts as it stands in a row. */
export function encodedTexts(texts: readonly string[]): Buffer {
  return Buffer.concat([encodedCount(texts.length), ...texts.map(encodedText)]);
}

function encodedCount(value: number): Buffer {
  const writer = new RowWriter(LENGTH_BYTES_MAX);
  writer.count(value);
  return writer.bytes.subarray(0, writer.length);
}
