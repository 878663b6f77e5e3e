/**
 * The table of a stage, counted by the servers: `count by`, `top`, `timechart` and the measures. What needs every message
 * (`patterns`) or every row (`fields`) is made of the rows, as everywhere.
 */
import type { SearchRequest, StopCheck } from '../engine/search-request.ts';
import { GROUPS_MAX, tooMany } from '../query/stage-limits.ts';
import { columnsOfStage, type Measure, type Stage } from '../query/stage-tree.ts';
import { type Cell, countTableOf, measureTableOf, type Table } from '../query/table.ts';
import { chartRows, NONE_SERIES } from '../query/time-chart.ts';
import { stageValueSql } from './attribute-sql.ts';
import type { ClusterBridge } from './cluster-bridge.ts';
import { bridgeRequest, bucketSql, type ClusterQuery } from './cluster-query.ts';
import { numberExpression } from './text-condition.ts';

export type TableRequest = Readonly<{ stage: Stage; request: SearchRequest; stop: StopCheck }>;

/** Null where rows have to be read. */
export function clusterTable(
  bridge: ClusterBridge,
  query: ClusterQuery,
  asked: TableRequest,
): Table | null {
  const { stage } = asked;
  const ask: Ask = (sql) =>
    bridge.rows(bridgeRequest(sql, query.parameters, asked.request), asked.stop);
  switch (stage.kind) {
    case 'count':
      return stage.by.length === 0 ? null : countTable(ask, query, stage.by);
    case 'top':
      return topTable(ask, query, stage);
    case 'timechart':
      return stage.bucketMs === null ? null : chartTable(ask, query, stage);
    case 'measure':
      return stage.name === 'tag' ? null : measureTable(ask, query, stage);
    default:
      return null;
  }
}

type Ask = (sql: string) => readonly (readonly (string | number | null)[])[];

const LIMIT = `LIMIT ${GROUPS_MAX + 1}`;

/** The value of a name; NULL where an entry has none. `place`: of several; two tags are spread each by itself only where they read differently. */
function groupSql(name: string, { parameters }: ClusterQuery, place = 0): string {
  if (name === 'tag') {
    const tag = `t${place}`;
    return `arrayJoin(if(empty(Tags), [NULL], arrayMap(${tag} -> toNullable(toString(${tag})), Tags)))`;
  }
  const { value, exists } = stageValueSql(name, parameters);
  return exists === null ? `toNullable(${value})` : `if(${exists}, toNullable(${value}), NULL)`;
}

function countTable(ask: Ask, query: ClusterQuery, by: readonly string[]): Table {
  const values = by.map((name, index) => `${groupSql(name, query, index)} AS g${index}`).join(', ');
  const keys = by.map((_, index) => `g${index}`).join(', ');
  const rows = ask(
    `SELECT ${values}, count() FROM ${query.from} WHERE ${query.where} GROUP BY ${keys} ${LIMIT}`,
  );
  if (rows.length > GROUPS_MAX) throw tooMany('group', `${GROUPS_MAX} groups`);
  return countTableOf(by, mergedGroups(rows));
}

/**
 * Groups, their values before their count, each once: bytes that are no UTF-8 are different values to a server, and the same
 * ones where they are read.
 */
export function mergedGroups<T extends Cell>(
  rows: readonly (readonly T[])[],
): { values: readonly T[]; count: number }[] {
  const groups = new Map<string, { values: readonly T[]; count: number }>();
  for (const row of rows) {
    const values = row.slice(0, -1);
    const key = JSON.stringify(values);
    const known = groups.get(key);
    const count = Number(row.at(-1));
    if (known === undefined) groups.set(key, { values, count });
    else known.count += count;
  }
  return [...groups.values()];
}

function topTable(ask: Ask, query: ClusterQuery, stage: Extract<Stage, { kind: 'top' }>): Table {
  const total = Number(ask(`SELECT count() FROM ${query.from} WHERE ${query.where}`)[0]?.[0] ?? 0);
  const found = ask(
    `SELECT ${groupSql(stage.name, query)} AS g, count() FROM ${query.from} WHERE ${query.where} GROUP BY g HAVING isNotNull(g) ${LIMIT}`,
  );
  if (found.length > GROUPS_MAX) throw tooMany('count', `${GROUPS_MAX} values`);
  const rows = mergedGroups(found)
    .map(({ values: [value], count }): [string, number] => [String(value), count])
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, stage.limit)
    .map(([value, count]) => [value, count, count / total]);
  return { columns: columnsOfStage(stage)!, rows };
}

