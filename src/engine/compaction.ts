/**
 * Which small segments are made into one: pure.
 *
 * Segments of one day (of their newest entry) are merged when eight of a size have come together, so that a row is rewritten
 * at most once for each size class (a factor of eight), four times in all. What is left of a day that is over is merged whatever
 * its size. Days stay apart, because retention removes whole segments.
 */
import type { CatalogRow } from './catalog.ts';
import type { SegmentLimits } from './segment-format.ts';

const MERGE_COUNT = 8;
const DAY_US = 86_400_000_000;

/** The next segments to merge, or none; `eagerly`: as if each day were over. */
export function segmentsToMerge(
  catalog: readonly CatalogRow[],
  limits: SegmentLimits,
  eagerly = false,
): readonly CatalogRow[] {
  const small = catalog.filter(
    ({ rowCount, rawBytes }) =>
      rowCount < limits.segmentRows / 2 && rawBytes < limits.segmentTextBytes / 2,
  );
  const newestDay = catalog.reduce(
    (day, row) => Math.max(day, dayOf(row)),
    Number.NEGATIVE_INFINITY,
  );
  for (const [day, rows] of Map.groupBy(small, dayOf)) {
    const isOver = eagerly || day < newestDay;
    const classes = isOver ? [rows] : [...Map.groupBy(rows, sizeClassOf).values()];
    for (const alike of classes) {
      const taken = takeWithin(alike, limits);
      if (taken.length >= (isOver ? 2 : MERGE_COUNT)) return taken;
    }
  }
  return [];
}

function dayOf({ maxUs }: CatalogRow): number {
  return Math.floor(maxUs / DAY_US);
}

function sizeClassOf({ rowCount }: CatalogRow): number {
  return Math.floor(Math.log2(rowCount) / Math.log2(MERGE_COUNT));
}

/** As many of the oldest as one segment holds. */
function takeWithin(rows: readonly CatalogRow[], limits: SegmentLimits): CatalogRow[] {
  const taken: CatalogRow[] = [];
  let rowCount = 0;
  let rawBytes = 0;
  for (const row of rows) {
    rowCount += row.rowCount;
    rawBytes += row.rawBytes;
    if (rowCount > limits.segmentRows || rawBytes > limits.segmentTextBytes) break;
    taken.push(row);
  }
  return taken;
}
