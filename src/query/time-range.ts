/** From one time on and before another, as somebody gave them: where the first is after the second, it is a slip, and said. */
import { OperatorError } from '../base/errors.ts';
import { printTimeUs } from './time-text.ts';

/** Null: open at this end. */
export type TimeRange = Readonly<{ fromUs: number | null; untilUs: number | null }>;

/** How its ends are called where they were given. */
export type RangeNames = Readonly<{ since: string; until: string }>;

/** The same range. Throws USAGE where it is turned round: finding nothing in it would say nothing of the slip. */
export function checkedRange<Range extends TimeRange>(range: Range, names: RangeNames): Range {
  const { fromUs, untilUs } = range;
  // An empty range is none turned round: a program that asks from its last time to now may come to one.
  if (fromUs === null || untilUs === null || fromUs <= untilUs) return range;
  const { since, until } = names;
  throw new OperatorError(
    'USAGE',
    `Cannot look from ${since} to ${until}: ${since} is ${printTimeUs(fromUs)}, after ${until}, ${printTimeUs(untilUs)}`,
    { hint: 'Give the earlier time first, or leave one of them out' },
  );
}

/** Throws USAGE where nothing that arrives from now on lies before `untilUs`. */
export function refusePast(
  untilUs: number | null,
  { name, nowMs }: Readonly<{ name: string; nowMs: number }>,
): void {
  if (untilUs === null || untilUs > nowMs * 1_000) return;
  throw new OperatorError(
    'USAGE',
    `Cannot follow: ${name} is ${printTimeUs(untilUs)}, which is past`,
    { hint: `Leave ${name} out, or search what is stored instead of following` },
  );
}
