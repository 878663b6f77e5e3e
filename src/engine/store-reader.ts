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
import { type AttributeName, attributeOf } from './attribute.ts';
import { type Batch, batchesOf, type Look } from './batches.ts';
import type { CatalogRow } from './catalog.ts';
import { type FilterParts, partsOfFilter } from './filter-parts.ts';
import { ChunkFilter } from './filtered-chunk.ts';
import { type Damage, OpenSegments, SegmentGone } from './open-segments.ts';
import { type Matches, orderedScan } from './ordered-scan.ts';
import { compilePruner, segmentMayMatch } from './prune.ts';
import { MINUTE_US } from './rollup.ts';
import { type Cursor, type SearchRequest, StopCheck } from './search-request.ts';
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

export type HistogramRow = Readonly<{
  startUs: number;
  counts: ReadonlyMap<string, number>;
  total: number;
}>;
export type NameCount = Readonly<{ name: string; count: number }>;
export type GroupCount = Readonly<{ values: readonly string[]; count: number }>;

export type Stats = Readonly<{
  total: number;
  levels: ReadonlyMap<string, number>;
  sources: ReadonlyMap<string, number>;
  tags: ReadonlyMap<string, number>;
  /** Of the matching entries, to the minute where rollups answer; null where there are none. */
  firstUs: number | null;
  lastUs: number | null;
}>;

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

  /** Matching entries in exact order of time, then arrival. Each batch is valid until the next is asked for. */
  *matches(request: SearchRequest): Generator<Matches, void, void> {
    const parts = this.#partsOf(request);
    const prune = compilePruner(parts);
    const stop = new StopCheck(this.#clock, request);
    const sequenceMax = this.#newestSequence();
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
          afterSequence: request.afterSequence ?? NO_SEQUENCE,
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

  count(request: SearchRequest): number {
    return this.#fold(request, { need: 0, withText: false, cellsSuffice: true }, () => {
      let total = 0;
      return {
        take: ({ rows, count, weights }) => {
          if (weights === null) total += count;
          else for (let index = 0; index < count; index += 1) total += weights[rows[index]!]!;
        },
        result: () => total,
      };
    });
  }

  /** Counts by value of `by` in buckets of time, those without a match left out, oldest first. */
  histogram(
    request: SearchRequest,
    options: Readonly<{ bucketUs: number; by?: AttributeName }>,
  ): HistogramRow[] {
    const { bucketUs, by } = options;
    const attribute = attributeOf(by ?? 'level');
    const look = {
      need: attribute.need | NEED.TIMESTAMP,
      withText: attribute.needsText,
      cellsSuffice: attribute.inCells && bucketUs % MINUTE_US === 0,
    };
    return this.#fold(request, look, () => {
      const buckets = new Map<
        number,
        { tally: ReturnType<typeof attribute.openTally>; total: number }
      >();
      return {
        take: (batch) =>
          forEachRow(batch, (row, weight) => {
            const start = Math.floor(batch.columns.timestampUs[row]! / bucketUs) * bucketUs;
            let bucket = buckets.get(start);
            if (bucket === undefined) {
              bucket = { tally: attribute.openTally(), total: 0 };
              buckets.set(start, bucket);
            }
            bucket.tally.add(batch.columns, row, weight);
            bucket.total += weight;
          }),
        result: () =>
          [...buckets]
            .sort(([a], [b]) => a - b)
            .map(([startUs, { tally, total }]) => ({ startUs, counts: tally.counts(), total })),
      };
    });
  }

  /** The most frequent values of an attribute, most frequent first; equal counts by name. */
  top(
    request: SearchRequest,
    options: Readonly<{ by: AttributeName; limit: number }>,
  ): NameCount[] {
    const attribute = attributeOf(options.by);
    const { need, needsText: withText, inCells: cellsSuffice } = attribute;
    const look = { need, withText, cellsSuffice };
    return this.#fold(request, look, () => {
      const tally = attribute.openTally();
      return {
        take: (batch) => forEachRow(batch, (row, weight) => tally.add(batch.columns, row, weight)),
        result: () => sortedCounts(tally.counts()).slice(0, options.limit),
      };
    });
  }

  /** Counts by the combination of several attributes, most frequent first. A row that lacks one is not counted. */
  groupBy(
    request: SearchRequest,
    options: Readonly<{ by: readonly AttributeName[] }>,
  ): GroupCount[] {
    const attributes = options.by.map(attributeOf);
    const look = {
      need: attributes.reduce((need, attribute) => need | attribute.need, 0),
      withText: attributes.some(({ needsText }) => needsText),
      cellsSuffice: attributes.every(({ inCells }) => inCells),
    };
    return this.#fold(request, look, () => {
      const groups = new Map<string, { values: readonly string[]; count: number }>();
      return {
        take: ({ columns, ...batch }) =>
          forEachRow({ columns, ...batch }, (row, weight) => {
            const values = attributes.map((attribute) => attribute.valuesOf(columns, row));
            for (const combination of combinationsOf(values)) {
              const key = JSON.stringify(combination);
              const group = groups.get(key);
              if (group === undefined) groups.set(key, { values: combination, count: weight });
              else group.count += weight;
            }
          }),
        result: () =>
          [...groups.entries()]
            .sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
            .map(([, group]) => group),
      };
    });
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
    const attribute = attributeOf(options.of);
    return this.#fold(
      request,
      { need: attribute.need, withText: true, cellsSuffice: false },
      () => {
        const numbers: number[] = [];
        return {
          take: (batch) =>
            forEachRow(batch, (row) => {
              for (const text of attribute.valuesOf(batch.columns, row)) {
                const value = text.trim() === '' ? Number.NaN : Number(text);
                if (Number.isFinite(value)) numbers.push(value);
              }
            }),
          result: () => {
            const sorted = Float64Array.from(numbers).sort();
            return options.percentiles.map((percentile) => {
              const rank = Math.max(1, Math.ceil((percentile / 100) * sorted.length));
              return sorted[rank - 1] ?? null;
            });
          },
        };
      },
    );
  }

  /** Totals by level, source and tag. Without texts, and where the range is whole minutes without rows. */
  stats(request: SearchRequest): Stats {
    const attributes = (['level', 'source', 'tag'] as const).map(attributeOf);
    const need = attributes.reduce((all, attribute) => all | attribute.need, NEED.TIMESTAMP);
    return this.#fold(request, { need, withText: false, cellsSuffice: true }, () => {
      const tallies = attributes.map((attribute) => attribute.openTally());
      let total = 0;
      let firstUs = Number.POSITIVE_INFINITY;
      let lastUs = Number.NEGATIVE_INFINITY;
      return {
        take: (batch) =>
          forEachRow(batch, (row, weight) => {
            total += weight;
            const us = batch.columns.timestampUs[row]!;
            if (us < firstUs) firstUs = us;
            if (us > lastUs) lastUs = us;
            for (const tally of tallies) tally.add(batch.columns, row, weight);
          }),
        result: () => ({
          total,
          levels: tallies[0]!.counts(),
          sources: tallies[1]!.counts(),
          tags: tallies[2]!.counts(),
          firstUs: total === 0 ? null : firstUs,
          lastUs: total === 0 ? null : lastUs,
        }),
      };
    });
  }

  [Symbol.dispose](): void {
    this.#segments[Symbol.dispose]();
    if (this.#ownsDatabase) this.#database.close();
  }

  /** Give every matching entry to an aggregation of the caller's, in no order. `open` is called anew where it must begin again. */
  fold<T>(
    request: SearchRequest,
    open: () => Readonly<{
      take: (batch: Readonly<{ columns: EntryColumns; rows: Int32Array; count: number }>) => void;
      result: () => T;
    }>,
  ): T {
    return this.#fold(request, { need: NEED.ALL, withText: true, cellsSuffice: false }, open);
  }

  /** Give every matching batch to an aggregation; from the start again where a segment is removed on the way. */
  #fold<T>(
    request: SearchRequest,
    look: Look,
    open: () => Readonly<{ take: (batch: Batch) => void; result: () => T }>,
  ): T {
    const parts = this.#partsOf(request);
    const prune = compilePruner(parts);
    const stop = new StopCheck(this.#clock, request);
    const sequenceMax = this.#newestSequence();
    for (;;) {
      const aggregation = open();
      const catalog = this.#catalogFor(parts, request);
      try {
        const afterSequence = request.afterSequence ?? NO_SEQUENCE;
        const range = { parts, prune, afterSequence, sequenceMax };
        const plan = { segments: this.#segments, catalog, ...range, look, stop };
        for (const batch of batchesOf(plan)) aggregation.take(batch);
        return aggregation.result();
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
    const afterSequence = request.afterSequence ?? NO_SEQUENCE;
    return this.#segments
      .catalog()
      .filter((row) => row.maxSequence > afterSequence && segmentMayMatch(row, parts));
  }

  #newestSequence(): number {
    return this.#segments.catalog().reduce((newest, row) => Math.max(newest, row.maxSequence), 0);
  }
}

function lastOf({ columns, rows, count }: Matches): Cursor {
  const row = rows[count - 1]!;
  return { timestampUs: columns.timestampUs[row]!, sequence: columns.sequence[row]! };
}

function forEachRow(
  { rows, count, weights }: Batch,
  visit: (row: number, weight: number) => void,
): void {
  for (let index = 0; index < count; index += 1) {
    const row = rows[index]!;
    visit(row, weights === null ? 1 : weights[row]!);
  }
}

function sortedCounts(counts: ReadonlyMap<string, number>): NameCount[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** All ways of taking one value from each list. */
function combinationsOf(lists: readonly (readonly string[])[]): string[][] {
  let combinations: string[][] = [[]];
  for (const list of lists) {
    combinations = combinations.flatMap((before) => list.map((value) => [...before, value]));
  }
  return combinations;
}
