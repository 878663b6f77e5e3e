/**
 * The counts that a segment has stored of all its entries, for whoever counts and is asked for the whole of it: a
 * millisecond instead of 65,536 rows.
 */
import type { Filter } from '../query/query-tree.ts';
import type { BatchPlan } from './batches.ts';
import type { CatalogRow } from './catalog.ts';
import type { FilePart } from './file-part.ts';
import type { PatternBook } from './pattern-book.ts';
import type { RouteCounts } from './request-part.ts';
import type { Rollup } from './rollup.ts';
import { filesOf, requestsOf, rollupOf, templatesOf } from './segment-parts.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { TemplatePart } from './template-part.ts';

export type SegmentCounts = Readonly<{
  maxSequence: number;
  rollup: Rollup;
  files: FilePart;
  templates: TemplatePart;
  requests: readonly RouteCounts[];
  /** The number in the fold's pattern book of each template, by its number; null where no patterns are told apart. */
  patterns: Int32Array | null;
}>;

/** Whether all entries of a segment are asked for as far as time and arrival go, and its counts can tell the rest. */
export function isWhole(row: CatalogRow, plan: Omit<BatchPlan, 'look'>): boolean {
  const { fromUs, untilUs } = plan.parts.bounds;
  return (
    plan.parts.cellFilter !== null &&
    row.minUs >= fromUs &&
    row.maxUs < untilUs &&
    row.minSequence > plan.afterSequence &&
    row.maxSequence <= plan.sequenceMax
  );
}

/** Offer the counts of whole segments to `take`; gives the segments that are left to be read. A filter leaves all. */
export function offerCounts(
  plan: Omit<BatchPlan, 'look'>,
  book: PatternBook | null,
  take: (counts: SegmentCounts) => boolean,
): readonly CatalogRow[] {
  if (!isEverything(plan.parts.filter)) return plan.catalog;
  return plan.catalog.filter((row) => {
    plan.stop.check();
    if (!isWhole(row, plan)) return true;
    const segment = plan.segments.open(row);
    if (segment === null) return false;
    const counts = plan.segments.guard(row, () => countsOf(segment, row, book));
    return counts === null || !take(counts);
  });
}

function countsOf(
  segment: SegmentReader,
  { maxSequence }: CatalogRow,
  book: PatternBook | null,
): SegmentCounts | null {
  const requests = requestsOf(segment);
  const files = filesOf(segment);
  const templates = requests === null || files === null ? null : templatesOf(segment);
  if (requests === null || files === null || templates === null) return null;
  const patterns = book === null ? null : book.numbersOf(templates);
  return { maxSequence, rollup: rollupOf(segment), files, requests, templates, patterns };
}

/** Bounds of time aside. */
function isEverything(filter: Filter): boolean {
  if (filter.kind === 'and') return filter.parts.every(isEverything);
  return filter.kind === 'everything' || filter.kind === 'time';
}
