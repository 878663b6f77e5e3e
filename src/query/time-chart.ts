/** The table of `timechart`, made of counts by series and piece of time: every step of the range has a row. */
import { timestampText } from '../model/entry-record.ts';
import { LEVEL_NONE_NAME, LEVELS } from '../model/level.ts';
import { tooMany } from './stage-limits.ts';
import type { Stage } from './stage-tree.ts';
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
  const columns = ['time', ...series];
  if (buckets.size === 0) return { columns, rows: [] };
  const starts = [...buckets.keys()];
  const firstUs = starts.reduce((least, start) => Math.min(least, start));
  const lastUs = starts.reduce((most, start) => Math.max(most, start));
  const stepUs =
    stage.bucketMs === null
      ? bucketFor(lastUs - firstUs, CHART_STEPS_DEFAULT)
      : stage.bucketMs * 1_000;
  const from = Math.floor(firstUs / stepUs);
  const count = Math.floor(lastUs / stepUs) - from + 1;
  if (count > CHART_STEPS_MAX) throw tooMany('chart', `${CHART_STEPS_MAX} steps of time`);
  const rows = Array.from({ length: count }, (_, index): (string | number)[] => [
    timestampText((from + index) * stepUs),
    ...series.map(() => 0),
  ]);
  for (const [start, counts] of buckets) {
    const row = rows[Math.floor(start / stepUs) - from]!;
    for (const [name, added] of counts) {
      const found = series.indexOf(name);
      const column = 1 + (found < 0 ? series.indexOf(OTHER_SERIES) : found);
      row[column] = Number(row[column]) + added;
    }
  }
  return { columns, rows };
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
