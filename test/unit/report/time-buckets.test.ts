/** Counts over time: no entry is lost, whatever the range. */
import { expect, test } from 'vitest';
import { totalOf } from '../../../src/report/level-counts.ts';
import { TimeBuckets } from '../../../src/report/time-buckets.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 20);

function check(name: string, spanMs: number, want: Readonly<{ widthMs: number }>): void {
  test(`TimeBuckets shows ${name} in bars of ${want.widthMs / 60_000} min, and loses none`, () => {
    const buckets = new TimeBuckets();
    const count = 5000;
    for (let index = 0; index < count; index += 1) {
      buckets.add(START_MS + Math.floor((index / count) * spanMs), index % 7);
    }
    const chart = buckets.chart({ barsMax: 48, offsetMinutes: 0 })!;
    expect(chart.widthMs).toBe(want.widthMs);
    expect(chart.startMs).toBeLessThanOrEqual(START_MS);
    expect(chart.bars.length).toBeLessThanOrEqual(48);
    expect(chart.bars.reduce((sum, counts) => sum + totalOf(counts), 0)).toBe(count);
  });
}

check('one moment', 0, { widthMs: 60_000 });
check('an hour', 3_600_000, { widthMs: 2 * 60_000 });
check('a day', DAY_MS, { widthMs: 30 * 60_000 });
check('a week', 7 * DAY_MS, { widthMs: 6 * 3_600_000 });
check('a year', 365 * DAY_MS, { widthMs: 14 * DAY_MS });
check('thirty years', 30 * 365 * DAY_MS, { widthMs: 365 * DAY_MS });

test('TimeBuckets stays bounded when every entry has another minute', () => {
  const buckets = new TimeBuckets();
  for (let index = 0; index < 200_000; index += 1) buckets.add(START_MS + index * 3 * DAY_MS, 2);
  const chart = buckets.chart({ barsMax: 48, offsetMinutes: 60 })!;
  expect(chart.bars.reduce((sum, counts) => sum + totalOf(counts), 0)).toBe(200_000);
});

test('TimeBuckets without an entry has no chart', () => {
  expect(new TimeBuckets().chart({ barsMax: 48, offsetMinutes: 0 })).toBeNull();
});

test('TimeBuckets has each entry in its day, however far a zone is from whole hours', () => {
  for (const offsetMinutes of [330, 345, 765, -210]) {
    const buckets = new TimeBuckets();
    const offsetMs = offsetMinutes * 60_000;
    // Every minute of six weeks, but of the last only the first half hour.
    const days = 43;
    for (let minute = 0; minute < (days - 1) * 1440 + 30; minute += 1) {
      buckets.add(START_MS - offsetMs + minute * 60_000, 2);
    }
    const chart = buckets.chart({ barsMax: 48, offsetMinutes })!;
    expect(chart.startMs).toBe(START_MS - offsetMs);
    const counts = chart.bars.map(totalOf);
    expect(counts).toEqual([...Array.from({ length: days - 1 }, () => 1440), 30]);
  }
});
