/**
 * Reads back what `ByteWriter` wrote.
 *
 * The bytes have passed their checksum; running over their end still throws `Malformed`, never reads what is not there.
 */

/** Bytes that cannot be what they should be. Turned into SEGMENT_CORRUPT where the segment is known. */
export class Malformed extends Error {
  override name = 'Malformed';
}

/** Of seven bits each: no number is larger than JavaScript's safe ones. */
const VARINT_BYTES_MAX = 8;
const ENDLESS = 'a number does not end';

export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where it is in the bytes. */
  get position(): number {
    return this.#at;
  }

  /** Go on there, where it has been before. */
  goTo(position: number): void {
    this.#at = position;
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
      if (scale > Number.MAX_SAFE_INTEGER) throw new Malformed(ENDLESS);
    }
  }

  /** Pass over so many varints, and bytes behind them. */
  pass(varintCount: number, byteCount: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let left = varintCount; left > 0; left -= 1) {
      const end = at + VARINT_BYTES_MAX;
      while (bytes[at]! >= 0x80) at += 1;
      at += 1;
      if (at > end) throw new Malformed(ENDLESS);
    }
    this.#at = at;
    this.#take(byteCount);
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

  /** Pass over a list of texts. */
  passTexts(): void {
    for (let left = this.count(1); left > 0; left -= 1) this.#take(this.count(1));
  }

  /** Pass over bytes; where they began. */
  skip(byteCount: number): number {
    return this.#take(byteCount);
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
