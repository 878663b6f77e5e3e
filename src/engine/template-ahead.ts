/** Hashes of the templates of a head's rows, found before it is sealed; see `seal-ahead.ts`. A tenth of the work of sealing. */
import type { EntryColumns } from '../model/entry-columns.ts';
import { TemplateHasher } from '../pattern/template-hash.ts';

const ROWS_INITIAL = 4096;

/** Of the rows below `count`, in the order of the head. The arrays may be longer, and are shared between threads. */
export type TemplateHashes = Readonly<{ count: number; lows: Int32Array; highs: Int32Array }>;

export class TemplateAhead {
  readonly #hasher = new TemplateHasher();
  #lows = sharedNumbers(ROWS_INITIAL);
  #highs = sharedNumbers(ROWS_INITIAL);
  #count = 0;

  get hashes(): TemplateHashes {
    return { count: this.#count, lows: this.#lows, highs: this.#highs };
  }

  clear(): void {
    this.#count = 0;
  }

  /** Hash up to so many of the rows that were not hashed yet; false where there are none. */
  step(columns: EntryColumns, rowsMax: number): boolean {
    const from = this.#count;
    const until = Math.min(columns.count, from + rowsMax);
    if (until <= from) return false;
    if (until > this.#lows.length) this.#grow(Math.max(until, this.#lows.length * 2));
    const { bytes, messageStart, messageLength } = columns;
    const hasher = this.#hasher;
    const lows = this.#lows;
    const highs = this.#highs;
    for (let row = from; row < until; row += 1) {
      const start = messageStart[row]!;
      hasher.hash(bytes, start, start + messageLength[row]!);
      lows[row] = hasher.low;
      highs[row] = hasher.high;
    }
    this.#count = until;
    return true;
  }

  #grow(length: number): void {
    const lows = sharedNumbers(length);
    const highs = sharedNumbers(length);
    lows.set(this.#lows);
    highs.set(this.#highs);
    this.#lows = lows;
    this.#highs = highs;
  }
}

function sharedNumbers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}
