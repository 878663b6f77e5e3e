/**
 * Everything a report counts, in one pass over the entries: levels, sources, files, time, patterns.
 *
 * Looks at columns only; the one text made is the example of a new pattern. Memory is bounded by the number
 * of sources and files (which watch bounds) and by `PATTERNS_MAX`.
 */

import { LocalDays } from '../base/zoned-time.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { Templates } from '../pattern/templates.ts';
import { type LevelCounts, noCounts } from './level-counts.ts';
import { TimeBuckets } from './time-buckets.ts';

/** Templates told apart. More than that are no patterns but noise; they are counted together. */
const PATTERNS_MAX = 8_192;
/** Patterns told apart by level and source. */
const PATTERN_ROWS_MAX = 32_768;
/** An example is cut there: about four lines of a report. */
const EXAMPLE_BYTES_MAX = 320;

/** What share of the entries one name (a source, a file) has. */
export type NameTally = Readonly<{
  name: string;
  counts: LevelCounts;
  firstUs: number;
  lastUs: number;
}>;

/** A pattern: equal template, level and source. */
export type PatternTally = Readonly<{
  template: string;
  levelCode: number;
  source: string;
  count: number;
  firstUs: number;
  lastUs: number;
  example: string;
  exampleUs: number;
  /** Entries by local day number. */
  days: ReadonlyMap<number, number>;
}>;

type Counting = {
  readonly templateId: number;
  readonly levelCode: number;
  readonly source: string;
  count: number;
  firstUs: number;
  lastUs: number;
  readonly example: string;
  readonly exampleUs: number;
  readonly days: Map<number, number>;
  /** The day counted last, not yet in `days`. */
  day: number;
  dayCount: number;
};

type TimeRange = { readonly generation: number; firstUs: number; lastUs: number };

type Group = { counts: LevelCounts; firstUs: number; lastUs: number };

export class ReportTally {
  readonly counts: LevelCounts = noCounts();
  readonly buckets = new TimeBuckets();
  entryCount = 0;
  /** Of the entries with a time; NaN where there is none. */
  firstUs = Number.NaN;
  lastUs = Number.NaN;
  /** Highest arrival number seen; 0: none. */
  lastSequence = 0;
  /** Entries whose pattern found no room. */
  otherPatternCount = 0;

  readonly #templates = new Templates(PATTERNS_MAX);
  readonly #sources = new Map<string, Group>();
  readonly #files = new Map<string, Group>();
  readonly #generations = new Map<number, TimeRange>();
  #lastGeneration: TimeRange = { generation: Number.NaN, firstUs: 0, lastUs: 0 };
  readonly #patterns = new Map<number, Counting>();
  readonly #localDays: LocalDays;
  /** Numbers of source names in pattern keys: two stores may number them differently. */
  readonly #sourceNumbers = new Map<string, number>();

  /** Days are those of this zone. */
  constructor(timezone: string) {
    this.#localDays = new LocalDays(timezone);
  }

