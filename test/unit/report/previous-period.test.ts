/** The same hours a day before, also where a day has an hour more or less. */
import { expect, test } from 'vitest';
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
