import { expect, test } from 'vitest';
import { randomOf } from '../../../src/selftest/random.ts';
import { lowestOfEach, type Point, slopePerHour } from '../../soak/slope.ts';

const MINUTE_MS = 60_000;

function noisy(slope: number): Point[] {
  const random = randomOf(5);
  return Array.from({ length: 60 }, (_, minute) => [
    minute * MINUTE_MS,
    400 + (slope * minute) / 60 + 20 * random(),
  ]);
}

test('slopePerHour() is the slope of a line, whatever single peaks there are', () => {
  const line: Point[] = Array.from({ length: 20 }, (_, minute) => [minute * MINUTE_MS, 7 * minute]);
  const slope = slopePerHour(line.map(([at, value], index) => [at, index === 11 ? 9_999 : value]));
  expect(slope?.median).toBeCloseTo(420);
  expect(slopePerHour([])).toBeNull();
});

test.each([0, 100])(
  'slopePerHour() says between what the slope of a noisy series lies: %d',
  (wanted) => {
    const { least, most } = slopePerHour(noisy(wanted))!;
    expect(least).toBeLessThan(wanted);
    expect(most).toBeGreaterThan(wanted);
    expect(most - least).toBeLessThan(30);
  },
);

test('lowestOfEach() keeps the lowest point of each stretch', () => {
  const points: Point[] = [
    [0, 5],
    [900, 3],
    [1_000, 8],
    [2_500, 1],
  ];
  expect(lowestOfEach(points, 1_000)).toEqual([
    [900, 3],
    [1_000, 8],
    [2_500, 1],
  ]);
});
