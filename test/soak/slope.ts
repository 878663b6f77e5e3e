/**
 * The slope of a noisy series by Theil and Sen: the median of the slopes between all pairs, which single peaks do not move.
 * P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968.
 */

const HOUR_MS = 3_600_000;

/** `points`: time in ms, value. In value units an hour; 0 for fewer than two points. */
export function slopePerHour(points: readonly (readonly [number, number])[]): number {
  const slopes: number[] = [];
  for (let a = 0; a < points.length; a += 1) {
    for (let b = a + 1; b < points.length; b += 1) {
      const [atA, valueA] = points[a]!;
      const [atB, valueB] = points[b]!;
      if (atB > atA) slopes.push((valueB - valueA) / (atB - atA));
    }
  }
  if (slopes.length === 0) return 0;
  return slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)]! * HOUR_MS;
}
