/** Numbers of a few bits each, filled from the lowest bit of each byte. */

const CAPACITY_INITIAL = 1024;

export class BitWriter {
  #bytes = new Uint8Array(CAPACITY_INITIAL);
  /** Bits not yet in `#bytes`. */
  #pending = 0;
  #pendingCount = 0;
  #length = 0;

  clear(): void {
    this.#pending = 0;
    this.#pendingCount = 0;
    this.#length = 0;
  }

  /** Append the low `count` (at most 16) bits of `value`. */
  put(value: number, count: number): void {
    let pending = this.#pending | (value << this.#pendingCount);
    let pendingCount = this.#pendingCount + count;
    while (pendingCount >= 8) {
      if (this.#length === this.#bytes.length) this.#grow();
      this.#bytes[this.#length] = pending;
      this.#length += 1;
      pending >>>= 8;
      pendingCount -= 8;
    }
    this.#pending = pending;
    this.#pendingCount = pendingCount;
  }

  /** Append all bits of another writer. */
  append(other: BitWriter): void {
    for (let at = 0; at < other.#length; at += 1) this.put(other.#bytes[at]!, 8);
    if (other.#pendingCount > 0) this.put(other.#pending, other.#pendingCount);
  }

  /** All bits, the last byte filled up with zeros. A view, until the next write. */
  written(): Uint8Array {
    if (this.#pendingCount === 0) return this.#bytes.subarray(0, this.#length);
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length] = this.#pending;
    return this.#bytes.subarray(0, this.#length + 1);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** How many bits of a byte are set. */
const ONES_IN = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
});

export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;

  /** Begins at bit `at`. */
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  /** The next `count` (at most 16) bits; bits behind the end are 0. */
  take(count: number): number {
    const at = this.#at;
    const byte = at >> 3;
    const bytes = this.#bytes;
    const window =
      (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
    this.#at = at + count;
    return (window >>> (at & 7)) & ((1 << count) - 1);
  }

  /** Pass so many zeros, and the ones before each of them; returns how many ones there were. Behind the end are zeros. */
  passZeros(count: number): number {
    let zerosLeft = count;
    let ones = 0;
    while (zerosLeft > 0) {
      const isWhole = (this.#at & 7) === 0;
      const inByte = isWhole ? ONES_IN[this.#bytes[this.#at >> 3] ?? 0]! : 0;
      // The last zero may lie within a byte: what follows it there is not passed.
      if (isWhole && 8 - inByte < zerosLeft) {
        this.#at += 8;
        ones += inByte;
        zerosLeft -= 8 - inByte;
      } else if (this.take(1) === 1) {
        ones += 1;
      } else {
        zerosLeft -= 1;
      }
    }
    return ones;
  }

  skip(count: number): void {
    this.#at += count;
  }
}
