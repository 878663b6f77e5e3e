/**
 * Stages that make a table of entries: count, top, timechart, fields here; measures and patterns in files of their own.
 *
 * Each is one pass over the entries. Groups are bounded; beyond that the query is refused, never answered in part.
 */
import type { OperatorError } from '../../base/errors.ts';
import { FIELD_ROWS_MAX, GROUPS_MAX, tooMany } from '../../query/stage-limits.ts';
import { columnsOfStage, type Stage } from '../../query/stage-tree.ts';
import { type Cell, countTableOf, type Table } from '../../query/table.ts';
import { chartRows, NONE_SERIES, stepTooShort } from '../../query/time-chart.ts';
import type { Entries } from './entry-stages.ts';
import { measureTable } from './measure-table.ts';
import { patternTable } from './pattern-table.ts';
import { ValueGroups } from './value-groups.ts';
import { cellReader, valuesReader } from './values.ts';

export function tableStage(stage: Stage, entries: Entries): Table {
  switch (stage.kind) {
    case 'count':
      return countTable(entries, stage.by);
    case 'top':
      return topTable(entries, stage);
    case 'timechart':
      return timechartTable(entries, stage);
    case 'measure':
      return measureTable(entries, stage);
    case 'patterns':
      return patternTable(entries, stage.limit);
    case 'fields':
      return fieldTable(entries, stage.names);
    default:
      throw new TypeError(`"${stage.kind}" makes no table`);
  }
}

function countTable(entries: Entries, by: readonly string[]): Table {
  const groups = new ValueGroups(by, () => ({ count: 0 }));
  for (const { columns, row } of entries) {
    for (const state of groups.statesOf(columns, row)) state.count += 1;
  }
  return countTableOf(
    by,
    groups.all().map(({ values, state }) => ({ values, count: state.count })),
  );
}

function topTable(entries: Entries, stage: Extract<Stage, { kind: 'top' }>): Table {
  const valuesOf = valuesReader(stage.name);
  const counts = new Map<string, number>();
  let total = 0;
  for (const { columns, row } of entries) {
    total += 1;
    for (const value of valuesOf(columns, row)) {
      const count = counts.get(value);
      if (count === undefined && counts.size === GROUPS_MAX)
        throw tooMany('count', `${GROUPS_MAX} values`);
      counts.set(value, (count ?? 0) + 1);
    }
  }
  const rows = [...counts]
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, stage.limit)
    .map(([value, count]) => [value, count, count / total]);
  return { columns: columnsOfStage(stage)!, rows };
}

function timechartTable(entries: Entries, stage: Extract<Stage, { kind: 'timechart' }>): Table {
  const seriesOf = stage.by === null ? () => ['count'] : valuesReader(stage.by);
  // By the second first: the step is only known when the range is.
  const stepUs = (stage.bucketMs ?? 1_000) * 1_000;
  const buckets = new Map<number, Map<string, number>>();
  for (const { columns, row } of entries) {
    const start = Math.floor(columns.timestampUs[row]! / stepUs) * stepUs;
    let counts = buckets.get(start);
    if (counts === undefined) {
      if (buckets.size === GROUPS_MAX) throw tooManySteps(stage, buckets);
      counts = new Map();
      buckets.set(start, counts);
    }
    const values = seriesOf(columns, row);
    for (const value of values.length === 0 ? [NONE_SERIES] : values) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return chartRows(buckets, stage);
}

function tooManySteps(
  { bucketMs }: Extract<Stage, { kind: 'timechart' }>,
  buckets: ReadonlyMap<number, unknown>,
): OperatorError {
  if (bucketMs === null) return tooMany('chart', `${GROUPS_MAX} seconds`);
  // These alone are more than a chart may have.
  return stepTooShort(bucketMs * 1_000, buckets.keys());
}

const FIELDS_HINT = 'Ask for the first ones (`fields … | limit 1000`), or for a shorter time range';

function fieldTable(entries: Entries, names: readonly string[]): Table {
  const readers = names.map(cellReader);
  const rows: Cell[][] = [];
  for (const { columns, row } of entries) {
    if (rows.length === FIELD_ROWS_MAX)
      throw tooMany('list', `${FIELD_ROWS_MAX} entries`, FIELDS_HINT);
    rows.push(readers.map((cellOf) => cellOf(columns, row)));
  }
  return { columns: names, rows };
}
