/**
 * Which of some texts a row holds, asked before its words are hashed: most rows of most logs hold nothing of what their rules are
 * about.
 *
 * Texts are found by a few bytes of them, looked at here and there, and then compared whole. Price: 1 ns a look for a few texts
 * (`PairScan`), 2 for any number (`FourScan`).
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { FOUR_BYTES, gateTexts, strideFor } from './cuts.ts';
import { FourScan } from './four-scan.ts';
import { GateSearch } from './gate-search.ts';
import { PairScan } from './pair-scan.ts';

/** Of more texts so many pairs of letters are one of a text's that what looks find costs more than looking twice as often. */
const PAIR_TEXTS_MAX = 8;

/** `wish`: by number of the text, one of `GATE`. */
export type GateWish = Readonly<{ stride: number; wish: Uint8Array }>;

export class Gates {
  readonly #numbers = new Map<string, number>();
  readonly #scan: PairScan | FourScan;
  readonly #search = new GateSearch();

  /** ASCII, lowered, and such that there is a stride for each. */
  constructor(texts: Iterable<string>) {
    for (const text of texts) {
      if (!this.#numbers.has(text)) this.#numbers.set(text, this.#numbers.size);
    }
    const gates = gateTexts(this.#numbers);
    this.#scan = gates.length <= PAIR_TEXTS_MAX ? new PairScan(gates) : new FourScan(gates);
  }

  get count(): number {
    return this.#numbers.size;
  }

  /** The number of one of the texts. */
  numberOf(text: string): number {
    return this.#numbers.get(text)!;
  }

  /** How far apart looks for these of the texts may be; 0: there are none, or one is too short. */
  strideFor(texts: readonly string[]): number {
    return strideFor(texts, this.#scan.cutBytes);
  }

  /**
   * The numbers of the texts in the message and the fields of a row, letters of either case, put into `out`: those that are to be
   * told, some perhaps twice. False: one that is only to be noticed is there, and the rest was not looked at.
   */
  find(columns: EntryColumns, row: number, { stride, wish }: GateWish, out: number[]): boolean {
    const { fieldStart, fieldLength } = columns;
    const scan = this.#scan;
    const search = this.#search;
    search.begin(columns, wish, out);
    const start = columns.messageStart[row]!;
    if (!scan.scan(search, start, start + columns.messageLength[row]!, stride)) return false;
    const fieldEnd = columns.fieldEnd[row]!;
    for (let field = columns.fieldFirst(row); field < fieldEnd; field += 1) {
      const length = fieldLength[field]!;
      if (length < FOUR_BYTES) continue;
      const from = fieldStart[field]!;
      if (!scan.scan(search, from, from + length, stride)) return false;
    }
    return true;
  }
}
