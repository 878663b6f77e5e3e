/**
 * Many texts looked for by fours of bytes: a filter says no at once to nearly all, and what it lets through is told apart by
 * the rarest four of each text, so that the number of texts does not matter.
 */
import { FOUR_BYTES, FOUR_CASE_BITS, type GateText, placedCuts } from './cuts.ts';
import type { GateSearch } from './gate-search.ts';

/** Bits of the filter: with a thousand texts of four fours each one in 32 is set. */
const FILTER_BITS = 1 << 17;
/** The high bits of a product are used: bytes of text differ most in the low ones. */
const FACTOR = 0x9e3779b1;
const SHIFT = 32 - Math.log2(FILTER_BITS);

/** Texts that have one four: by the rarest four of each, and how far that is from the one they share. */
type Sharing = Readonly<{ distance: number; byRarest: Map<number, GateText[]> }>;

export class FourScan {
  readonly cutBytes = FOUR_BYTES;
  readonly #filter = new Int32Array(FILTER_BITS / 32);
  readonly #sharing = new Map<number, Sharing[]>();

  constructor(texts: readonly GateText[]) {
    for (const { text, at, cut } of placedCuts(texts, FOUR_BYTES)) this.#add(text, at, cut);
  }

  /** False: a text that is only to be noticed is there. */
  scan(search: GateSearch, start: number, end: number, stride: number): boolean {
    const { view } = search;
    const filter = this.#filter;
    const last = end - FOUR_BYTES;
    for (let at = start; at <= last; at += stride) {
      const four = view.getInt32(at, true) | FOUR_CASE_BITS;
      const bit = Math.imul(four, FACTOR) >>> SHIFT;
      if ((filter[bit >>> 5]! & (1 << (bit & 31))) === 0) continue;
      for (const { distance, byRarest } of this.#sharing.get(four) ?? []) {
        const rareAt = at + distance;
        for (const text of byRarest.get(search.fourAt(rareAt, start, end)) ?? []) {
          if (!search.take(text, rareAt - text.rareAt, start, end)) return false;
        }
      }
    }
    return true;
  }

  #add(text: GateText, at: number, four: number): void {
    const bit = Math.imul(four, FACTOR) >>> SHIFT;
    this.#filter[bit >>> 5] = this.#filter[bit >>> 5]! | (1 << (bit & 31));
    const sharing = this.#sharing.get(four) ?? [];
    this.#sharing.set(four, sharing);
    const distance = text.rareAt - at;
    let texts = sharing.find((each) => each.distance === distance);
    if (texts === undefined) {
      texts = { distance, byRarest: new Map() };
      sharing.push(texts);
    }
    const there = texts.byRarest.get(text.rare);
    if (there === undefined) texts.byRarest.set(text.rare, [text]);
    else there.push(text);
  }
}
