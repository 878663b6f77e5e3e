/** A set of chunks of one segment. */

export class ChunkSet {
  readonly #has: Uint8Array;

  private constructor(has: Uint8Array) {
    this.#has = has;
  }

  static none(chunkCount: number): ChunkSet {
    return new ChunkSet(new Uint8Array(chunkCount));
  }

  static all(chunkCount: number): ChunkSet {
    return new ChunkSet(new Uint8Array(chunkCount).fill(1));
  }

  has(chunk: number): boolean {
    return this.#has[chunk] === 1;
  }

  /** A number beyond the last chunk is not taken. */
  add(chunk: number): void {
    if (chunk < this.#has.length) this.#has[chunk] = 1;
  }

  remove(chunk: number): void {
    this.#has[chunk] = 0;
  }

  get isEmpty(): boolean {
    return !this.#has.includes(1);
  }

  /** Keep what the other has too. */
  intersect(other: ChunkSet): void {
    for (let chunk = 0; chunk < this.#has.length; chunk += 1)
      this.#has[chunk]! &= other.#has[chunk]!;
  }

  /** Take what the other has. */
  unite(other: ChunkSet): void {
    for (let chunk = 0; chunk < this.#has.length; chunk += 1)
      this.#has[chunk]! |= other.#has[chunk]!;
  }
}
