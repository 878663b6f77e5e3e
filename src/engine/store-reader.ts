/**
 * The reading side of the store: searches, counts and statistics, from any process, while another one writes.
 *
 * Each query works on the segments that were visible when it began, and on no entry that arrived later. Where a
 * segment is removed meanwhile (retention, compaction), the query goes on with the present catalog at the place
 * it had reached. Damaged segments are left out and reported; the rest answers.
 *
 * Everything is synchronous and may take long: run it on a thread that owes nobody an answer.
 */
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { ColumnNames, type EntryColumns } from '../model/entry-columns.ts';
import type { Filter } from '../query/query-tree.ts';
import type { Stage } from '../query/stage-tree.ts';
import type { Table } from '../query/table.ts';
import {
  type Aggregation,
  countOf,
  type GroupCount,
  groupsOf,
  type HistogramRow,
  histogramOf,
  type NameCount,
  percentilesOf,
  type Stats,
  statsOf,
  topOf,
} from './aggregations.ts';
import type { AttributeName } from './attribute.ts';
import { type BatchPlan, batchesOf } from './batches.ts';
import type { CatalogRow } from './catalog.ts';
import { type ContextRequest, readContext } from './entry-context.ts';
import { type FilePlace, findPlace, type PlacedEntry } from './entry-place.ts';
import { type FilterParts, partsOfFilter } from './filter-parts.ts';
import { ChunkFilter } from './filtered-chunk.ts';
import { countNewest, type NewestHistogram } from './newest-histogram.ts';
import { type Damage, OpenSegments, SegmentGone } from './open-segments.ts';
import { type Matches, orderedScan } from './ordered-scan.ts';
import { PatternBook } from './pattern-book.ts';
import { countPatterns, type PatternCounts } from './pattern-counts.ts';
import { storedPatternTable } from './pipeline/pattern-table.ts';
import { compilePruner, segmentMayMatch } from './prune.ts';
import { type Cursor, cursorAt, type SearchRequest, StopCheck } from './search-request.ts';
import { offerCounts, type SegmentCounts } from './segment-counts.ts';
import { describeSegment, type SegmentDescription } from './segment-description.ts';
import { NEED } from './segment-format.ts';

export type StoreReaderOptions = Readonly<{
  disk: Disk;
  clock: Clock;
  /** A connection of the caller's, or the path of the state database, which is then opened read-only. */
  database: Database | string;
  /** The segments folder; default: `segments` beside the database; null where all segments are in the database. */
  folder?: string | null;
  names?: ColumnNames;
  /** Called once for each segment found damaged. */
  onDamage?: (damage: Damage) => void;
}>;

/** What a fold looks at. */
export type FoldLook = Readonly<{
  /** Columns (`NEED`). */
  need: number;
  /** Message and fields. */
  withText: boolean;
  /** Offset, length in the file and line. */
  withOrigins: boolean;
  /** Patterns told apart; 0 or absent: none are. */
  patternsMax?: number;
}>;

/** Takes batches and has a result. `patterns`: the number of each row's pattern in the book, by row. */
export type Folding<T> = Readonly<{
  take: (
    batch: Readonly<{
      columns: EntryColumns;
      rows: Int32Array;
      count: number;
      patterns: Int32Array | null;
    }>,
  ) => void;
  /**
   * May take the stored counts of a segment of which every entry is asked for, and gets none of its rows then; false: the
   * rows, please. Readers without segments never ask.
   */
  takeCounts?: (counts: SegmentCounts) => boolean;
  result: () => T;
}>;

const EVERYTHING: FoldLook = { need: NEED.ALL, withText: true, withOrigins: true };

/** Arrival numbers begin at 0. */
const NO_SEQUENCE = -1;

export class StoreReader implements Disposable {
  readonly #clock: Clock;
  readonly #segments: OpenSegments;
  readonly #database: Database;
  readonly #ownsDatabase: boolean;

