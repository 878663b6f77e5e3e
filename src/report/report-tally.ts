/**
 * Everything a report counts, in one pass over the entries: levels, sources, files, time, patterns, requests.
 *
 * Takes rows, and where a whole segment is reported on, what that has counted of itself.
 * Memory is bounded by the number of sources and files (which watch bounds) and by the patterns told apart.
 */
import { LocalDays } from '../base/zoned-time.ts';
import { levelOfClass } from '../engine/entry-class.ts';
import type { PatternBook } from '../engine/pattern-book.ts';
import { RequestCounts, type RouteCounts } from '../engine/request-part.ts';
import { MINUTE_US } from '../engine/rollup.ts';
import type { SegmentCounts } from '../engine/segment-counts.ts';
import type { TemplateSeries } from '../engine/template-part.ts';
import { exampleOf } from '../engine/template-writer.ts';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { OTHERS } from '../pattern/templates.ts';
import { type LevelCounts, noCounts } from './level-counts.ts';
import { NameGroups, type NameTally } from './name-groups.ts';
import { type OtherTally, PatternTallies, type PatternTally } from './pattern-tallies.ts';
import { TimeBuckets } from './time-buckets.ts';

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

  readonly #sources = new NameGroups();
  readonly #files = new NameGroups();
  readonly #requests = new RequestCounts();
  readonly #generations = new Map<number, TimeRange>();
  #lastGeneration: TimeRange = { generation: Number.NaN, firstUs: 0, lastUs: 0 };
  readonly #patterns: PatternTallies;
  readonly #days: LocalDays;

  /** Patterns are numbers of `book`; days are those of the zone. */
  constructor(timezone: string, book: PatternBook) {
    this.#days = new LocalDays(timezone);
    this.#patterns = new PatternTallies(book, this.#days);
  }

  /** Count one row; its fields must be there. */
  add(columns: EntryColumns, row: number, pattern: number): void {
    const levelCode = columns.level[row]!;
    const us = columns.timestampUs[row]!;
    const { sources, paths } = columns.names;
    const seen = { count: 1, firstUs: us, lastUs: us, levelCode };
    this.readBytes += columns.originLength[row]!;
    this.lastSequence = Math.max(this.lastSequence, columns.sequence[row]!);
    this.buckets.add(us / 1000, levelCode);
    this.#files.add(paths, columns.path[row]!, seen);
    this.#addGeneration(columns.generation[row]!, us, us);
    this.#addEntries(seen);
    this.#sources.add(sources, columns.source[row]!, seen);
    const source = sources.valueOf(columns.source[row]!);
    const counting = this.#patterns.add({ ...seen, pattern, source });
    if (counting?.example === null) {
      counting.example = exampleOf(columns, row);
      counting.exampleUs = us;
    }
    this.#requests.add(columns, row);
  }

  /** Count a whole segment by what it has stored; false: its rows are needed, because patterns go over midnight. */
  addCounts(counts: SegmentCounts, names: ColumnNames): boolean {
    const { files, rollup, templates } = counts;
    if (this.#goesOverMidnight(templates.series)) return false;
    this.lastSequence = Math.max(this.lastSequence, counts.maxSequence);
    for (let index = 0; index < files.count; index += 1) {
      const [firstUs, lastUs] = [files.firstUs[index]!, files.lastUs[index]!];
      const levelCode = levelOfClass(files.entryClass[index]!);
      const seen = { count: files.counts[index]!, firstUs, lastUs, levelCode };
      this.readBytes += files.originBytes[index]!;
      this.#addEntries(seen);
      this.#files.add(names.paths, files.path[index]!, seen);
      this.#addGeneration(files.generation[index]!, firstUs, lastUs);
    }
    const { cellCount, cellMinute, cellClass, cellCounts } = rollup;
    for (let cell = 0; cell < cellCount; cell += 1) {
      const atMs = (cellMinute[cell]! * MINUTE_US) / 1000;
      this.buckets.add(atMs, levelOfClass(cellClass[cell]!), cellCounts[cell]!);
    }
    this.#addSeries(counts, names);
    this.#requests.addAll(counts.requests);
    return true;
  }

  /** Entries whose pattern found no room. */
  get otherPatternCount(): number {
    return this.#patterns.otherCount;
  }

  /** The same by source, level and day. */
  get otherPatterns(): OtherTally[] {
    return this.#patterns.others;
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

  get requests(): readonly RouteCounts[] {
    return this.#requests.list();
  }

  /** In the order of their first entry in this tally. */
  get patterns(): PatternTally[] {
    return this.#patterns.list();
  }

  #addEntries(
    seen: Readonly<{ count: number; firstUs: number; lastUs: number; levelCode: number }>,
  ): void {
    this.entryCount += seen.count;
    this.counts[seen.levelCode]! += seen.count;
    if (!(seen.firstUs >= this.firstUs)) this.firstUs = seen.firstUs;
    if (!(seen.lastUs <= this.lastUs)) this.lastUs = seen.lastUs;
  }

  #addGeneration(generation: number, firstUs: number, lastUs: number): void {
    let range = this.#lastGeneration;
    if (range.generation !== generation) {
      if (generation === 0) return;
      range = this.#generations.get(generation) ?? { generation, firstUs, lastUs };
      this.#generations.set(generation, range);
      this.#lastGeneration = range;
    }
    if (firstUs < range.firstUs) range.firstUs = firstUs;
    if (lastUs > range.lastUs) range.lastUs = lastUs;
  }

  #addSeries({ templates, patterns }: SegmentCounts, { sources }: ColumnNames): void {
    const { series } = templates;
    const isMet = new Uint8Array(templates.templates.length + 1);
    for (let index = 0; index < series.count; index += 1) {
      const seen = {
        count: series.counts[index]!,
        firstUs: series.firstUs[index]!,
        lastUs: series.lastUs[index]!,
        levelCode: levelOfClass(series.entryClass[index]!),
      };
      this.#sources.add(sources, series.source[index]!, seen);
      const template = series.template[index]!;
      const pattern = patterns?.[template] ?? OTHERS;
      const source = sources.valueOf(series.source[index]!);
      const counting = this.#patterns.add({ ...seen, pattern, source });
      // A template's example is its first row, and series come in the order of theirs: it is of the first series.
      if (counting?.example === null && isMet[template] === 0) {
        counting.example = templates.templates[template - 1]!.example;
        counting.exampleUs = seen.firstUs;
      }
      isMet[template] = 1;
    }
  }

  #goesOverMidnight({ count, firstUs, lastUs }: TemplateSeries): boolean {
    const days = this.#days;
    for (let index = 0; index < count; index += 1) {
      if (days.dayOf(firstUs[index]! / 1000) !== days.dayOf(lastUs[index]! / 1000)) return true;
    }
    return false;
  }
}
