/**
 * Kind `metric`: an aggregate of a numeric field over the window is above (below) a limit, of at least `minimum` numbers.
 *
 * Independent of the order of lines: sums are of integers, whole numbers and billionths apart. Whether a percentile (nearest rank) is
 * beyond the limit is counted exactly; what is said of it comes from a histogram of 128 buckets per power of two, cut from
 * the number's own bits (within 0.4 %).
 */
import { nearestRank } from '../../base/nearest-rank.ts';
import { formatMeasured } from '../../base/number-text.ts';
import type { Aggregate } from '../../config/alert-settings.ts';
import type { SlotBack, SlotKind } from './slot-window.ts';
import { SLOTS_PER_WINDOW } from './slots.ts';
import type { Match } from './window.ts';

type MetricSlot = {
  count: number;
  /** Of what is before the point. */
  whole: number;
  /** Of what is behind it, in billionths. */
  parts: number;
  min: number;
  max: number;
  /** For percentiles only, as what follows. */
  buckets: [bucket: number, count: number][];
  /** How many values are beyond a limit: that of the rule, or of the one that an acknowledgement ends at. */
  beyond: { limit: number; count: number } | null;
};

const PARTS = 1e9;

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
    return { count: 0, whole: 0, parts: 0, min: 0, max: 0, buckets: [], beyond: null };
  }

  take(slot: MetricSlot, match: Match): void {
    const value = Number(match.value);
    slot.min = slot.count === 0 ? value : Math.min(slot.min, value);
    slot.max = slot.count === 0 ? value : Math.max(slot.max, value);
    slot.count += 1;
    const whole = Math.trunc(value);
    slot.whole += whole;
    slot.parts += Math.round((value - whole) * PARTS);
    if (this.#percent === null) return;
    const { limit } = this.#bounds;
    slot.beyond ??= { limit, count: 0 };
    if (slot.beyond.limit === limit && this.#isBeyond(value)) slot.beyond.count += 1;
    const bucket = bucketOf(value);
    const known = slot.buckets.find(([number]) => number === bucket);
    if (known === undefined) slot.buckets.push([bucket, 1]);
    else known[1] += 1;
  }

  matchesOf({ count }: MetricSlot): number {
    return count;
  }

  judge(slotBack: SlotBack<MetricSlot>): string | null {
    const { aggregate, minimum } = this.#bounds;
    const slots: MetricSlot[] = [];
    let count = 0;
    for (let age = 1; age <= SLOTS_PER_WINDOW; age += 1) {
      const slot = slotBack(age);
      if (slot === undefined) continue;
      slots.push(slot);
      count += slot.count;
    }
    if (count < minimum || count === 0) return null;
    const value =
      this.#percent === null
        ? this.#aggregateOf(slots, count)
        : this.#percentileBeyond(slots, nearestRank(this.#percent, count), count);
    return value !== null && this.#isBeyond(value) ? `${aggregate} ${formatMeasured(value)}` : null;
  }

  #isBeyond(value: number): boolean {
    const { comparison, limit } = this.#bounds;
    return comparison === '>' ? value > limit : value < limit;
  }

  /** About what the value at this rank is, on its side of the limit; null: it is not beyond. */
  #percentileBeyond(slots: readonly MetricSlot[], rank: number, count: number): number | null {
    const { comparison } = this.#bounds;
    const beyond = slots.reduce((total, slot) => total + this.#countBeyond(slot), 0);
    if (comparison === '>' ? count - beyond >= rank : beyond < rank) return null;
    const bucket = bucketAt(slots, rank);
    const value = bucketValue(bucket);
    if (this.#isBeyond(value)) return value;
    const [low, high] = bucketEnds(bucket);
    return comparison === '>' ? high : low;
  }

  /** Values that came while another limit counted are told apart by their buckets. */
  #countBeyond({ beyond, buckets }: MetricSlot): number {
    if (beyond?.limit === this.#bounds.limit) return beyond.count;
    return buckets.reduce(
      (total, [bucket, count]) => total + (this.#isBeyond(bucketValue(bucket)) ? count : 0),
      0,
    );
  }

  #aggregateOf(slots: readonly MetricSlot[], count: number): number {
    const sumOf = (part: 'whole' | 'parts'): number =>
      slots.reduce((total, slot) => total + slot[part], 0);
    const sum = (): number => sumOf('whole') + sumOf('parts') / PARTS;
    switch (this.#bounds.aggregate) {
      case 'count':
        return count;
      case 'sum':
        return sum();
      case 'avg':
        return sum() / count;
      case 'min':
        return Math.min(...slots.map(({ min }) => min));
      case 'max':
        return Math.max(...slots.map(({ max }) => max));
      default:
        throw new Error('percentiles are counted');
    }
  }
}

function bucketAt(slots: readonly MetricSlot[], rank: number): number {
  const counts = new Map<number, number>();
  for (const [bucket, inSlot] of slots.flatMap(({ buckets }) => buckets)) {
    counts.set(bucket, (counts.get(bucket) ?? 0) + inSlot);
  }
  let left = rank;
  const ascending = [...counts].sort(([a], [b]) => a - b);
  for (const [bucket, inBucket] of ascending) {
    left -= inBucket;
    if (left <= 0) return bucket;
  }
  throw new Error('every value is in a bucket');
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Exponent and seven bits of the fraction, with the sign. */
function bucketOf(value: number): number {
  float[0] = Math.abs(value);
  const bits = words[1]! >>> 13;
  return value < 0 ? -bits : bits;
}

/** The middle of a bucket. */
function bucketValue(bucket: number): number {
  if (bucket === 0) return 0;
  return Math.sign(bucket) * numberWith(Math.abs(bucket) * 8192 + 4096);
}

/** No value of the bucket is below the first or above the second. */
function bucketEnds(bucket: number): readonly [number, number] {
  const start = Math.abs(bucket) * 8192;
  const [near, far] = [numberWith(start), numberWith(start + 8192)];
  return bucket < 0 ? [-far, -near] : [near, far];
}

/** With these upper bits, and none below. */
function numberWith(upper: number): number {
  words[0] = 0;
  words[1] = upper;
  return float[0]!;
}
