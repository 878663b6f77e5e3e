import { expect, test } from 'vitest';
import { ForcedFlushes } from '../../../src/ingest/forced-flushes.ts';

test('ForcedFlushes lets a few pass at once, and twenty a second in the long run', () => {
  const flushes = new ForcedFlushes();
  let count = 0;
  for (let nowMs = 100_000; nowMs < 110_000; nowMs += 1) {
    if (flushes.waitMs(nowMs) > 0) continue;
    flushes.take(nowMs);
    count += 1;
    if (count === 4) expect(nowMs).toBe(100_003);
  }
  expect(count).toBeGreaterThanOrEqual(203);
  expect(count).toBeLessThanOrEqual(204);
});

test('ForcedFlushes says how long to wait, and bears a clock that is set back', () => {
  const flushes = new ForcedFlushes();
  for (let index = 0; index < 4; index += 1) flushes.take(1_000_000);
  expect(flushes.waitMs(1_000_000)).toBe(50);
  expect(flushes.waitMs(1_000_020)).toBe(30);
  expect(flushes.waitMs(900_000)).toBe(30);
  expect(flushes.waitMs(900_030)).toBe(0);
});
