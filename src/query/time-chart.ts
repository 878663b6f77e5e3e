/** The table of `timechart`, made of counts by series and piece of time: every step of the range has a row. */
import { durationSetting } from '../base/duration.ts';
import { OperatorError } from '../base/errors.ts';
import { formatCount } from '../base/number-text.ts';
import { timestampText } from '../model/entry-record.ts';
import { LEVEL_NONE_NAME, LEVELS } from '../model/level.ts';
import { distinctNames, type Stage } from './stage-tree.ts';
import type { Table } from './table.ts';
import { bucketFor } from './time-buckets.ts';

/** Steps of a chart, where none was asked for. */
export const CHART_STEPS_DEFAULT = 60;
const CHART_STEPS_MAX = 100_000;
/** Series of one chart, those with most entries; the rest is one more. */
const SERIES_MAX = 10;

/** The series of entries that have no value. */
export const NONE_SERIES = '(none)';
const OTHER_SERIES = '(other)';

/** `buckets`: counts by series, by the start of a piece of time. */
export function chartRows(
  buckets: ReadonlyMap<number, ReadonlyMap<string, number>>,
  stage: Extract<Stage, { kind: 'timechart' }>,
): Table {
  const series = seriesOf(buckets, stage);
  const columns = distinctNames(['time', ...series]);
  if (buckets.size === 0) return { columns, rows: [] };
  const { firstUs, lastUs } = rangeOf(buckets.keys());
  const stepUs =
    stage.bucketMs === null
      ? bucketFor(lastUs - firstUs, CHART_STEPS_DEFAULT)
      : stage.bucketMs * 1_000;
  const from = Math.floor(firstUs / stepUs);
  const count = Math.floor(lastUs / stepUs) - from + 1;
  if (count > CHART_STEPS_MAX) throw stepTooShort(stepUs, buckets.keys());
  const rows = Array.from({ length: count }, (_, index): (string | number)[] => [
    timestampText((from + index) * stepUs),
    ...series.map(() => 0),
  ]);
  for (const [start, counts] of buckets) {
    const row = rows[Math.floor(start / stepUs) - from]!;
    for (const [name, added] of counts) {
      const found = series.indexOf(name);
      // The rest is the last one; a value may be written like its name.
      const column = 1 + (found < 0 ? series.length - 1 : found);
      row[column] = Number(row[column]) + added;
    }
  }
  return { columns, rows };
}

type Range = Readonly<{ firstUs: number; lastUs: number }>;

function rangeOf(starts: Iterable<number>): Range {
  let firstUs = Number.POSITIVE_INFINITY;
  let lastUs = Number.NEGATIVE_INFINITY;
  for (const start of starts) {
    firstUs = Math.min(firstUs, start);
    lastUs = Math.max(lastUs, start);
  }
  return { firstUs, lastUs };
}

/** For a step that was asked for: others fit. `starts`: of the steps that were found, perhaps not all of them. */
export function stepTooShort(stepUs: number, starts: Iterable<number>): OperatorError {
  const { firstUs, lastUs } = rangeOf(starts);
  const step = durationSetting(stepUs / 1_000);
  const count = Math.floor(lastUs / stepUs) - Math.floor(firstUs / stepUs) + 1;
  const range = `${timestampText(firstUs)} to ${timestampText(lastUs)}`;
  const found = `that is ${formatCount(count)} steps, at most ${formatCount(CHART_STEPS_MAX)} are allowed`;
  const fits = durationSetting(bucketFor(lastUs - firstUs, CHART_STEPS_MAX) / 1_000);
  return new OperatorError('USAGE', `Cannot chart ${range} in steps of ${step}: ${found}`, {
    hint: `Ask for \`timechart ${fits}\`, for a shorter time range, or leave the step out`,
  });
}

const LEVEL_ORDER: readonly string[] = [...[...LEVELS].reverse(), LEVEL_NONE_NAME];

/** Levels worst first, else those with most entries first and the rest as one. */
function seriesOf(
  buckets: ReadonlyMap<number, ReadonlyMap<string, number>>,
  { by }: Extract<Stage, { kind: 'timechart' }>,
): string[] {
  const totals = new Map<string, number>();
  for (const counts of buckets.values()) {
    for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count);
  }
  if (by === null) return ['count'];
  if (by === 'level') return LEVEL_ORDER.filter((name) => totals.has(name));
  const names = [...totals]
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .map(([name]) => name);
  return names.length <= SERIES_MAX ? names : [...names.slice(0, SERIES_MAX), OTHER_SERIES];
}
