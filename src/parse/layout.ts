/**
 * What a file's own lines say about those behind them: all that its formats remember from one record to the next.
 *
 * `2016-06-30 12:00:01 error connecting` is a level and a text, or a text: it is a level if nearly all lines of the
 * file have one there. While learning, every open reading is taken and counted; `decide` then keeps those that
 * nearly all lines share. Before anything was learned (a line alone) the careful reading holds.
 */

/** The share of the sample's lines for which a reading must hold. Where brackets are the file's style half of them do. */
const SHARE_MIN = [0.75, 0.75, 0.75, 0.5, 0.75, 0.95, 0.75, 0.75, 0.5, 0.75, 0.95, 0.75];

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
  /** A stamp with a date that ends with the minutes: in a log whose times have seconds the text speaks of it. */
  MINUTES: 8,
  /** A time to the minute and no date: `10:30 text`, or a score, a ratio, how long something took. */
  LONE_MINUTES: 9,
  /** A letter of a level and a word in small letters: `E i.q.Engine text`, `e Basis  text`, or a text that begins so. */
  BARE_LETTER: 10,
  /** A number and a level in small letters begin the line: npm numbers all of its debug log, `12 verbose text`. */
  COUNTED_LEVEL: 11,
} as const;
const OPEN_COUNT = 12;
const MINUTES_TAKEN = (1 << OPEN.MINUTES) | (1 << OPEN.LONE_MINUTES);
/** Of all lines of the sample: in a text without stamps some lines begin with a score. */
const LONE_MINUTES_SHARE_MIN = 0.5;

/** The columns that a line names for those behind it. */
export type TableHeader = Readonly<{
  keyIds: Int32Array;
  names: readonly string[];
  /** 0: a tab if the line has any, else blanks. */
  divider: number;
}>;

export class Layout {
  learning = false;
  /** The one read last; null before the first. */
  header: TableHeader | null = null;
  readonly isAlone: boolean;
  readonly #isStamped: boolean;
  /** A bit for each reading. */
  #taken: number;
  /** While learning: of how many lines each reading was taken. */
  #counts: number[] = [];
  #lineCount = 0;

  /**
   * `isAlone`: no other format is tried on the lines. `isStamped`: whatever is read has a stamp, so that a time to the minute
   * is one.
   */
  constructor({ isAlone = false, isStamped = false } = {}) {
    this.isAlone = isAlone;
    this.#isStamped = isStamped;
    this.#taken = isStamped ? MINUTES_TAKEN : 1 << OPEN.MINUTES;
  }

  /** Begin to count over a sample. `refused`: bits of readings that are not tried, as `decide` gave them. */
  learn(refused = 0): void {
    this.learning = true;
    this.#counts = new Array<number>(OPEN_COUNT).fill(0);
    this.#lineCount = 0;
    this.#taken = ((1 << OPEN_COUNT) - 1) & ~refused;
  }

  /** One line of the sample was read by a format that has open readings. */
  countLine(): void {
    this.#lineCount += 1;
  }

  /**
   * End the sample of so many lines. Returns bits of readings by which lines were taken for entries that are not: where
   * there are any the sample must be read again without them.
   */
  decide(sampleLines = this.#lineCount): number {
    this.learning = false;
    const counts = this.#counts;
    const lineCount = this.#lineCount;
    this.#counts = [];
    let taken = 0;
    for (const [reading, count] of counts.entries()) {
      const share = lineCount === 0 ? 0 : count / lineCount;
      if (share >= SHARE_MIN[reading]! && lineCount > 1) taken |= 1 << reading;
    }
    // Where no line has another stamp.
    if (counts[OPEN.MINUTES] === lineCount) taken |= 1 << OPEN.MINUTES;
    if (counts[OPEN.LONE_MINUTES]! < sampleLines * LONE_MINUTES_SHARE_MIN)
      taken &= ~(1 << OPEN.LONE_MINUTES);
    if (counts[OPEN.COUNTED_LEVEL]! < sampleLines * SHARE_MIN[OPEN.COUNTED_LEVEL]!)
      taken &= ~(1 << OPEN.COUNTED_LEVEL);
    if (this.#isStamped) taken |= MINUTES_TAKEN;
    this.#taken &= taken;
    let refused = 0;
    for (const reading of [OPEN.MINUTES, OPEN.LONE_MINUTES, OPEN.COUNTED_LEVEL]) {
      if (counts[reading]! > 0) refused |= (1 << reading) & ~taken;
    }
    return refused;
  }

  /** Whether a time to the minute may be a stamp here. */
  get mayTakeMinutes(): boolean {
    return (this.#taken & MINUTES_TAKEN) !== 0;
  }

  takes(reading: number): boolean {
    if ((this.#taken & (1 << reading)) === 0) return false;
    if (this.learning) this.#counts[reading] = this.#counts[reading]! + 1;
    return true;
  }
}
