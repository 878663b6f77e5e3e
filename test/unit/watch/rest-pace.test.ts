/** Folders are listed often where something happens or nothing is told, and seldom where all is quiet. */
import { expect, test } from 'vitest';
import { RESCAN_IDLE_MS_MAX, RESCAN_MS } from '../../../src/watch/limits.ts';
import { isSilent, RestPace } from '../../../src/watch/rest-pace.ts';

const PAUSES = { pauseMsMin: RESCAN_MS, pauseMsMax: RESCAN_IDLE_MS_MAX };

test('RestPace doubles its pauses while nothing happens, and is back at once when something does', () => {
  const pace = new RestPace(PAUSES);
  const next = (): number => pace.next({ isToldAll: true });
  expect(next()).toBe(RESCAN_MS);
  expect([next(), next(), next(), next()]).toEqual([2, 4, 8, 16].map((times) => times * RESCAN_MS));
  while (next() < RESCAN_IDLE_MS_MAX);
  expect([next(), next()]).toEqual([RESCAN_IDLE_MS_MAX, RESCAN_IDLE_MS_MAX]);
  pace.happened();
  expect([next(), next()]).toEqual([RESCAN_MS, 2 * RESCAN_MS]);
});

test('RestPace does not slow down where not all is told', () => {
  const pace = new RestPace(PAUSES);
  for (let pass = 0; pass < 5; pass += 1) expect(pace.next({ isToldAll: false })).toBe(RESCAN_MS);
});

test('isSilent() knows where the system tells of all changes, and believes nothing of what it cannot ask', () => {
  expect(isSilent('/proc')).toBe(false);
  expect(isSilent('/not/there')).toBe(true);
});
