/**
 * How often each pattern came, by template, level and source, and on which days. Bounded by `PATTERN_ROWS_MAX`.
 *
 * Patterns are numbers of a `PatternBook`, which is asked for texts at the end: what it merged by then is one template.
 */
import type { LocalDays } from '../base/zoned-time.ts';
import type { PatternBook } from '../engine/pattern-book.ts';
import { OTHERS } from '../pattern/templates.ts';

/** Patterns told apart by level and source. */
const PATTERN_ROWS_MAX = 32_768;

/** A pattern: equal template, level and source. */
export type PatternTally = Readonly<{
  template: string;
  levelCode: number;
  source: string;
  count: number;
  firstUs: number;
  lastUs: number;
  /** The template itself where none of this source and level is known. */
  example: string;
  exampleUs: number;
  /** Entries by local day number. */
  days: ReadonlyMap<number, number>;
}>;

/** Entries of one source and level whose patterns found no room. */
export type OtherTally = Readonly<{
  source: string;
  levelCode: number;
  /** Entries by local day number. */
  days: ReadonlyMap<number, number>;
}>;

/** Entries of one pattern, level, source and local day. */
export type Seen = Readonly<{
  pattern: number;
  levelCode: number;
  source: string;
  count: number;
  firstUs: number;
  lastUs: number;
}>;

export type Counting = {
  readonly pattern: number;
  readonly levelCode: number;
  readonly source: string;
  count: number;
  firstUs: number;
  lastUs: number;
  /** Null: none of this source and level was met. */
  example: string | null;
  exampleUs: number;
  readonly days: Map<number, number>;
  /** The day counted last, not yet in `days`. */
  day: number;
  dayCount: number;
};

export class PatternTallies {
  /** Entries whose pattern found no room. */
  otherCount = 0;
  readonly #book: PatternBook;
  readonly #days: LocalDays;
  readonly #all: Counting[] = [];
  /** The same by pattern: few sources and levels share one. */
  readonly #byPattern: Counting[][] = [];
  readonly #others = new Map<string, OtherTally & { readonly days: Map<number, number> }>();

  constructor(book: PatternBook, days: LocalDays) {
    this.#book = book;
    this.#days = days;
  }

  /** Returns what they are counted in, which may want an example; null: they found no room. */
  add(seen: Seen): Counting | null {
    const { pattern, count, firstUs, lastUs } = seen;
    const day = this.#days.dayOf(firstUs / 1000);
    const known = this.#find(seen);
    if (known === null) {
      const isOther = pattern === OTHERS || this.#all.length >= PATTERN_ROWS_MAX;
      if (!isOther) return this.#open(seen, day);
      this.#addOther(seen, day);
      return null;
    }
    known.count += count;
    if (firstUs < known.firstUs) known.firstUs = firstUs;
    if (lastUs > known.lastUs) known.lastUs = lastUs;
    if (known.day !== day) {
      closeDay(known);
      known.day = day;
    }
    known.dayCount += count;
    return known;
  }

  /** What found no room, by source and level. */
  get others(): OtherTally[] {
    return [...this.#others.values()];
  }

  /** In the order of their first entry in this tally. */
  list(): PatternTally[] {
    const book = this.#book;
    return this.#all.map((counting) => {
      closeDay(counting);
      const { pattern, levelCode, source, count, firstUs, lastUs, exampleUs, days } = counting;
      const template = book.textOf(book.merged(pattern));
      const example = counting.example ?? template;
      return {
        template,
        levelCode,
        source,
        count,
        firstUs,
        lastUs,
        example,
        exampleUs,
        days,
      };
    });
  }

  #addOther({ source, levelCode, count }: Seen, day: number): void {
    this.otherCount += count;
    const key = otherKey({ source, levelCode });
    let other = this.#others.get(key);
    if (other === undefined) {
      other = { source, levelCode, days: new Map() };
      this.#others.set(key, other);
    }
    other.days.set(day, (other.days.get(day) ?? 0) + count);
  }

  #open({ pattern, levelCode, source, count, firstUs, lastUs }: Seen, day: number): Counting {
    const counting: Counting = {
      ...{ pattern, levelCode, source, count, firstUs, lastUs },
      ...{ example: null, exampleUs: firstUs },
      ...{ days: new Map<number, number>(), day, dayCount: count },
    };
    this.#all.push(counting);
    this.#byPattern[pattern] ??= [];
    this.#byPattern[pattern].push(counting);
    return counting;
  }

  #find({ pattern, levelCode, source }: Seen): Counting | null {
    const same = this.#byPattern[pattern];
    if (same === undefined) return null;
    for (let index = 0; index < same.length; index += 1) {
      const counting = same[index]!;
      if (counting.levelCode !== levelCode || counting.source !== source) continue;
      if (index > 0) {
        // What comes often wanders to the front, should a thousand sources share a template.
        same[index] = same[index - 1]!;
        same[index - 1] = counting;
      }
      return counting;
    }
    return null;
  }
}

/** One text for each source and level. */
export function otherKey({
  source,
  levelCode,
}: Readonly<{ source: string; levelCode: number }>): string {
  return `${levelCode}\0${source}`;
}

/** Move the running count of a day to where all days are. */
function closeDay(counting: Counting): void {
  const { days, day, dayCount } = counting;
  if (dayCount > 0) days.set(day, (days.get(day) ?? 0) + dayCount);
  counting.dayCount = 0;
}
