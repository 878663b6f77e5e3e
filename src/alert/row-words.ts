/** The words of one row as bits: whether it may have another word costs one look. */

/** A row has some tens of words: one bit in fifty is set. */
const BITS = 2_048;

export class RowWords {
  readonly #bits = new Uint32Array(BITS / 32);
  #isFilled = false;

  /** Another row is at hand. */
  forget(): void {
    this.#isFilled = false;
  }

  /** Once for each row. */
  fill(hashes: Int32Array, count: number): void {
    if (this.#isFilled) return;
    this.#isFilled = true;
    const bits = this.#bits;
    bits.fill(0);
    for (let index = 0; index < count; index += 1) {
      const hash = hashes[index]!;
      const at = (hash >>> 5) & (BITS / 32 - 1);
      bits[at] = bits[at]! | (1 << (hash & 31));
    }
  }

  /** False: the row does not have it. */
  mayHave(hash: number): boolean {
    return (this.#bits[(hash >>> 5) & (BITS / 32 - 1)]! & (1 << (hash & 31))) !== 0;
  }
}
