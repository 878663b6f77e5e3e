/**
 * Everything a report counts, in one pass over the entries: levels, sources, files, time, patterns.
 *
 * Looks at columns only; the one text made is the example of a new pattern. Memory is bounded by the number
 * of sources and files (which watch bounds) and by `PATTERNS_MAX`.
 */

import { LocalDays } from '../base/zoned-time.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { OTHERS, Templates } from '../pattern/templates.ts';
import { type LevelCounts, noCounts } from './level-counts.ts';
import { NameGroups, type NameTally } from './name-groups.ts';
import { TimeBuckets } from './time-buckets.ts';

/** Templates told apart. More than that are no patterns but noise; they are counted together. */
const PATTERNS_MAX = 8_192;
/** Patterns told apart by level and source. */
const PATTERN_ROWS_MAX = 32_768;
/** An example is cut there: about four lines of a report. */
const EXAMPLE_BYTES_MAX = 320;

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

export class ReportTally {
  readonly counts: LevelCounts = noCounts();
  readonly buckets = new TimeBuckets();
  entryCount = 0;
  /** What the entries take in their files. */
  readBytes = 0;
  /** Of the entries with a time; NaN where there is none. */
  firstUs = Number.NaN;
  lastUs = Number.NaN;
  /** Highest arrival number seen; 0: none. */
  lastSequence = 0;
  /** Entries whose pattern found no room. */
  otherPatternCount = 0;

  readonly #templates = new Templates(PATTERNS_MAX);
  readonly #sources = new NameGroups();
  readonly #files = new NameGroups();
  readonly #generations = new Map<number, TimeRange>();
  #lastGeneration: TimeRange = { generation: Number.NaN, firstUs: 0, lastUs: 0 };
  readonly #patterns: Counting[] = [];
  /** The same by template: few sources and levels share one. */
  readonly #byTemplate: Counting[][] = [];
  readonly #localDays: LocalDays;

  /** Days are those of this zone. */
  constructor(timezone: string) {
    this.#localDays = new LocalDays(timezone);
  }

  /** Count one row. */
  add(columns: EntryColumns, row: number): void {
    const levelCode = columns.level[row]!;
    const timestampUs = columns.timestampUs[row]!;
    this.entryCount += 1;
    this.readBytes += columns.originLength[row]!;
    this.counts[levelCode]! += 1;
    this.lastSequence = Math.max(this.lastSequence, columns.sequence[row]!);
    if (!(timestampUs >= this.firstUs)) this.firstUs = timestampUs;
    if (!(timestampUs <= this.lastUs)) this.lastUs = timestampUs;
    this.buckets.add(timestampUs / 1000, levelCode);
    const { sources, paths } = columns.names;
    this.#sources.add(sources, columns.source[row]!, levelCode, timestampUs);
    this.#files.add(paths, columns.path[row]!, levelCode, timestampUs);
    this.#addGeneration(columns.generation[row]!, timestampUs);
    this.#addPattern(columns, row);
  }

  /** First and last entry of each file generation. */
  get generations(): readonly Readonly<TimeRange>[] {
    return [...this.#generations.values()];
  }

  get sources(): NameTally[] {
    return this.#sources.tallies();
  }

  get files(): NameTally[] {
    // Entries that never had a file have no path.
    return this.#files.tallies().filter(({ name }) => name !== '');
  }

  /** In the order of their first entry in this tally. */
  get patterns(): PatternTally[] {
    return this.#patterns.map((counting) => {
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

  #addPattern(columns: EntryColumns, row: number): void {
    const start = columns.messageStart[row]!;
    const end = start + columns.messageLength[row]!;
    const templateId = this.#templates.idOf(columns.bytes, start, end);
    const levelCode = columns.level[row]!;
    const source = columns.names.sources.valueOf(columns.source[row]!);
    const timestampUs = columns.timestampUs[row]!;
    const day = this.#localDays.dayOf(timestampUs / 1000);
    const known = this.#find(templateId, levelCode, source);
    if (known !== null) {
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
    if (templateId === OTHERS || this.#patterns.length >= PATTERN_ROWS_MAX) {
      this.otherPatternCount += 1;
      return;
    }
    const counting: Counting = {
      templateId,
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
    };
    this.#patterns.push(counting);
    this.#byTemplate[templateId] ??= [];
    this.#byTemplate[templateId].push(counting);
  }

  #find(templateId: number, levelCode: number, source: string): Counting | null {
    const same = this.#byTemplate[templateId];
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
