/** Steps of time for histograms: round ones that people read on an axis. */

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;

type Step = Readonly<{ us: number; text: string }>;

const STEPS: readonly Step[] = [
  ...[1, 5, 10, 30].map((count) => ({ us: count * SECOND_US, text: `${count} s` })),
  ...[1, 5, 10, 15, 30].map((count) => ({ us: count * MINUTE_US, text: `${count} min` })),
  ...[1, 2, 3, 6, 12].map((count) => ({ us: count * HOUR_US, text: `${count} h` })),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => ({ us: count * DAY_US, text: `${count} days` })),
];

const NAMED: ReadonlyMap<number, string> = new Map([
  [SECOND_US, 'second'],
  [MINUTE_US, 'minute'],
  [HOUR_US, 'hour'],
  [DAY_US, 'day'],
  [7 * DAY_US, 'week'],
]);

/** The smallest round step with which `rangeUs` has at most `bucketsMax` buckets, wherever it begins. */
export function bucketFor(rangeUs: number, bucketsMax: number): number {
  const neededUs = rangeUs / Math.max(1, bucketsMax - 1);
  const step = STEPS.find(({ us }) => us > neededUs);
  return step?.us ?? Math.ceil((neededUs + 1) / (365 * DAY_US)) * 365 * DAY_US;
}

/** `per hour`, `per 5 min`. */
export function bucketText(bucketUs: number): string {
  const named = NAMED.get(bucketUs);
  if (named !== undefined) return `per ${named}`;
  const step = STEPS.find(({ us }) => us === bucketUs);
  return `per ${step?.text ?? `${Math.round(bucketUs / DAY_US)} days`}`;
}
