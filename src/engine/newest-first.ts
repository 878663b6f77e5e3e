/**
 * Everything that matches, the chunks with the newest entries first: for who counts as far back as there is time for.
 *
 * Like the ordered scan it keeps a heap of what is not read yet by the latest time that can be in it, so after each step
 * it is known from when on everything was given. Rows of a chunk, and chunks that overlap in time, come in no order.
 */
import { type Batch, type BatchPlan, readBatch, rowFilter } from './batches.ts';
import type { CatalogRow } from './catalog.ts';
import { Heap } from './heap.ts';

export type NewestStep = Readonly<{
  /** Null where what was looked at holds no match. Valid until the next step. */
  batch: Batch | null;
  /** What is later than this was given with this step or before; -∞: all was. */
  leftUs: number;
}>;

type Waiting = Readonly<{
  row: CatalogRow;
  /** Null: the segment as a whole, which was not opened yet. */
  chunk: number | null;
  /** The latest time in it. */
  us: number;
}>;

export function* newestFirst(plan: BatchPlan): Generator<NewestStep, void, void> {
  const filter = rowFilter(plan, plan.parts.bounds);
  const heap = new Heap<Waiting>((a, b) => b.us - a.us);
  for (const row of plan.catalog) heap.push({ row, chunk: null, us: row.maxUs });
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
    plan.stop.check();
    const { row, chunk } = next;
    if (chunk === null && plan.screen !== null && !plan.segments.mayHold(row, plan.screen)) {
      yield { batch: null, leftUs: leftUsIn(heap) };
      continue;
    }
    const segment = plan.segments.open(row);
    let batch: Batch | null = null;
    if (segment !== null && chunk !== null) {
      batch = readBatch(plan, { row, segment, filter, chunk });
    } else if (segment !== null) {
      const found = plan.segments.guard(row, () => plan.prune(segment));
      for (const [index, { maxUs }] of segment.footer.chunks.entries()) {
        if (found?.has(index)) heap.push({ row, chunk: index, us: maxUs });
      }
    }
    yield { batch, leftUs: leftUsIn(heap) };
    if (batch !== null) filter.giveBack(batch.columns);
  }
}

function leftUsIn(heap: Heap<Waiting>): number {
  return heap.peek()?.us ?? Number.NEGATIVE_INFINITY;
}