  /** Count one row. */
  add(columns: EntryColumns, row: number): void {
    const levelCode = columns.level[row]!;
    const timestampUs = columns.timestampUs[row]!;
    this.entryCount += 1;
    this.counts[levelCode]! += 1;
    this.lastSequence = Math.max(this.lastSequence, columns.sequence[row]!);
    if (!(timestampUs >= this.firstUs)) this.firstUs = timestampUs;
    if (!(timestampUs <= this.lastUs)) this.lastUs = timestampUs;
    this.buckets.add(timestampUs / 1000, levelCode);
    const source = columns.names.sources.valueOf(columns.source[row]!);
    countIn(this.#sources, source, { levelCode, timestampUs });
    const path = columns.names.paths.valueOf(columns.path[row]!);
    if (path !== '') countIn(this.#files, path, { levelCode, timestampUs });
    this.#addGeneration(columns.generation[row]!, timestampUs);
    this.#addPattern(columns, row, source);
  }

  /** First and last entry of each file generation. */
  get generations(): readonly Readonly<TimeRange>[] {
    return [...this.#generations.values()];
  }

  get sources(): NameTally[] {
    return tallies(this.#sources);
  }

  get files(): NameTally[] {
    return tallies(this.#files);
  }

  /** In the order of their first entry in this tally. */
  get patterns(): PatternTally[] {
    return [...this.#patterns.values()].map((counting) => {
      closeDay(counting);
      const { templateId, day: _day, dayCount: _dayCount, ...pattern } = counting;
      return { ...pattern, template: this.#templates.textOf(this.#templates.merged(templateId)) };
    });
  }

  #addGeneration(generation: number, timestampUs: number): void {
    let range = this.#lastGeneration;
    if (range.generation !== generation) {
      if (generation === 0) return;
      range = this.#generations.get(generation) ?? {
        generation,
        firstUs: timestampUs,
        lastUs: timestampUs,
      };
      this.#generations.set(generation, range);
      this.#lastGeneration = range;
    }
    if (timestampUs < range.firstUs) range.firstUs = timestampUs;
    if (timestampUs > range.lastUs) range.lastUs = timestampUs;
  }

  #addPattern(columns: EntryColumns, row: number, source: string): void {
    const start = columns.messageStart[row]!;
    const end = start + columns.messageLength[row]!;
    const template = this.#templates.idOf(columns.bytes, start, end);
    const levelCode = columns.level[row]!;
    const key = ((template + 1) * 8 + levelCode) * SOURCES_MAX + this.#sourceNumber(source);
    const timestampUs = columns.timestampUs[row]!;
    const day = this.#localDays.dayOf(timestampUs / 1000);
    const known = this.#patterns.get(key);
    if (known !== undefined) {
      known.count += 1;
      if (timestampUs < known.firstUs) known.firstUs = timestampUs;
      if (timestampUs > known.lastUs) known.lastUs = timestampUs;
      if (known.day !== day) {
        closeDay(known);
        known.day = day;
      }
      known.dayCount += 1;
      return;
    }
    if (template < 0 || this.#patterns.size >= PATTERN_ROWS_MAX) {
      this.otherPatternCount += 1;
      return;
    }
    this.#patterns.set(key, {
      templateId: template,
      levelCode,
      source,
      count: 1,
      firstUs: timestampUs,
      lastUs: timestampUs,
      example: exampleOf(columns, start, end),
      exampleUs: timestampUs,
      days: new Map(),
      day,
      dayCount: 1,
    });
  }

  #sourceNumber(source: string): number {
    let number = this.#sourceNumbers.get(source);
    if (number === undefined) {
      number = Math.min(this.#sourceNumbers.size, SOURCES_MAX - 1);
      this.#sourceNumbers.set(source, number);
    }
    return number;
  }
}

/** Sources told apart in patterns; keys stay exact integers. */
const SOURCES_MAX = 2 ** 20;

/** Move the running count of a day to where all days are. */
function closeDay(counting: Counting): void {
  const { days, day, dayCount } = counting;
  if (dayCount > 0) days.set(day, (days.get(day) ?? 0) + dayCount);
  counting.dayCount = 0;
}

/** The first line of a message, cut between characters. */
function exampleOf(columns: EntryColumns, start: number, end: number): string {
  const cut = Math.min(end, start + EXAMPLE_BYTES_MAX);
  const text = columns.bytes.toString('utf8', start, cut);
  const line = text.split('\n', 1)[0]!;
  return cut < end && line === text ? `${line.replace(/\uFFFD+$/, '')}…` : line;
}

function countIn(
  groups: Map<string, Group>,
  name: string,
  entry: Readonly<{ levelCode: number; timestampUs: number }>,
): void {
  const { levelCode, timestampUs } = entry;
  let group = groups.get(name);
  if (group === undefined) {
    group = { counts: noCounts(), firstUs: timestampUs, lastUs: timestampUs };
    groups.set(name, group);
  }
  group.counts[levelCode]! += 1;
  if (timestampUs < group.firstUs) group.firstUs = timestampUs;
  if (timestampUs > group.lastUs) group.lastUs = timestampUs;
}

function tallies(groups: ReadonlyMap<string, Group>): NameTally[] {
  return [...groups].map(([name, group]) => ({ name, ...group }));
}
