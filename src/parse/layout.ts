/**
 * What a file's own lines say about those behind them: all that its formats remember from one record to the next.
 *
 * `2016-06-30 12:00:01 error connecting` is a level and a text, or a text: it is a level if nearly all lines of the
 * file have one there. While learning, every open reading is taken and counted; `decide` then keeps those that
 * nearly all lines share. Before anything was learned (a line alone) the careful reading holds.
 */

/** The share of the sample's lines for which a reading must hold. Where brackets are the file's style half of them do. */
const SHARE_MIN = [0.75, 0.75, 0.75, 0.5, 0.75, 0.95, 0.75, 0.75];

export const OPEN = {
  /** A level in small letters with nothing but a space behind it. */
  BARE_LEVEL: 0,
  /** One plain word and a colon behind the level: `CBS: …`, or the beginning of the text. */
  WORD_COLON: 1,
  /** A dotted word behind the level, without any sign that closes it. */
  DOTTED_WORD: 2,
  /** A bracketed plain text behind the level: thread, node, module, or part of the text. */
  BRACKET: 3,
  /** A padded plain word behind the level. */
  PADDED_WORD: 4,
  /** The same as `BRACKET`, where nothing else of the header is in brackets. */
  LONE_BRACKET: 5,
  /** Several words in parentheses behind a bracketed logger. */
  PAREN: 6,
  /** A padded plain word behind the stamp, and no level. */
  PADDED_SOURCE: 7,
} as const;
const OPEN_COUNT = 8;

/** The columns that a line names for those behind it. */
export type TableHeader = Readonly<{ keyIds: Int32Array; names: readonly string[] }>;

export class Layout {
  learning = false;
  /** The one read last; null before the first. */
  header: TableHeader | null = null;
  /** A bit for each reading. */
  #taken = 0;
  /** While learning: of how many lines each reading was taken. */
  #counts: number[] = [];
  #lineCount = 0;

  /** Begin to count over a sample. */
  learn(): void {
    this.learning = true;
    this.#counts = new Array<number>(OPEN_COUNT).fill(0);
    this.#lineCount = 0;
    this.#taken = (1 << OPEN_COUNT) - 1;
  }

  /** One line of the sample was read by a format that has open readings. */
  countLine(): void {
    this.#lineCount += 1;
  }

  /** End the sample. */
  decide(): void {
    this.learning = false;
    this.#taken = 0;
    for (const [reading, count] of this.#counts.entries()) {
      const share = this.#lineCount === 0 ? 0 : count / this.#lineCount;
      if (share >= SHARE_MIN[reading]! && this.#lineCount > 1) this.#taken |= 1 << reading;
    }
    this.#counts = [];
  }

  takes(reading: number): boolean {
    if ((this.#taken & (1 << reading)) === 0) return false;
    if (this.learning) this.#counts[reading] = this.#counts[reading]! + 1;
    return true;
  }
}