function chartTable(
  ask: Ask,
  query: ClusterQuery,
  stage: Extract<Stage, { kind: 'timechart' }>,
): Table {
  const stepUs = stage.bucketMs! * 1_000;
  const bucket = bucketSql(stepUs, query.parameters);
  const group = stage.by === null ? "toNullable('count')" : groupSql(stage.by, query);
  const rows = ask(
    `SELECT ${bucket} AS b, ${group} AS g, count() FROM ${query.from} WHERE ${query.where} GROUP BY b, g ${LIMIT}`,
  );
  if (rows.length > GROUPS_MAX) throw tooMany('chart', `${GROUPS_MAX} groups`);
  const buckets = new Map<number, Map<string, number>>();
  for (const [index, name, count] of rows) {
    const start = Number(index) * stepUs;
    const counts = buckets.get(start) ?? new Map<string, number>();
    buckets.set(start, counts);
    const series = name === null ? NONE_SERIES : String(name);
    counts.set(series, (counts.get(series) ?? 0) + Number(count));
  }
  return chartRows(buckets, stage);
}

/** Null where a value is no UTF-8: to a server each such is another one, and those that are read as one are measured together. */
function measureTable(
  ask: Ask,
  query: ClusterQuery,
  stage: Extract<Stage, { kind: 'measure' }>,
): Table | null {
  const { by, measure, name } = stage;
  const { value, exists } = stageValueSql(name, query.parameters);
  const keys = by.map((_, index) => `g${index}`);
  const values = by.map((group, index) => `${groupSql(group, query, index)} AS g${index}`);
  const where = exists === null ? query.where : `${query.where} AND ${exists}`;
  const { before, result } = measureSql(measure, value, query);
  const rows = ask(
    `${before} SELECT ${[...values, result].join(', ')} FROM ${query.from} WHERE ${where} ${keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')}`} ${LIMIT}`,
  );
  if (rows.length > GROUPS_MAX) throw tooMany('group', `${GROUPS_MAX} groups`);
  if (mergedGroups(rows).length < rows.length) return null;
  if (measure.kind === 'distinct' && rows.some((row) => row.at(-1) === null)) return null;
  const made = rows.map((row): Cell[] => {
    const last = row.at(-1) ?? null;
    return [...row.slice(0, -1), last === null ? null : numberFrom(last)];
  });
  return measureTableOf(columnsOfStage(stage)!, made);
}

/** Values that are no numbers are left out; NULL where none is left, and where the different ones cannot be counted there. */
function measureSql(
  measure: Measure,
  value: string,
  { parameters }: ClusterQuery,
): { before: string; result: string } {
  const number = numberExpression(value);
  switch (measure.kind) {
    case 'percentile': {
      const percentile = parameters.of(measure.percentile, 'Float64');
      return {
        before: `WITH arraySort(groupArray(${number})) AS numbers`,
        result: nearestRank(percentile),
      };
    }
    case 'distinct':
      return {
        before: '',
        result: `if(countIf(NOT isValidUTF8(${value})) > 0, NULL, uniqExact(${value}))`,
      };
    default:
      return { before: '', result: `${measure.kind}OrNull(${number})` };
  }
}

/** As it comes in JSON, which has no words for what is too large for a double, as `1e999` is. */
export function numberFrom(cell: string | number): number {
  return cell === 'inf' ? Infinity : cell === '-inf' ? -Infinity : Number(cell);
}

/** The number at a percentile of `numbers`, which are sorted: what the engine says. Rounded as `base/nearest-rank.ts` does. */
export function nearestRank(percentile: string): string {
  return `if(empty(numbers), NULL, numbers[greatest(1, toInt64(ceil(round(${percentile} * length(numbers) / 100, 6))))])`;
}
