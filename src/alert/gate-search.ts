/** A look for texts in one row: where, for which, and what was found. */
import type { EntryColumns } from '../model/entry-columns.ts';
import { FOUR_BYTES, FOUR_CASE_BITS, type GateText } from './cuts.ts';

/** What is wanted of a text. */
export const GATE = { IGNORED: 0, TOLD: 1, NOTICED: 2 } as const;

export class GateSearch {
  /** Of the columns at hand. */
  view: DataView = new DataView(new ArrayBuffer(0));
  #bytes: Buffer | null = null;
  /** By number of the text. */
  #wish: Uint8Array = new Uint8Array(0);
  #out: number[] = [];

  begin(columns: EntryColumns, wish: Uint8Array, out: number[]): void {
    const { bytes } = columns;
    this.#wish = wish;
    this.#out = out;
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** A text may stand at `from`, as a whole between `start` and `end`. False: it does, and is only to be noticed. */
  take(text: GateText, from: number, start: number, end: number): boolean {
    const { number, bytes, rareAt, rare } = text;
    if (from < start || from + bytes.length > end) return true;
    if ((this.view.getInt32(from + rareAt, true) | FOUR_CASE_BITS) !== rare) return true;
    const wish = this.#wish[number]!;
    if (wish === GATE.IGNORED || !this.#isAt(from, bytes)) return true;
    if (wish === GATE.NOTICED) return false;
    this.#out.push(number);
    return true;
  }

  /** The four of a text that is told apart by it; NaN where it would not be in the span. */
  fourAt(at: number, start: number, end: number): number {
    if (at < start || at + FOUR_BYTES > end) return Number.NaN;
    return this.view.getInt32(at, true) | FOUR_CASE_BITS;
  }

  #isAt(from: number, text: Buffer): boolean {
    const bytes = this.#bytes!;
    for (let index = 0; index < text.length; index += 1) {
      const wanted = text[index]!;
      const found = bytes[from + index]!;
      const isLetter = wanted >= 0x61 && wanted <= 0x7a;
      if (found !== wanted && !(isLetter && found === wanted - 0x20)) return false;
    }
    return true;
  }
}
