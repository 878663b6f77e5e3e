/**
 * Which small segments are made into one, and which are made dense: pure.
 *
 * Segments of one day (of their newest entry) are merged when eight of a size have come together, so that a row is rewritten
 * at most once for each size class (a factor of eight), four times in all. What is left of a day that is over is merged whatever
 * its size. Days stay apart, because retention removes whole segments.
 */
import type { CatalogRow } from './catalog.ts';
import type { SegmentLimits } from './segment-format.ts';

const MERGE_COUNT = 8;
const DAY_US = 86_400_000_000;
/** What is asked for most is of the last hour, and reading a dense text takes several times as long. */
const DENSE_AGE_US = 3_600_000_000;

/** The next segments to merge, or none; `eagerly`: as if each day were over. */
export function segmentsToMerge(
  catalog: readonly CatalogRow[],
  limits: SegmentLimits,
  eagerly = false,
): readonly CatalogRow[] {
  const small = catalog.filter((row) => isSmall(row, limits));
  const newestDay = Math.floor(newestUsOf(catalog) / DAY_US);
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

/**
 * The next segment to make dense, or none: a file that is not waiting to be merged and an hour older than the newest entry;
 * `eagerly`: of any age.
 */
export function segmentToDensify(
  catalog: readonly CatalogRow[],
  limits: SegmentLimits,
  { dense, eagerly = false }: Readonly<{ dense: ReadonlySet<number>; eagerly?: boolean }>,
): CatalogRow | null {
  const newestUs = newestUsOf(catalog);
  const newestDay = Math.floor(newestUs / DAY_US);
  const untilUs = eagerly ? newestUs : newestUs - DENSE_AGE_US;
  const isDue = (row: CatalogRow): boolean =>
    row.file !== null &&
    !dense.has(row.number) &&
    row.maxUs <= untilUs &&
    (!isSmall(row, limits) || dayOf(row) < newestDay);
  return catalog.find(isDue) ?? null;
}

function isSmall({ rowCount, rawBytes }: CatalogRow, limits: SegmentLimits): boolean {
  return rowCount < limits.segmentRows / 2 && rawBytes < limits.segmentTextBytes / 2;
}

function newestUsOf(catalog: readonly CatalogRow[]): number {
  return catalog.reduce((newest, { maxUs }) => Math.max(newest, maxUs), Number.NEGATIVE_INFINITY);
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
