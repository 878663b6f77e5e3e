/** Which rules hang on a number (the hash of a word, four bytes): a bit filter that says no at once, and a table behind it. */

/** Bits of the filter: with a thousand numbers one bit in 64 is set. */
const FILTER_BITS = 1 << 16;

const NONE: readonly number[] = [];

export class AnchorTable {
  readonly #filter = new Uint8Array(FILTER_BITS / 8);
  readonly #positions = new Map<number, number[]>();

  add(number: number, position: number): void {
    const there = this.#positions.get(number);
    if (there === undefined) this.#positions.set(number, [position]);
    else if (there.at(-1) !== position) there.push(position);
    const bit = bitOf(number);
    this.#filter[bit >>> 3] = this.#filter[bit >>> 3]! | (1 << (bit & 7));
  }

  /** False: no rule hangs on it. */
  mayHave(number: number): boolean {
    const bit = bitOf(number);
    return (this.#filter[bit >>> 3]! & (1 << (bit & 7))) !== 0;
  }

  positionsOf(number: number): readonly number[] {
    return this.#positions.get(number) ?? NONE;
  }
}

/** The high bits of a product: bytes of text differ most in the low ones. */
function bitOf(number: number): number {
  return Math.imul(number, 0x9e3779b1) >>> 16;
}
