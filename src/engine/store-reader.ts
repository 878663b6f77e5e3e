/**
 * The reading side of the store: searches (`MatchReader`), counts and statistics, from any process, while another one writes.
 *
 * Everything is synchronous and may take long: run it on a thread that owes nobody an answer.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
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
import { MatchReader, openReaderParts, type ReaderOptions } from './match-reader.ts';
import { countNewest, type NewestHistogram } from './newest-histogram.ts';
import { SegmentGone } from './open-segments.ts';
import type { Matches } from './ordered-scan.ts';
import { PatternBook } from './pattern-book.ts';
import { countPatterns, type PatternCounts } from './pattern-counts.ts';
import { storedPatternTable } from './pipeline/pattern-table.ts';
import type { SearchRequest } from './search-request.ts';
import { offerCounts, type SegmentCounts } from './segment-counts.ts';
import { describeSegment, type SegmentDescription } from './segment-description.ts';
import { NEED, SEGMENT_LIMITS } from './segment-format.ts';

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

/** Small segments among the newest, which are soon merged: some dozens, a few commits or merges each. */
const YOUNG_MAX = 64;
const YOUNG_ROWS_MAX = SEGMENT_LIMITS.segmentRows / 2;

const EVERYTHING: FoldLook = { need: NEED.ALL, withText: true, withOrigins: true };

export class StoreReader extends MatchReader {
  static override open(options: ReaderOptions): StoreReader {
    return new StoreReader(openReaderParts(options));
  }

  /** More that can be asked of what another reader has open; closed with that one. */
  static over({ parts }: MatchReader): StoreReader {
    return new StoreReader({ ...parts, close: () => {} });
  }

  /** Entries around one, in its file and in order of arrival; null where it is not in the store. */
  context(request: ContextRequest): Matches | null {
    for (;;) {
      try {
        return readContext(this.openSegments, this.segments(), request);
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
      }
    }
  }

  /** The entry that holds a place of a file; null where none in the store does. */
  entryAt(place: FilePlace): PlacedEntry | null {
    for (;;) {
      try {
        return findPlace(this.openSegments, this.segments(), place);
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
      }
    }
  }

  /** What is inside a segment; null where it is damaged or gone. */
  describe(row: CatalogRow): SegmentDescription | null {
    try {
      const segment = this.openSegments.open(row);
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
    let asked = this.ask(request);
    // Those that are merged next come last in the catalog, and are opened in any case.
    const young = asked.catalog
      .slice(-YOUNG_MAX)
      .filter(({ rowCount }) => rowCount < YOUNG_ROWS_MAX);
    this.hold(young, asked.screen);
    for (;;) {
      try {
        return answer({ segments: this.openSegments, ...asked });
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
        asked = { ...asked, catalog: this.catalogFor(asked, request) };
      }
    }
  }
}
