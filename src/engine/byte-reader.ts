/**
 * Reads back what `ByteWriter` wrote.
 *
 * The bytes have passed their checksum; running over their end still throws `Malformed`, never reads what is not there.
 */

/** Bytes that cannot be what they should be. Turned into SEGMENT_CORRUPT where the segment is known. */
export class Malformed extends Error {
  override name = 'Malformed';
}

export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
      if (scale > Number.MAX_SAFE_INTEGER) throw new Malformed('a number does not end');
    }
  }

  /** A varint that counts things still to come, each at least `bytesEach` long: no larger claim is believed. */
  count(bytesEach: number): number {
    const value = this.varint();
    if (value * bytesEach > this.remaining) {
      throw new Malformed(`${value} items cannot fit in ${this.remaining} bytes`);
    }
    return value;
  }

  text(): string {
    const length = this.count(1);
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      throw new Malformed(`${count} bytes wanted, ${this.remaining} left`);
    }
    this.#at = at + count;
    return at;
  }
}
