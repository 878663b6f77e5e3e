/** A histogram of the newest entries: what can be counted in the time there is, and how far back that goes. */
import { type HistogramRow, histogramOf } from './aggregations.ts';
import type { AttributeName } from './attribute.ts';
import { type BatchPlan, batchesOf, cellsDecide } from './batches.ts';
import { newestFirst } from './newest-first.ts';

export type NewestHistogram = Readonly<{
  rows: readonly HistogramRow[];
  /** The start of the oldest bucket that is complete; null: all are. */
  countedFromUs: number | null;
}>;

/** What rollups know is counted whole, whether there is time or not. */
export function countNewest(
  plan: Omit<BatchPlan, 'look'>,
  options: Readonly<{ bucketUs: number; by?: AttributeName; isOver: () => boolean }>,
): NewestHistogram {
  const { bucketUs, isOver, ...by } = options;
  const { look, open } = histogramOf({ bucketUs, ...by });
  const counting = open();
  const asked = { ...plan, look };
  if (cellsDecide(asked)) {
    for (const batch of batchesOf(asked)) counting.take(batch);
    return { rows: counting.result(), countedFromUs: null };
  }
  const { fromUs, untilUs } = plan.parts.bounds;
  for (const { batch, leftUs } of newestFirst(asked)) {
    if (batch !== null) counting.take(batch);
    if (leftUs < fromUs || !isOver()) continue;
    const completeUs = (Math.floor(leftUs / bucketUs) + 1) * bucketUs;
    const rows = counting.result().filter(({ startUs }) => startUs >= completeUs);
    return { rows, countedFromUs: Math.min(completeUs, untilUs) };
  }
  return { rows: counting.result(), countedFromUs: null };
}
