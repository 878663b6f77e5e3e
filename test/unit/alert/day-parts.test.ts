/** Parts of a day where clocks are set: in Berlin forward on 29 March 2026 at 02:00, back on 25 October at 03:00. */
import { expect, test } from 'vitest';
import { DayParts } from '../../../src/alert/kinds/day-parts.ts';

/** `start end` of the first part that ends after this moment. */
function partAfter(at: string, fromMinute: number, untilMinute: number): string {
  const parts = new DayParts({ fromMinute, untilMinute, timezone: 'Europe/Berlin' });
  const { startUs, endUs } = parts.endingAfter(Date.parse(at) * 1_000);
  const text = (us: number): string => new Date(us / 1_000).toISOString().slice(5, 16);
  return `${text(startUs)} ${text(endUs)}`;
}

const TWO = 2 * 60;

test('a part that a clock shows twice is the first: what runs then, runs once', () => {
  expect(partAfter('2026-10-24T12:00Z', TWO, TWO + 30)).toBe('10-25T00:00 10-25T00:30');
  expect(partAfter('2026-10-25T00:30Z', TWO, TWO + 30)).toBe('10-26T01:00 10-26T01:30');
  expect(partAfter('2026-10-24T12:00Z', 22 * 60, 7 * 60)).toBe('10-24T20:00 10-25T06:00');
});

test('a part that a clock leaves out is where the old time would have it', () => {
  expect(partAfter('2026-03-28T12:00Z', TWO, TWO + 30)).toBe('03-29T01:00 03-29T01:30');
  expect(partAfter('2026-03-28T12:00Z', 22 * 60, 7 * 60)).toBe('03-28T21:00 03-29T05:00');
});

test('a part whose beginning a clock leaves out, and that would end before it, is as long as ever', () => {
  expect(partAfter('2026-03-28T12:00Z', TWO + 30, TWO + 60)).toBe('03-29T01:30 03-29T02:00');
  expect(partAfter('2026-03-28T12:00Z', TWO, TWO + 60)).toBe('03-29T01:00 03-29T02:00');
  expect(partAfter('2026-03-28T12:00Z', TWO, TWO + 90)).toBe('03-29T01:00 03-29T01:30');
});
