/**
 * The slope of a noisy series by Theil and Sen: the median of the slopes between all pairs, which single peaks do not move, and
 * how sure that is.
 * P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968.
 */

const HOUR_MS = 3_600_000;
/** Of the normal distribution: 95 of 100 such intervals hold the slope. */
const Z_95 = 1.96;

/** Time in ms, value. */
export type Point = readonly [atMs: number, value: number];

/** In value units an hour; the slope lies between `least` and `most` with 95 %. */
export type Slope = Readonly<{ median: number; least: number; most: number }>;

/** Null for fewer than three points at different times. */
export function slopePerHour(points: readonly Point[]): Slope | null {
  const slopes: number[] = [];
  for (let a = 0; a < points.length; a += 1) {
    for (let b = a + 1; b < points.length; b += 1) {
      const [atA, valueA] = points[a]!;
      const [atB, valueB] = points[b]!;
      if (atB > atA) slopes.push(((valueB - valueA) / (atB - atA)) * HOUR_MS);
    }
  }
  if (slopes.length < 3) return null;
  slopes.sort((a, b) => a - b);
  const n = points.length;
  const spread = Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (index: number): number =>
    slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(index)))]!;
  return {
    median: at((slopes.length - 1) / 2),
    least: at((slopes.length - spread) / 2 - 1),
    most: at((slopes.length + spread) / 2),
  };
}

/** The lowest point of each stretch of time: what is in use without what a garbage collector has not looked at yet. */
export function lowestOfEach(points: readonly Point[], stretchMs: number): Point[] {
  const lowest = new Map<number, Point>();
  for (const point of points) {
    const stretch = Math.floor(point[0] / stretchMs);
    const known = lowest.get(stretch);
    if (known === undefined || point[1] < known[1]) lowest.set(stretch, point);
  }
  return [...lowest.values()];
}
