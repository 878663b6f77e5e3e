/**
 * Counts by level over time, for ranges nobody knows beforehand: minutes, and coarser when there are too many.
 *
 * Memory is bounded: a month of minutes, else a year of quarters of an hour, else hours, else days; a hostile stamp per row costs no more.
 */
import { LEVEL_CODE_COUNT } from '../model/level.ts';
import { addCounts, type LevelCounts, noCounts } from './level-counts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/**
 * Widths in which counts are kept: each is used until it would need more buckets than allowed. Quarters of an hour, as days
 * begin at one of them in every zone.
 */
const KEPT_WIDTHS_MS = [MINUTE_MS, HOUR_MS / 4, HOUR_MS, DAY_MS, 365 * DAY_MS] as const;
/** 31 days of minutes: 2.5 MB. */
const BUCKETS_MAX = 31 * 24 * 60;
/** Widths a chart may have: each divides a day or is made of days, so that labels are round. */
const SHOWN_WIDTHS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 30, 91, 365, 3650, 36_500].map((days) => days * DAY_MS),
];

export type Chart = Readonly<{
  /** Start of the first bar. */
  startMs: number;
  widthMs: number;
  bars: readonly LevelCounts[];
}>;

/** The same counts in half as many bars, where there are more than `barsMax`. */
export function coarserChart(chart: Chart, barsMax: number): Chart {
  if (chart.bars.length <= barsMax) return chart;
  const bars = Array.from({ length: Math.ceil(chart.bars.length / 2) }, noCounts);
  for (const [index, counts] of chart.bars.entries()) addCounts(bars[index >> 1]!, counts);
  return { startMs: chart.startMs, widthMs: chart.widthMs * 2, bars };
}

export class TimeBuckets {
  #width = 0;
  #buckets = new Map<number, LevelCounts>();
  #lastIndex = Number.NaN;
  #last: LevelCounts = noCounts();

  add(timestampMs: number, levelCode: number, count = 1): void {
    const index = Math.floor(timestampMs / KEPT_WIDTHS_MS[this.#width]!);
    if (index !== this.#lastIndex) this.#find(index);
    this.#last[levelCode]! += count;
  }

  /**
   * The counts in at most `barsMax` bars of a round width; bars begin at round times in a zone that is
   * `offsetMinutes` ahead of UTC. Null: nothing was counted.
   */
  chart(options: Readonly<{ barsMax: number; offsetMinutes: number }>): Chart | null {
    if (this.#buckets.size === 0) return null;
    const keptMs = KEPT_WIDTHS_MS[this.#width]!;
    const offsetMs = options.offsetMinutes * MINUTE_MS;
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const index of this.#buckets.keys()) {
      first = Math.min(first, index * keptMs + offsetMs);
      last = Math.max(last, index * keptMs + offsetMs);
    }
    const barCount = (widthMs: number): number =>
      Math.floor(last / widthMs) - Math.floor(first / widthMs) + 1;
    const widthMs =
      SHOWN_WIDTHS_MS.find((width) => width >= keptMs && barCount(width) <= options.barsMax) ??
      SHOWN_WIDTHS_MS.at(-1)!;
    const start = Math.floor(first / widthMs);
    const bars = Array.from({ length: Math.min(barCount(widthMs), options.barsMax) }, noCounts);
    for (const [index, counts] of this.#buckets) {
      const bar = bars[Math.floor((index * keptMs + offsetMs) / widthMs) - start];
      if (bar !== undefined) addCounts(bar, counts);
    }
    return { startMs: start * widthMs - offsetMs, widthMs, bars };
  }

  #find(index: number): void {
    let bucket = this.#buckets.get(index);
    if (bucket === undefined) {
      if (this.#buckets.size >= BUCKETS_MAX && this.#width + 1 < KEPT_WIDTHS_MS.length) {
        this.#coarsen(index);
        return;
      }
      bucket = new Float64Array(LEVEL_CODE_COUNT);
      this.#buckets.set(index, bucket);
    }
    this.#last = bucket;
    this.#lastIndex = index;
  }

  /** Merge into the next wider buckets, then find the one for what was index `index`. */
  #coarsen(index: number): void {
    const factor = KEPT_WIDTHS_MS[this.#width + 1]! / KEPT_WIDTHS_MS[this.#width]!;
    const merged = new Map<number, LevelCounts>();
    for (const [narrow, counts] of this.#buckets) {
      const wide = Math.floor(narrow / factor);
      const into = merged.get(wide);
      if (into === undefined) merged.set(wide, counts);
      else addCounts(into, counts);
    }
    this.#buckets = merged;
    this.#width += 1;
    this.#find(Math.floor(index / factor));
  }
}
