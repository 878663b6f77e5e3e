/** Percentiles by nearest rank. */

/** The place, counted from 1, among `count` values in order: the first that so many in a hundred are not above. */
export function nearestRank(percentile: number, count: number): number {
  // In doubles 0.55 of 100 is a little more than 55; fifteen digits of it are right.
  return Math.max(1, Math.ceil(Number(((percentile * count) / 100).toPrecision(15))));
}
