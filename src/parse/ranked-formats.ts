/**
 * The formats of one file in the order they are tried: the one that began most of the last records comes first.
 *
 * The order is told by the content alone, not by how it was cut into chunks.
 */
import type { Draft } from './draft.ts';
import type { Format } from './format.ts';

/** Instead of the index of a format: the line fits none. */
export const FORMAT_PLAIN = -1;

/** Records after which the format that began most of them is tried first. */
const RANK_STARTS = 512;

/**
 * An order of formats, by their positions in a list of them all, and how many records began with each. Both are strings of
 * small numbers, a quarter of what arrays take: every quiet file has one.
 */
export type Ranking = Readonly<{
  positions: string;
  starts: string;
  startCount: number;
}>;

export class RankedFormats {
  #formats: Format[] = [];
  #ids: number[] = [];
  /** How many records began with each format since the last ranking, and how many in all. */
  #starts: number[] = [];
  #startCount = 0;

  /** Try these formats, in this order, from now on. */
  use(formats: readonly Format[], ids: readonly number[]): void {
    this.#formats = [...formats];
    this.#ids = [...ids];
    this.#starts = formats.map(() => 0);
    this.#startCount = 0;
  }

  /** The order as it is, `all` being every format. */
  rankingIn(all: readonly Format[]): Ranking {
    const positions = this.#formats.map((format) => all.indexOf(format));
    return {
      positions: String.fromCharCode(...positions),
      starts: String.fromCharCode(...this.#starts),
      startCount: this.#startCount,
    };
  }

  /** The formats of `all` in the order of a ranking. */
  static inOrder({ positions }: Ranking, all: readonly Format[]): Format[] {
    return numbersOf(positions).map((position) => all[position]!);
  }

  /** Go on counting where another did, from whose order `use` was told. */
  resume({ starts, startCount }: Ranking): void {
    this.#starts = numbersOf(starts);
    this.#startCount = startCount;
  }

  at(index: number): Format {
    return this.#formats[index]!;
  }

  /** Number of its name. */
  idAt(index: number): number {
    return this.#ids[index]!;
  }

  /** The format tried first; undefined before any are known. */
  get first(): Format | undefined {
    return this.#formats[0];
  }

  /** Records that may still be counted in this order. */
  get beforeRanking(): number {
    return RANK_STARTS - this.#startCount;
  }

  /**
   * Index of the first format that fits the line [from, to), its result in the draft; `FORMAT_PLAIN` for none. `only`: no
   * other is tried.
   */
  parse(draft: Draft, from: number, to: number, only: Format | null): number {
    const formats = this.#formats;
    for (let index = 0; index < formats.length; index += 1) {
      const candidate = formats[index]!;
      if (only !== null && candidate !== only) continue;
      if (candidate.parse(draft, from, to)) return index;
      draft.reset(from, to);
    }
    return FORMAT_PLAIN;
  }

  /** `count` records began with this format; at most `beforeRanking`. */
  count(format: number, count: number): void {
    this.#startCount += count;
    if (format >= 0) this.#starts[format]! += count;
    if (this.#startCount < RANK_STARTS) return;
    let best = 0;
    for (let index = 1; index < this.#starts.length; index += 1) {
      if (this.#starts[index]! > this.#starts[best]!) best = index;
    }
    if (best > 0) {
      const [format] = this.#formats.splice(best, 1);
      const [id] = this.#ids.splice(best, 1);
      this.#formats.unshift(format!);
      this.#ids.unshift(id!);
    }
    this.#starts.fill(0);
    this.#startCount = 0;
  }
}

function numbersOf(text: string): number[] {
  return Array.from(text, (_, index) => text.charCodeAt(index));
}
