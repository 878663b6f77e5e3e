import { expect, test } from 'vitest';
import { nearestRank } from '../../../src/base/nearest-rank.ts';

test('nearestRank() is the first place that so many in a hundred are not above', () => {
  const check = (percentile: number, count: number, want: number): void => {
    expect({ percentile, count, rank: nearestRank(percentile, count) }).toEqual({
      ...{ percentile, count, rank: want },
    });
  };
  check(50, 4, 2);
  check(50, 5, 3);
  check(95, 20, 19);
  check(0, 7, 1);
  check(100, 7, 7);
  // Where a double is a little more than the number that it stands for.
  check(55, 100, 55);
  check(28, 25, 7);
  check(99.9, 1_000, 999);
  check(5.44, 2_500, 136);
  for (let thousandths = 0; thousandths <= 100_000; thousandths += 370) {
    for (let count = 1; count < 3_000; count += 101) {
      check(thousandths / 1_000, count, Math.max(1, Math.ceil((thousandths * count) / 100_000)));
    }
  }
});
