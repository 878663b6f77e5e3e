/**
 * Kind `metric`: an aggregate of a numeric field over the window is above (below) a limit, of at least `minimum` numbers.
 *
 * Independent of the order of lines: sums are of thousandths, as integers; percentiles are the nearest rank in a
 * histogram of 128 buckets per power of two, cut from the number's own bits (within 0.4 %).
 */
import { formatMeasured } from '../../base/number-text.ts';
import type { Aggregate } from '../../config/alert-settings.ts';
import type { SlotBack, SlotKind } from './slot-window.ts';
import { SLOTS_PER_WINDOW } from './slots.ts';
import type { Match } from './window.ts';

/** `buckets`: number of values by bucket; filled for percentiles only. */
type MetricSlot = {
  count: number;
  /** In thousandths. */
  sum: number;
  min: number;
  max: number;
  buckets: [bucket: number, count: number][];
};

export type MetricBounds = Readonly<{
  aggregate: Aggregate;
  comparison: '>' | '<';
  limit: number;
  minimum: number;
}>;

export class MetricKind implements SlotKind<MetricSlot> {
  readonly windowCount = 1;
  readonly #bounds: MetricBounds;
  /** Null: the aggregate is no percentile. */
  readonly #percent: number | null;

  constructor(bounds: MetricBounds) {
    this.#bounds = bounds;
    this.#percent = /^p\d+$/.test(bounds.aggregate) ? Number(bounds.aggregate.slice(1)) : null;
  }

  emptySlot(): MetricSlot {
    // JSON has no infinity; `count` says that these are not meant.
    return { count: 0, sum: 0, min: 0, max: 0, buckets: [] };
  }

  take(slot: MetricSlot, match: Match): void {
    const value = Number(match.value);
    slot.min = slot.count === 0 ? value : Math.min(slot.min, value);
    slot.max = slot.count === 0 ? value : Math.max(slot.max, value);
    slot.count += 1;
    slot.sum += Math.round(value * 1000);
    if (this.#percent === null) return;
    const bucket = bucketOf(value);
    const known = slot.buckets.find(([number]) => number === bucket);
    if (known === undefined) slot.buckets.push([bucket, 1]);
    else known[1] += 1;
  }

  matchesOf({ count }: MetricSlot): number {
    return count;
  }

  judge(slotBack: SlotBack<MetricSlot>): string | null {
    const { aggregate, comparison, limit, minimum } = this.#bounds;
    const slots: MetricSlot[] = [];
    let count = 0;
    for (let age = 1; age <= SLOTS_PER_WINDOW; age += 1) {
      const slot = slotBack(age);
      if (slot === undefined) continue;
      slots.push(slot);
      count += slot.count;
    }
    if (count < minimum || count === 0) return null;
    const value = this.#aggregateOf(slots, count);
    const isTrouble = comparison === '>' ? value > limit : value < limit;
    return isTrouble ? `${aggregate} ${formatMeasured(value)}` : null;
  }

  #aggregateOf(slots: readonly MetricSlot[], count: number): number {
    const sum = (): number => slots.reduce((total, slot) => total + slot.sum, 0);
    switch (this.#bounds.aggregate) {
      case 'count':
        return count;
      case 'sum':
        return sum() / 1000;
      case 'avg':
        return sum() / count / 1000;
      case 'min':
        return Math.min(...slots.map(({ min }) => min));
      case 'max':
        return Math.max(...slots.map(({ max }) => max));
      default:
        return percentileOf(slots, { percent: this.#percent ?? 50, count });
    }
  }
}

/** Nearest rank. */
function percentileOf(
  slots: readonly MetricSlot[],
  { percent, count }: Readonly<{ percent: number; count: number }>,
): number {
  const counts = new Map<number, number>();
  for (const [bucket, inSlot] of slots.flatMap(({ buckets }) => buckets)) {
    counts.set(bucket, (counts.get(bucket) ?? 0) + inSlot);
  }
  let left = Math.max(1, Math.ceil((percent * count) / 100));
  const ascending = [...counts].sort(([a], [b]) => a - b);
  for (const [bucket, inBucket] of ascending) {
    left -= inBucket;
    if (left <= 0) return bucketValue(bucket);
  }
  return Number.NaN;
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Exponent and seven bits of the fraction, with the sign. */
export function bucketOf(value: number): number {
  float[0] = Math.abs(value);
  const bits = words[1]! >>> 13;
  return value < 0 ? -bits : bits;
}

/** The middle of a bucket. */
export function bucketValue(bucket: number): number {
  if (bucket === 0) return 0;
  words[0] = 0;
  words[1] = Math.abs(bucket) * 8192 + 4096;
  return Math.sign(bucket) * float[0]!;
}