  private constructor(options: StoreReaderOptions, database: Database, folder: string | null) {
    this.#clock = options.clock;
    this.#database = database;
    this.#ownsDatabase = typeof options.database === 'string';
    this.#segments = new OpenSegments({
      disk: options.disk,
      database,
      folder,
      names: options.names ?? new ColumnNames(),
      onDamage: options.onDamage,
    });
  }

  static open(options: StoreReaderOptions): StoreReader {
    const { database } = options;
    if (typeof database !== 'string') {
      return new StoreReader(options, database, options.folder ?? null);
    }
    const folder = options.folder === undefined ? join(database, '..', 'segments') : options.folder;
    return new StoreReader(options, Database.open(database, { readOnly: true }), folder);
  }

  get names(): ColumnNames {
    return this.#segments.names;
  }

  /** Segments this reader found damaged. */
  get damaged(): readonly Damage[] {
    return this.#segments.damaged;
  }

  /** Visible segments, as the catalog has them now. */
  segments(): CatalogRow[] {
    return this.#segments.catalog();
  }

  /** Entries that are visible now. */
  entryCount(): number {
    return this.#segments.catalog().reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  /** The largest arrival number that is visible. */
  newestSequence(): number {
    return this.#segments.catalog().reduce((newest, row) => Math.max(newest, row.maxSequence), 0);
  }

  /** Matching entries in exact order of time, then arrival. Each batch is valid until the next is asked for. */
  *matches(request: SearchRequest): Generator<Matches, void, void> {
    const parts = this.#partsOf(request);
    const prune = compilePruner(parts);
    const stop = new StopCheck(this.#clock, request);
    const { afterSequence, sequenceMax } = this.#arrivals(request);
    const limit = request.limit ?? 0;
    let given = 0;
    let after = request.after ?? null;
    for (;;) {
      const { fromUs, untilUs } = parts.bounds;
      const scan = orderedScan({
        segments: this.#segments,
        catalog: this.#catalogFor(parts, request),
        order: request.order ?? 'newest',
        limit: limit > 0 ? limit - given : 0,
        after,
        filter: new ChunkFilter(parts, this.names, {
          fromUs,
          untilUs,
          afterSequence,
          sequenceMax,
        }),
        prune,
        stop,
      });
      try {
        for (const matches of scan) {
          given += matches.count;
          after = lastOf(matches);
          yield matches;
        }
        return;
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
        if (limit > 0 && given >= limit) return;
      }
    }
  }

  /** Entries around one, in its file and in order of arrival; null where it is not in the store. */
  context(request: ContextRequest): Matches | null {
    for (;;) {
      try {
        return readContext(this.#segments, this.#segments.catalog(), request);
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
      }
    }
  }

  /** The entry that holds a place of a file; null where none in the store does. */
  entryAt(place: FilePlace): PlacedEntry | null {
    for (;;) {
      try {
        return findPlace(this.#segments, this.#segments.catalog(), place);
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
      }
    }
  }

  /** What is inside a segment; null where it is damaged or gone. */
  describe(row: CatalogRow): SegmentDescription | null {
    try {
      const segment = this.#segments.open(row);
      return segment === null ? null : describeSegment(segment);
    } catch (thrown) {
      if (thrown instanceof SegmentGone) return null;
      throw thrown;
    }
  }

  count(request: SearchRequest): number {
    return this.#aggregate(request, countOf());
  }

  /** Counts by value of `by` (default: level) in buckets of time, those without a match left out, oldest first. */
  histogram(
    request: SearchRequest,
    options: Readonly<{ bucketUs: number; by?: AttributeName }>,
  ): HistogramRow[] {
    return this.#aggregate(request, histogramOf(options));
  }

  /** A histogram of what can be counted until `isOver`, the newest first; in buckets that are complete. */
  newestHistogram(
    request: SearchRequest,
    options: Readonly<{ bucketUs: number; by?: AttributeName; isOver: () => boolean }>,
  ): NewestHistogram {
    return this.#unlessGone(request, (plan) => countNewest(plan, options));
  }

  /** The most frequent values of an attribute, most frequent first; equal counts by name. */
  top(
    request: SearchRequest,
    options: Readonly<{ by: AttributeName; limit: number }>,
  ): NameCount[] {
    return this.#aggregate(request, topOf(options));
  }

  /** Counts by the combination of several attributes, most frequent first. A row that lacks one is not counted. */
  groupBy(
    request: SearchRequest,
    options: Readonly<{ by: readonly AttributeName[] }>,
  ): GroupCount[] {
    return this.#aggregate(request, groupsOf(options));
  }

  /** How many different values an attribute has. */
  distinct(request: SearchRequest, options: Readonly<{ of: AttributeName }>): number {
    return this.top(request, { by: options.of, limit: Number.POSITIVE_INFINITY }).length;
  }

  /** Percentiles (0 to 100, nearest rank) of a numeric field; null where no match has a number in it. */
  percentiles(
    request: SearchRequest,
    options: Readonly<{ of: string; percentiles: readonly number[] }>,
  ): (number | null)[] {
    return this.#aggregate(request, percentilesOf(options));
  }

  /** Totals by level, source and tag. Without texts, and where the range is whole minutes without rows. */
  stats(request: SearchRequest): Stats {
    return this.#aggregate(request, statsOf());
  }

  [Symbol.dispose](): void {
    this.#segments[Symbol.dispose]();
    if (this.#ownsDatabase) this.#database.close();
  }

  /** Matching entries counted by pattern, level and source, as the segments have them stored. */
  patterns(request: SearchRequest): PatternCounts {
    return this.#unlessGone(request, countPatterns);
  }

  /** The table of a stage that the segments have stored what it needs; null: it has to be made of the rows. */
  table(request: SearchRequest, stage: Stage): Table | null {
    if (stage.kind !== 'patterns') return null;
    return storedPatternTable(this.patterns(request), stage.limit);
  }

  /**
   * Give every matching entry to an aggregation of the caller's, in no order. `open` is called anew where it must begin again.
   * `look` says what of an entry is looked at; default: everything but its pattern.
   */
  fold<T>(
    request: SearchRequest,
    open: (patterns: PatternBook | null) => Folding<T>,
    look: FoldLook = EVERYTHING,
  ): T {
    const { need, withText, withOrigins, patternsMax = 0 } = look;
    return this.#unlessGone(request, (plan) => {
      const patterns = patternsMax > 0 ? new PatternBook(patternsMax) : null;
      const folding = open(patterns);
      const seen = { need, withText, withOrigins, patterns, cellsSuffice: false };
      const { takeCounts } = folding;
      const catalog =
        takeCounts === undefined ? plan.catalog : offerCounts(plan, patterns, takeCounts);
      for (const batch of batchesOf({ ...plan, catalog, look: seen })) folding.take(batch);
      return folding.result();
    });
  }

  /** Give every matching batch to an aggregation; from the start again where a segment is removed on the way. */
  #aggregate<T>(request: SearchRequest, { look, open }: Aggregation<T>): T {
    return this.#unlessGone(request, (plan) => {
      const aggregation = open();
      for (const batch of batchesOf({ ...plan, look })) aggregation.take(batch);
      return aggregation.result();
    });
  }

  #unlessGone<T>(request: SearchRequest, answer: (plan: Omit<BatchPlan, 'look'>) => T): T {
    const parts = this.#partsOf(request);
    const prune = compilePruner(parts);
    const stop = new StopCheck(this.#clock, request);
    const { afterSequence, sequenceMax } = this.#arrivals(request);
    for (;;) {
      const catalog = this.#catalogFor(parts, request);
      try {
        const range = { parts, prune, afterSequence, sequenceMax };
        return answer({ segments: this.#segments, catalog, ...range, stop });
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
      }
    }
  }

  #partsOf(request: SearchRequest): FilterParts {
    const { query, fromUs = null, untilUs = null } = request;
    if (fromUs === null && untilUs === null) return partsOfFilter(query);
    const time: Filter = { kind: 'time', fromUs, untilUs };
    return partsOfFilter({ kind: 'and', parts: [time, query] });
  }

  #catalogFor(parts: FilterParts, request: SearchRequest): CatalogRow[] {
    const afterSequence = afterSequenceOf(request);
    const { until = Number.POSITIVE_INFINITY } = request.arrived ?? {};
    return this.#segments
      .catalog()
      .filter(
        (row) =>
          row.maxSequence > afterSequence && row.minSequence < until && segmentMayMatch(row, parts),
      );
  }

  /** What arrives later is not part of the query's view. */
  #arrivals(request: SearchRequest): Readonly<{ afterSequence: number; sequenceMax: number }> {
    const { until = Number.POSITIVE_INFINITY } = request.arrived ?? {};
    const sequenceMax = Math.min(this.newestSequence(), until - 1);
    return { afterSequence: afterSequenceOf(request), sequenceMax };
  }
}

function afterSequenceOf({ afterSequence = NO_SEQUENCE, arrived }: SearchRequest): number {
  return arrived === undefined ? afterSequence : Math.max(afterSequence, arrived.from - 1);
}

function lastOf({ columns, rows, count }: Matches): Cursor {
  return cursorAt(columns, rows[count - 1]!);
}
