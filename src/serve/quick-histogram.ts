/**
 * A histogram for whoever waits at a key: what can be counted in a given time, the newest first, and how far back that is.
 *
 * The store on this machine goes back chunk by chunk. Another one is asked for slices of whole buckets, so that what is there
 * is exact; slices grow while they are quick. What the store has counted already (levels, sources, tags by minute) is asked for whole.
 */
import type { HistogramRow } from '../engine/aggregations.ts';
import type { AttributeName } from '../engine/attribute.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import type { Filter } from '../query/query-tree.ts';
import { isStopped } from './query-stopped.ts';

export type QuickHistogram = Readonly<{
  rows: readonly HistogramRow[];
  /** Null: everything is counted. */
  countedFromUs: number | null;
}>;

type Wanted = Readonly<{
  fromUs: number;
  untilUs: number;
  bucketUs: number;
  by: AttributeName;
  budgetMs: number;
}>;

/** A slice that took less than this share of the time lets the next one be twice as long. */
const QUICK_SHARE = 1 / 8;

export function histogramWithin(
  {
    reader,
    clock,
  }: Readonly<{
    reader: Pick<EntryReader, 'histogram' | 'newestHistogram'>;
    clock: { monotonicMs(): number };
  }>,
  request: SearchRequest,
  { fromUs, untilUs, bucketUs, by, budgetMs }: Wanted,
): QuickHistogram {
  const startedMs = clock.monotonicMs();
  if (reader.newestHistogram !== undefined) {
    const isOver = (): boolean => clock.monotonicMs() - startedMs >= budgetMs;
    return reader.newestHistogram({ ...request, fromUs, untilUs }, { bucketUs, by, isOver });
  }
  const rows: HistogramRow[] = [];
  let sliceUs = isCounted(request.query) ? untilUs - fromUs : bucketUs;
  // Buckets begin at multiples of their length.
  let endUs = untilUs;
  while (endUs > fromUs) {
    const leftMs = budgetMs - (clock.monotonicMs() - startedMs);
    if (leftMs <= 0) return { rows, countedFromUs: endUs };
    const beginUs = Math.max(fromUs, Math.ceil((endUs - sliceUs) / bucketUs) * bucketUs);
    const slice = { ...request, fromUs: beginUs, untilUs: endUs, deadlineMs: leftMs };
    const sliceStartedMs = clock.monotonicMs();
    try {
      rows.unshift(...reader.histogram(slice, { bucketUs, by }));
    } catch (error) {
      if (request.signal?.aborted || !isStopped(error)) throw error;
      return { rows, countedFromUs: endUs };
    }
    const isQuick = clock.monotonicMs() - sliceStartedMs < budgetMs * QUICK_SHARE;
    sliceUs = isQuick ? sliceUs * 2 : Math.max(bucketUs, sliceUs / 2);
    endUs = beginUs;
  }
  return { rows, countedFromUs: null };
}

function isCounted(filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.parts.every(isCounted);
    case 'not':
      return isCounted(filter.part);
    default:
      return ['everything', 'level', 'source', 'tag'].includes(filter.kind);
  }
}
