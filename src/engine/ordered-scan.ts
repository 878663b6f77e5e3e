/**
 * Matching rows in exact global order, from segments and chunks that overlap in time.
 *
 * A heap holds everything not finished, each with the earliest place in the order that it can still give:
 * segments not opened (by the catalog), chunks not read (by the footer), chunks read (by their next row).
 * What comes first is opened, read, or emitted; so nothing is touched that lies behind the last row wanted.
 *
 * Chunks that overlap at the present place are held decoded, about half a megabyte each, at most `HELD_MAX` of them. The one
 * whose turn is farthest is let go of then, and read again when it comes: slower, but no store needs more memory.
 */
import { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import type { CatalogRow } from './catalog.ts';
import type { FilterParts } from './filter-parts.ts';
import {
  type ChunkFilter,
  ensureAll,
  ensureColumns,
  type FilteredChunk,
} from './filtered-chunk.ts';
import { Heap } from './heap.ts';
import { Lookahead } from './lookahead.ts';
import type { OpenSegments } from './open-segments.ts';
import type { Pruner, WordScreen } from './prune.ts';
import type { Cursor, StopCheck } from './search-request.ts';
import { NEED } from './segment-format.ts';

/** Rows of one `EntryColumns`, in order; valid until the next is asked for. */
export type Matches = Readonly<{
  columns: EntryColumns;
  rows: Int32Array;
  count: number;
  /** By row, what followers go by; absent: `sequence`. */
  arrivals?: readonly number[];
}>;

export type ScanPlan = Readonly<{
  segments: OpenSegments;
  catalog: readonly CatalogRow[];
  order: 'newest' | 'oldest';
  limit: number;
  after: Cursor | null;
  parts: FilterParts;
  filter: ChunkFilter;
  screen: WordScreen | null;
  prune: Pruner;
  stop: StopCheck;
}>;

/** `us` and `sequence` are multiplied by the direction, so that smaller always comes first. */
type Place = { us: number; sequence: number };

type SegmentItem = Place & { kind: 'segment'; row: CatalogRow };
type ChunkItem = Place & {
  kind: 'chunk';
  row: CatalogRow;
  chunk: number;
  /** The first row not given yet, where the chunk was let go of; null: all of them. */
  resume: Place | null;
  /** The matching rows, where they are known already. */
  known: Int32Array | null;
};
type RowsItem = Place & {
  kind: 'rows';
  row: CatalogRow;
  chunk: number;
  found: FilteredChunk;
  columns: EntryColumns;
  /** In the order asked for. */
  rows: Int32Array;
  next: number;
};
type Item = SegmentItem | ChunkItem | RowsItem;

/** Chunks held decoded: 32 MB or so, and more sources than log at the same moment on most machines. */
const HELD_MAX = 64;

/** What a turn brings; made for the first one, as columns take half a megabyte. */
let nothingYet: Matches | null = null;

function nothing(): Matches {
  nothingYet ??= {
    columns: new EntryColumns(new ColumnNames()),
    rows: new Int32Array(0),
    count: 0,
  };
  return nothingYet;
}

export function* orderedScan(plan: ScanPlan): Generator<Matches, void, void> {
  const direction = plan.order === 'newest' ? -1 : 1;
  const heap = new Heap<Item>((a, b) => a.us - b.us || a.sequence - b.sequence);
  const catalog = plan.catalog.filter((row) => !isPassed(row, plan, direction));
  for (const row of catalog) {
    const us = startOf(row, direction);
    heap.push({ kind: 'segment', row, us, sequence: Number.NEGATIVE_INFINITY });
  }
  using ahead = new Lookahead(plan, {
    rows: () => catalog.toSorted((a, b) => startOf(a, direction) - startOf(b, direction)),
    filter: plan.filter,
    readsTexts: true,
  });
  let heldCount = 0;
  let left = plan.limit > 0 ? plan.limit : Number.POSITIVE_INFINITY;
  for (let item = heap.pop(); item !== undefined && left > 0; item = heap.pop()) {
    plan.stop.check();
    if (plan.stop.isTurn()) yield nothing();
    switch (item.kind) {
      case 'segment':
        pushChunks(plan, heap, item, ahead);
        break;
      case 'chunk':
        if (!pushRows(plan, heap, item)) break;
        heldCount += 1;
        if (heldCount > HELD_MAX && letGo(plan, heap)) heldCount -= 1;
        break;
      case 'rows': {
        heldCount -= 1;
        if (!withEverything(plan, item)) break;
        const rowsMax = Math.min(left, item.rows.length - item.next);
        const matches = takeRun(item, { other: heap.peek(), rowsMax, direction });
        left -= matches.count;
        yield matches;
        if (item.next === item.rows.length) {
          plan.filter.giveBack(item.columns);
          break;
        }
        heap.push(placed(item, direction));
        heldCount += 1;
        break;
      }
    }
  }
}

/** The earliest place in the order that something may have. */
function startOf(times: Readonly<{ minUs: number; maxUs: number }>, direction: number): number {
  return direction * (direction < 0 ? times.maxUs : times.minUs);
}

/** Whether all of it comes before the place that is gone on from: a page deep in the store must not read what the ones before it gave. */
function isPassed(
  times: Readonly<{ minUs: number; maxUs: number }>,
  { after }: Pick<ScanPlan, 'after'>,
  direction: number,
): boolean {
  if (after === null) return false;
  return direction < 0 ? times.minUs > after.timestampUs : times.maxUs < after.timestampUs;
}

function pushChunks(plan: ScanPlan, heap: Heap<Item>, item: SegmentItem, ahead: Lookahead): void {
  if (plan.screen !== null && !plan.segments.mayHold(item.row, plan.screen)) return;
  const segment = plan.segments.open(item.row);
  if (segment === null) return;
  const found = ahead.rowsOf(item.row);
  const candidates = found ?? plan.segments.guard(item.row, () => plan.prune(segment));
  if (candidates === null) return;
  const direction = plan.order === 'newest' ? -1 : 1;
  for (const [chunk, place] of segment.footer.chunks.entries()) {
    if (!candidates.has(chunk) || isPassed(place, plan, direction)) continue;
    const first = { us: startOf(place, direction), sequence: Number.NEGATIVE_INFINITY };
    const known = found?.get(chunk) ?? null;
    heap.push({ kind: 'chunk', row: item.row, chunk, resume: null, known, ...first });
  }
}

/** False where the chunk has nothing to give. */
function pushRows(plan: ScanPlan, heap: Heap<Item>, item: ChunkItem): boolean {
  const { row, chunk, resume, known } = item;
  const segment = plan.segments.open(row);
  if (segment === null) return false;
  const found = plan.segments.guard(row, () => {
    const matching =
      known === null ? plan.filter.apply(segment, chunk) : plan.filter.known(segment, chunk, known);
    if (matching !== null) ensureColumns(segment, chunk, matching, NEED.TIMESTAMP | NEED.SEQUENCE);
    return matching;
  });
  if (found === null) return false;
  const direction = plan.order === 'newest' ? -1 : 1;
  const { columns } = found;
  const rows = sortedRows(columns, found.rows.slice(), direction);
  let next = firstAfter(columns, rows, { after: plan.after, direction });
  while (resume !== null && isBefore(columns, rows[next]!, { direction, other: resume })) next += 1;
  if (next === rows.length) {
    plan.filter.giveBack(columns);
    return false;
  }
  const at = { us: 0, sequence: 0 };
  heap.push(placed({ kind: 'rows', row, chunk, found, columns, rows, next, ...at }, direction));
  return true;
}

/** Forget the decoded chunk whose turn is farthest, but for its place. */
function letGo(plan: ScanPlan, heap: Heap<Item>): boolean {
  const item = heap.takeLargest((candidate) => candidate.kind === 'rows');
  if (item === undefined) return false;
  const { row, chunk, us, sequence } = item;
  plan.filter.giveBack(item.columns);
  const { rows } = item.found;
  heap.push({ kind: 'chunk', row, chunk, resume: { us, sequence }, known: rows, us, sequence });
  return true;
}

/** Read what is missing of a chunk whose rows are wanted; false where it turns out damaged. */
function withEverything(plan: ScanPlan, item: RowsItem): boolean {
  const segment = plan.segments.open(item.row);
  if (segment === null) return false;
  const read = plan.segments.guard(item.row, () => {
    ensureAll(segment, item.chunk, item.found);
    return true;
  });
  return read === true;
}

/** Rows of one chunk up to where something else in the heap may come first. */
function takeRun(
  item: RowsItem,
  until: Readonly<{ other: Item | undefined; rowsMax: number; direction: number }>,
): Matches {
  const { columns, rows } = item;
  const { other, direction } = until;
  const start = item.next;
  let end = start + 1;
  if (other === undefined) {
    end = start + until.rowsMax;
  } else {
    const endMax = start + until.rowsMax;
    while (end < endMax && isBefore(columns, rows[end]!, { direction, other })) end += 1;
  }
  item.next = end;
  return { columns, rows: rows.subarray(start, end), count: end - start };
}

function isBefore(
  columns: EntryColumns,
  row: number,
  than: Readonly<{ direction: number; other: Place }>,
): boolean {
  const us = than.direction * columns.timestampUs[row]!;
  if (us !== than.other.us) return us < than.other.us;
  return than.direction * columns.sequence[row]! < than.other.sequence;
}

function placed(item: RowsItem, direction: number): RowsItem {
  const row = item.rows[item.next]!;
  item.us = direction * item.columns.timestampUs[row]!;
  item.sequence = direction * item.columns.sequence[row]!;
  return item;
}

/** Rows come in order of arrival, which is the order of time more often than not. */
function sortedRows(columns: EntryColumns, rows: Int32Array, direction: number): Int32Array {
  const { timestampUs, sequence } = columns;
  let isAscending = true;
  for (let index = 1; index < rows.length && isAscending; index += 1) {
    const row = rows[index]!;
    const before = rows[index - 1]!;
    isAscending =
      timestampUs[row]! > timestampUs[before]! ||
      (timestampUs[row] === timestampUs[before] && sequence[row]! > sequence[before]!);
  }
  if (isAscending) return direction > 0 ? rows : rows.reverse();
  return rows.sort(
    (a, b) =>
      direction * (timestampUs[a]! - timestampUs[b]!) || direction * (sequence[a]! - sequence[b]!),
  );
}

function firstAfter(
  columns: EntryColumns,
  rows: Int32Array,
  from: Readonly<{ after: Cursor | null; direction: number }>,
): number {
  const { after, direction } = from;
  if (after === null) return 0;
  let index = 0;
  while (index < rows.length) {
    const row = rows[index]!;
    const byTime = direction * (columns.timestampUs[row]! - after.timestampUs);
    if (byTime > 0 || (byTime === 0 && direction * (columns.sequence[row]! - after.sequence) > 0))
      break;
    index += 1;
  }
  return index;
}
