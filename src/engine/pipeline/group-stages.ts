/**
 * Stages that make a table of entries: count, top, timechart, fields here; measures and patterns in files of their own.
 *
 * Each is one pass over the entries. Groups are bounded; beyond that the query is refused, never answered in part.
 */
import type { OperatorError } from '../../base/errors.ts';
import type { EntryColumns } from '../../model/entry-columns.ts';
import { FIELD_ROWS_MAX, GROUPS_MAX, tooMany } from '../../query/stage-limits.ts';
import { columnsOfStage, type Stage } from '../../query/stage-tree.ts';
import { type Cell, countTableOf, type Table } from '../../query/table.ts';
import { chartRows, NONE_SERIES, stepTooShort } from '../../query/time-chart.ts';
import { openMeasureTable } from './measure-table.ts';
import { openPatternTable } from './pattern-table.ts';
import { ValueGroups } from './value-groups.ts';
import { cellReader, valuesReader } from './values.ts';

/** A table that is being made: shown each entry once, then asked. */
export type OpenTable = Readonly<{
  take: (columns: EntryColumns, row: number) => void;
  result: () => Table;
}>;

export function openTable(stage: Stage): OpenTable {
  switch (stage.kind) {
    case 'count':
      return openCount(stage.by);
    case 'top':
      return openTop(stage);
    case 'timechart':
      return openTimechart(stage);
    case 'measure':
      return openMeasureTable(stage);
    case 'patterns':
      return openPatternTable(stage.limit);
    case 'fields':
      return openFields(stage.names);
    default:
      throw new TypeError(`"${stage.kind}" makes no table`);
  }
}

function openCount(by: readonly string[]): OpenTable {
  const groups = new ValueGroups(by, () => ({ count: 0 }));
  return {
    take(columns, row) {
      for (const state of groups.statesOf(columns, row)) state.count += 1;
    },
    result() {
      const counts = groups.all().map(({ values, state }) => ({ values, count: state.count }));
      return countTableOf(by, counts);
    },
  };
}

function openTop(stage: Extract<Stage, { kind: 'top' }>): OpenTable {
  const valuesOf = valuesReader(stage.name);
  const counts = new Map<string, number>();
  let total = 0;
  return {
    take(columns, row) {
      total += 1;
      for (const value of valuesOf(columns, row)) {
        const count = counts.get(value);
        if (count === undefined && counts.size === GROUPS_MAX)
          throw tooMany('count', `${GROUPS_MAX} values`);
        counts.set(value, (count ?? 0) + 1);
      }
    },
    result() {
      const rows = [...counts]
        .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
        .slice(0, stage.limit)
        .map(([value, count]) => [value, count, count / total]);
      return { columns: columnsOfStage(stage)!, rows };
    },
  };
}

function openTimechart(stage: Extract<Stage, { kind: 'timechart' }>): OpenTable {
  const seriesOf = stage.by === null ? () => ['count'] : valuesReader(stage.by);
  // By the second first: the step is only known when the range is.
  const stepUs = (stage.bucketMs ?? 1_000) * 1_000;
  const buckets = new Map<number, Map<string, number>>();
  return {
    take(columns, row) {
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
    },
    result: () => chartRows(buckets, stage),
  };
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

function openFields(names: readonly string[]): OpenTable {
  const readers = names.map(cellReader);
  const rows: Cell[][] = [];
  return {
    take(columns, row) {
      if (rows.length === FIELD_ROWS_MAX)
        throw tooMany('list', `${FIELD_ROWS_MAX} entries`, FIELDS_HINT);
      rows.push(readers.map((cellOf) => cellOf(columns, row)));
    },
    result: () => ({ columns: names, rows }),
  };
}
