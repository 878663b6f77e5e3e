/**
 * A few texts looked for by pairs of bytes: those of five bytes cost a look at every fourth.
 *
 * With more texts most pairs of letters are of one; see `FourScan`.
 */
import { type GateText, PAIR_BYTES, PAIR_CASE_BITS, placedCuts } from './cuts.ts';
import type { GateSearch } from './gate-search.ts';

/** Pairs of bytes that there are. */
const PAIRS = 1 << 16;

/** A text that has a pair, and where in it. */
type Place = Readonly<{ text: GateText; at: number }>;

export class PairScan {
  readonly cutBytes = PAIR_BYTES;
  /** By pair: 0, or in `#places` one more than the texts that have it. */
  readonly #placesOf = new Uint8Array(PAIRS);
  readonly #places: Place[][] = [];

  constructor(texts: readonly GateText[]) {
    for (const { text, at, cut } of placedCuts(texts, PAIR_BYTES)) {
      if (this.#placesOf[cut] === 0) this.#placesOf[cut] = this.#places.push([]);
      this.#places[this.#placesOf[cut]! - 1]!.push({ text, at });
    }
  }

  /** False: a text that is only to be noticed is there. */
  scan(search: GateSearch, start: number, end: number, stride: number): boolean {
    const { view } = search;
    const placesOf = this.#placesOf;
    const last = end - PAIR_BYTES;
    for (let at = start; at <= last; at += stride) {
      const places = placesOf[view.getUint16(at, true) | PAIR_CASE_BITS]!;
      if (places === 0) continue;
      if (!this.#takeAll(search, places, at, start, end)) return false;
    }
    return true;
  }

  #takeAll(search: GateSearch, places: number, at: number, start: number, end: number): boolean {
    const list = this.#places[places - 1]!;
    for (let index = 0; index < list.length; index += 1) {
      const place = list[index]!;
      if (!search.take(place.text, at - place.at, start, end)) return false;
    }
    return true;
  }
}
