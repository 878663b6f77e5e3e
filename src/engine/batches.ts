/**
 * Everything that matches, in no order: what counts and statistics are made of.
 *
 * Where the filter and what is asked about rows are known to the rollups, whole minutes come as cells with a weight
 * and no row is read; only rows of the minutes at the ends of the time range are. Otherwise rows come chunk by chunk.
 */
import { EntryColumns } from '../model/entry-columns.ts';
import { compileFilter } from '../query/compile-filter.ts';
import type { CatalogRow } from './catalog.ts';
import { levelOfClass, severityOfClass } from './entry-class.ts';
import type { FilterParts } from './filter-parts.ts';
import {
  ChunkFilter,
  ensureColumns,
  ensureOrigins,
  ensureText,
  type FilteredChunk,
} from './filtered-chunk.ts';
import type { FoundRows } from './found-rows.ts';
import { Lookahead } from './lookahead.ts';
import type { OpenSegments } from './open-segments.ts';
import type { PatternBook } from './pattern-book.ts';
import type { Pruner, WordScreen } from './prune.ts';
import { MINUTE_US, type Rollup } from './rollup.ts';
import type { StopCheck } from './search-request.ts';
import { rollupOf, templatesOf } from './segment-parts.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Valid until the next is asked for. */
export type Batch = Readonly<{
  columns: EntryColumns;
  rows: Int32Array;
  count: number;
  /** How many entries a row stands for, by row; null: one each. */
  weights: Float64Array | null;
  /** Numbers in the look's pattern book, by row; null where it has none. */
  patterns: Int32Array | null;
}>;

/** What an aggregation looks at. */
export type Look = Readonly<{
  /** Columns (`NEED`). */
  need: number;
  /** Message or fields. */
  withText: boolean;
  /** Offset, length in the file and line as well. */
  withOrigins?: boolean;
  /** Nothing but level, severity, source, tags and the minute: rollups know that. */
  cellsSuffice: boolean;
  /** Each row's pattern as well, numbered here. */
  patterns?: PatternBook | null;
}>;

export type BatchPlan = Readonly<{
  segments: OpenSegments;
  catalog: readonly CatalogRow[];
  parts: FilterParts;
  screen: WordScreen | null;
  prune: Pruner;
  afterSequence: number;
  sequenceMax: number;
  look: Look;
  stop: StopCheck;
}>;

export function* batchesOf(plan: BatchPlan): Generator<Batch, void, void> {
  const { segments, parts, afterSequence, sequenceMax } = plan;
  const { fromUs, untilUs } = parts.bounds;
  const cells = cellsDecide(plan) ? new CellFilter(plan) : null;
  const whole = wholeMinutes(parts);
  const inRange = rowFilter(plan, { fromUs, untilUs });
  const before = rowFilter(plan, { fromUs, untilUs: Math.min(untilUs, whole.fromUs) });
  const after = rowFilter(plan, { fromUs: Math.max(fromUs, whole.untilUs), untilUs });
  const { withText, withOrigins = false, patterns = null } = plan.look;
  using ahead = new Lookahead(plan, {
    rows: () => plan.catalog,
    filter: inRange,
    readsTexts: withText || withOrigins || patterns !== null,
  });
  for (const row of plan.catalog) {
    plan.stop.check();
    if (plan.screen !== null && !segments.mayHold(row, plan.screen)) continue;
    const segment = segments.open(row);
    if (segment === null) continue;
    const isWhole = row.minSequence > afterSequence && row.maxSequence <= sequenceMax;
    if (cells === null || !isWhole || whole.fromUs >= whole.untilUs) {
      const known = ahead.rowsOf(row);
      yield* rowBatches(plan, { row, segment, filter: inRange, known, fromUs, untilUs });
      continue;
    }
    const batch = segments.guard(row, () => cells.apply(rollupOf(segment), whole));
    if (batch === null) continue;
    if (batch.count > 0) yield batch;
    yield* rowBatches(plan, { row, segment, filter: before, fromUs, untilUs: whole.fromUs });
    yield* rowBatches(plan, { row, segment, filter: after, fromUs: whole.untilUs, untilUs });
  }
}

/** Whether whole minutes need no row to be read. */
export function cellsDecide({ look, parts }: Pick<BatchPlan, 'look' | 'parts'>): boolean {
  return look.cellsSuffice && parts.cellFilter !== null;
}

/** What decides about the rows of a stretch of time. */
export function rowFilter(
  { parts, segments, afterSequence, sequenceMax }: BatchPlan,
  { fromUs, untilUs }: Readonly<{ fromUs: number; untilUs: number }>,
): ChunkFilter {
  return new ChunkFilter(parts, segments.names, { fromUs, untilUs, afterSequence, sequenceMax });
}

