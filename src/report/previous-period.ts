/**
 * The same stretch of time one day (for longer reports: as many whole days) earlier, for a report to stand beside:
 * entries bar for bar, and by source. From the rollups, so it costs no look at an entry.
 */
import { LocalDays, zonedToUtcMs, zoneOffsetMs } from '../base/zoned-time.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { weekdayOf } from './report-time.ts';
import type { Chart } from './time-buckets.ts';

export type PreviousPeriod = Readonly<{
  /** `Thu`, or `7 days before`. */
  name: string;
  /** Entries, one for each bar of the chart. */
  totals: readonly number[];
  entryCount: number;
  sources: ReadonlyMap<string, number>;
}>;

const DAY_MS = 86_400_000;
/**
 * Widths of what is counted, widest first: the first that divides a bar. Zones are ahead of UTC by quarters of an hour, so bars
 * begin at a multiple of that, though not always at one of their own.
 */
const COUNTED_WIDTHS_MS = [15, 5, 1].map((minutes) => minutes * 60_000);

/** Null: nothing is known of that time. */
export function previousPeriodOf(
  reader: EntryReader,
  chart: Chart | null,
  timezone: string,
): PreviousPeriod | null {
  if (chart === null) return null;
  const { startMs, widthMs, bars } = chart;
  const dayCount = Math.ceil((widthMs * bars.length) / DAY_MS);
  // By the clock on the wall: a day in between may have had an hour more or less.
  const wallMs = startMs + zoneOffsetMs(startMs, timezone) - dayCount * DAY_MS;
  const fromMs = zonedToUtcMs(wallMs, timezone);
  const fromUs = fromMs * 1000;
  const range = { fromUs, untilUs: fromUs + widthMs * bars.length * 1000 };
  const request = { query: { kind: 'everything' }, ...range } as const;
  const { total, sources } = reader.stats(request);
  if (total === 0) return null;
  const totals = bars.map(() => 0);
  const bucketUs = COUNTED_WIDTHS_MS.find((width) => widthMs % width === 0)! * 1000;
  for (const { startUs, total: count } of reader.histogram(request, { bucketUs })) {
    const bar = Math.floor((startUs - fromUs) / (widthMs * 1000));
    if (bar >= 0 && bar < totals.length) totals[bar]! += count;
  }
  const day = new LocalDays(timezone).dayOf(fromMs);
  const name = dayCount === 1 ? weekdayOf(day, timezone) : `${dayCount} days before`;
  return { name, totals, entryCount: total, sources };
}
