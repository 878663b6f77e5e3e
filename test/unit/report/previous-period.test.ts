/** The same hours a day before, also where a day has an hour more or less. */
import { expect, test } from 'vitest';
import { zoneOffsetMs } from '../../../src/base/zoned-time.ts';
import { noCounts } from '../../../src/report/level-counts.ts';
import { previousPeriodOf } from '../../../src/report/previous-period.ts';
import { TestStore } from '../../support/engine-store.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const HOUR_MS = 3_600_000;

test('previousPeriodOf() goes back by the clock on the wall', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  // Each hour of ten days in two seasons has as many entries as its number in Berlin.
  const hourOf = new Intl.DateTimeFormat('en', {
    timeZone: 'Europe/Berlin',
    hour: 'numeric',
    hourCycle: 'h23',
  });
  for (const firstMs of [Date.UTC(2026, 2, 27), Date.UTC(2026, 9, 23)]) {
    for (let hour = 0; hour < 120; hour += 1) {
      const atMs = firstMs + hour * HOUR_MS;
      const entry = {
        timestampUs: atMs * 1000,
        level: 'INFO',
        source: 'api',
        message: 'tick',
      } as const;
      store.add(Array.from({ length: Number(hourOf.format(atMs)) }, () => entry));
    }
  }
  using reader = store.openReader();
  const before = (startMs: number): unknown => {
    const bars = Array.from({ length: 24 }, noCounts);
    const found = previousPeriodOf(reader, { startMs, widthMs: HOUR_MS, bars }, 'Europe/Berlin');
    return [found?.name, found?.totals.slice(0, 2), found?.totals.slice(4, 7)];
  };
  // Clocks went forward, and back, on the Sunday before these Mondays.
  expect(before(Date.UTC(2026, 2, 29, 22))).toEqual(['Sun', [0, 1], [5, 6, 7]]);
  expect(before(Date.UTC(2026, 9, 25, 23))).toEqual(['Sun', [0, 1], [3, 4, 5]]);
  expect(before(Date.UTC(2026, 2, 30, 22))).toEqual(['Mon', [0, 1], [4, 5, 6]]);
});

test.each([
  ['Asia/Kathmandu', 10],
  ['Asia/Kathmandu', 2],
  ['Pacific/Chatham', 10],
  ['Australia/Lord_Howe', 10],
  ['UTC', 5],
])('previousPeriodOf() has each entry in its bar in %s, in bars of %i min', (timezone, minutes) => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  const widthMs = minutes * 60_000;
  const startMs = Date.UTC(2026, 5, 2) - zoneOffsetMs(Date.UTC(2026, 5, 2), timezone);
  const bars = Array.from({ length: 30 }, noCounts);
  const dayBefore = startMs - 24 * HOUR_MS;
  for (const [bar] of bars.entries()) {
    const atMs = dayBefore + bar * widthMs;
    const entry = { level: 'INFO', source: 'api', message: 'tick' } as const;
    // One more in each bar than in that before, at its first and last moment.
    const times = Array.from({ length: bar }, () => atMs).concat(atMs + widthMs - 1);
    store.add(times.map((at) => ({ ...entry, timestampUs: at * 1000 })));
  }
  using reader = store.openReader();
  const found = previousPeriodOf(reader, { startMs, widthMs, bars }, timezone);
  expect(found?.totals).toEqual(bars.map((_, bar) => bar + 1));
});