type Part = Readonly<{
  row: CatalogRow;
  segment: SegmentReader;
  filter: ChunkFilter;
  /** The matching rows, where they are known already. */
  known?: FoundRows | null;
}>;

function* rowBatches(
  plan: BatchPlan,
  part: Part & Readonly<{ fromUs: number; untilUs: number }>,
): Generator<Batch, void, void> {
  const { row, segment, filter, known = null, fromUs, untilUs } = part;
  if (row.maxUs < fromUs || row.minUs >= untilUs) return;
  const candidates = known ?? plan.segments.guard(row, () => plan.prune(segment));
  if (candidates === null) return;
  const patternsOf = patternReader(plan, segment);
  for (const [chunk, place] of segment.footer.chunks.entries()) {
    if (!candidates.has(chunk) || place.maxUs < fromUs || place.minUs >= untilUs) continue;
    plan.stop.check();
    const batch = readBatch(plan, { row, segment, filter, known, chunk }, patternsOf);
    if (batch === null) continue;
    yield batch;
    filter.giveBack(batch.columns);
  }
}

/** The matching rows of a chunk; null where there are none. */
export function readBatch(
  plan: BatchPlan,
  { row, segment, filter, known, chunk }: Part & Readonly<{ chunk: number }>,
  patternsOf: (chunk: number, found: FilteredChunk) => Int32Array | null = () => null,
): Batch | null {
  return plan.segments.guard(row, () => {
    const rows = known?.get(chunk);
    const matching =
      rows === undefined ? filter.apply(segment, chunk) : filter.known(segment, chunk, rows);
    if (matching === null) return null;
    const { look } = plan;
    if (look.withOrigins) ensureOrigins(segment, chunk, matching);
    ensureColumns(segment, chunk, matching, look.need);
    if (look.withText) ensureText(segment, chunk, matching);
    const { columns } = matching;
    const patterns = patternsOf(chunk, matching);
    const count = matching.rows.length;
    return { columns, rows: matching.rows, count, weights: null, patterns };
  });
}

/** How the patterns of a segment's rows are found: as they are stored, or from the messages of an old segment. */
function patternReader(
  plan: BatchPlan,
  segment: SegmentReader,
): (chunk: number, found: FilteredChunk) => Int32Array | null {
  const { patterns: book } = plan.look;
  if (book === undefined || book === null) return () => null;
  let known: Int32Array | null | undefined;
  const target = new Int32Array(
    Math.max(0, ...segment.footer.chunks.map((place) => place.rowCount)),
  );
  return (chunk, found) => {
    if (known === undefined) {
      const part = templatesOf(segment);
      known = part === null ? null : book.numbersOf(part);
    }
    if (known === null) {
      ensureText(segment, chunk, found);
      for (const row of found.rows) target[row] = book.numberOf(found.columns, row);
    } else {
      const numbers = segment.readTemplateNumbers(chunk);
      for (const row of found.rows) target[row] = known[numbers[row]!]!;
    }
    return target;
  };
}

/** The whole minutes inside the time range. */
function wholeMinutes({ bounds }: FilterParts): { fromUs: number; untilUs: number } {
  return {
    fromUs: Math.ceil(bounds.fromUs / MINUTE_US) * MINUTE_US,
    untilUs: Math.floor(bounds.untilUs / MINUTE_US) * MINUTE_US,
  };
}

/** Cells of rollups as rows: the same matcher decides about them. */
class CellFilter {
  readonly #columns: EntryColumns;
  readonly #test: (columns: EntryColumns, row: number) => boolean;

  constructor(plan: BatchPlan) {
    this.#columns = new EntryColumns(plan.segments.names);
    this.#test = compileFilter(
      plan.parts.cellFilter ?? { kind: 'everything' },
      plan.segments.names,
    );
  }

  apply(rollup: Rollup, whole: Readonly<{ fromUs: number; untilUs: number }>): Batch {
    const columns = this.#columns;
    const { cellCount, cellSeries, cellMinute, cellClass, seriesSource, seriesTagSet } = rollup;
    columns.clear();
    columns.reserveRows(cellCount);
    const rows = new Int32Array(cellCount);
    let count = 0;
    for (let cell = 0; cell < cellCount; cell += 1) {
      const us = cellMinute[cell]! * MINUTE_US;
      if (us < whole.fromUs || us >= whole.untilUs) continue;
      const series = cellSeries[cell]!;
      columns.timestampUs[cell] = us;
      columns.level[cell] = levelOfClass(cellClass[cell]!);
      columns.severity[cell] = severityOfClass(cellClass[cell]!);
      columns.source[cell] = seriesSource[series]!;
      columns.tagSet[cell] = seriesTagSet[series]!;
      if (!this.#test(columns, cell)) continue;
      rows[count] = cell;
      count += 1;
    }
    columns.count = cellCount;
    return { columns, rows, count, weights: rollup.cellCounts, patterns: null };
  }
}
