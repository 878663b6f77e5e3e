/**
 * Bytes of ClickHouse's `RowBinary`, appended to memory that grows: numbers little-endian, texts with their length before them.
 *
 * Callers reserve once for a row and write without further checks; so no value is looked at twice.
 */

const BYTES_INITIAL = 1024 * 1024;

/** A length as a varint takes at most this many bytes. */
export const LENGTH_BYTES_MAX = 5;

export class RowWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(BYTES_INITIAL);
  length = 0;

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
    this.length = this.bytes.writeUInt16LE(value, this.length);
  }

  uint32(value: number): void {
    this.length = this.bytes.writeUInt32LE(value, this.length);
  }

  /** A whole number that a double holds exactly. */
  uint64(value: number): void {
    this.bytes.writeUInt32LE(value % 2 ** 32, this.length);
    this.bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.length + 4);
    this.length += 8;
  }

  /** The same below zero. */
  int64(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    this.bytes.writeUInt32LE(value - high * 2 ** 32, this.length);
    this.bytes.writeInt32LE(high, this.length + 4);
    this.length += 8;
  }

  /** Microseconds since the epoch as the nanoseconds of a `DateTime64(9)`; not negative. */
  nanoseconds(us: number): void {
    const high = Math.floor(us / 2 ** 32);
    const low = (us % 2 ** 32) * 1_000;
    this.bytes.writeUInt32LE(low % 2 ** 32, this.length);
    this.bytes.writeUInt32LE(high * 1_000 + Math.floor(low / 2 ** 32), this.length + 4);
    this.length += 8;
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
    from.copy(this.bytes, this.length, start, start + length);
    this.length += length;
  }

  /** Bytes that are encoded already. */
  copy(encoded: Buffer): void {
    encoded.copy(this.bytes, this.length, 0, encoded.length);
    this.length += encoded.length;
  }
}

/** A text as it stands in a row. */
export function encodedText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const writer = new RowWriter();
  writer.reserve(bytes.length + LENGTH_BYTES_MAX);
  writer.text(bytes, 0, bytes.length);
  return Buffer.from(writer.bytes.subarray(0, writer.length));
}

/** A list of texts as it stands in a row. */
export function encodedTexts(texts: readonly string[]): Buffer {
  const head = new RowWriter();
  head.count(texts.length);
  return Buffer.concat([head.bytes.subarray(0, head.length), ...texts.map(encodedText)]);
}
