/**
 * Stages that make a table of entries: count, top, timechart, measures, patterns, fields.
 *
 * Each is one pass over the entries. Groups are bounded; beyond that the query is refused, never answered in part.
 */
import { OperatorError } from '../../base/errors.ts';
import type { EntryColumns } from '../../model/entry-columns.ts';
import { timestampText } from '../../model/entry-record.ts';
import { LEVEL_NONE_NAME, LEVELS } from '../../model/level.ts';
import { OTHERS, Templates } from '../../pattern/templates.ts';
import { columnsOfStage, type Measure, type Stage } from '../../query/stage-tree.ts';
import { bucketFor } from '../../query/time-buckets.ts';
import type { Entries } from './entry-stages.ts';
import {
  type Cell,
  cellReader,
  compareCells,
  numberOf,
  type Table,
  valuesReader,
} from './values.ts';

/** Groups of one table. */
const GROUPS_MAX = 200_000;
const PATTERNS_MAX = 20_000;
/** Rows of `fields`; more is an export. */
const ROWS_MAX = 200_000;
/** Steps of a chart, where none was asked for. */
export const BUCKETS_DEFAULT = 60;
const BUCKETS_MAX = 100_000;
/** Series of one chart, those with most entries; the rest is one more. */
const SERIES_MAX = 10;
/** Numbers held for percentiles: 400 MB. */
const NUMBERS_MAX = 50_000_000;

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

/** The state of each combination of values; made when it is first met. */
class Groups<State> {
  readonly #readers: readonly ReturnType<typeof valuesReader>[];
  readonly #open: () => State;
  readonly #groups = new Map<string, { values: readonly Cell[]; state: State }>();

  constructor(names: readonly string[], open: () => State) {
    this.#readers = names.map(valuesReader);
    this.#open = open;
  }

  /** An entry with several tags belongs to several groups. */
  statesOf(columns: EntryColumns, row: number): State[] {
    let keys: (readonly (string | null)[])[] = [[]];
    for (const valuesOf of this.#readers) {
      const values = valuesOf(columns, row);
      const added = values.length === 0 ? [null] : values;
      keys = keys.flatMap((key) => added.map((value) => [...key, value]));
    }
    return keys.map((values) => this.#stateOf(values));
  }

  all(): { values: readonly Cell[]; state: State }[] {
    return [...this.#groups.values()];
  }

  #stateOf(values: readonly (string | null)[]): State {
    const key =
      values.length === 1 ? `${values[0] === null ? 0 : 1}${values[0]}` : JSON.stringify(values);
    const known = this.#groups.get(key);
    if (known !== undefined) return known.state;
    if (this.#groups.size === GROUPS_MAX) throw tooMany('group', `${GROUPS_MAX} groups`);
    const state = this.#open();
    this.#groups.set(key, { values, state });
    return state;
  }
}

function countTable(entries: Entries, by: readonly string[]): Table {
  const groups = new Groups(by, () => ({ count: 0 }));
  for (const { columns, row } of entries) {
    for (const state of groups.statesOf(columns, row)) state.count += 1;
  }
  return countRows(
    by,
    groups.all().map(({ values, state }) => ({ values, count: state.count })),
  );
}

/** Most frequent first; without `by` one row, also where nothing matches. */
export function countRows(
  by: readonly string[],
  counts: readonly Readonly<{ values: readonly Cell[]; count: number }>[],
): Table {
  const all = by.length === 0 && counts.length === 0 ? [{ values: [], count: 0 }] : counts;
  const rows = [...all]
    .sort((one, other) => other.count - one.count || compareRows(one.values, other.values))
    .map(({ values, count }) => [...values, count]);
  return { columns: [...by, 'count'], rows };
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
      if (buckets.size === GROUPS_MAX) throw tooMany('chart', `${GROUPS_MAX} steps of time`);
      counts = new Map();
      buckets.set(start, counts);
    }
    const values = seriesOf(columns, row);
    for (const value of values.length === 0 ? [NONE] : values) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return chartRows(buckets, stage);
}

const NONE = '(none)';
const OTHER = '(other)';

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
    stage.bucketMs === null ? bucketFor(lastUs - firstUs, BUCKETS_DEFAULT) : stage.bucketMs * 1_000;
  const from = Math.floor(firstUs / stepUs);
  const count = Math.floor(lastUs / stepUs) - from + 1;
  if (count > BUCKETS_MAX) throw tooMany('chart', `${BUCKETS_MAX} steps of time`);
  const rows = Array.from({ length: count }, (_, index): (string | number)[] => [
    timestampText((from + index) * stepUs),
    ...series.map(() => 0),
  ]);
  for (const [start, counts] of buckets) {
    const row = rows[Math.floor(start / stepUs) - from]!;
    for (const [name, added] of counts) {
      const found = series.indexOf(name);
      const column = 1 + (found < 0 ? series.indexOf(OTHER) : found);
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
  return names.length <= SERIES_MAX ? names : [...names.slice(0, SERIES_MAX), OTHER];
}

function measureTable(entries: Entries, stage: Extract<Stage, { kind: 'measure' }>): Table {
  const { measure, by } = stage;
  const valuesOf = valuesReader(stage.name);
  let heldCount = 0;
  const groups = new Groups(by, () => openMeasure(measure));
  for (const { columns, row } of entries) {
    const values = valuesOf(columns, row);
    if (values.length === 0) continue;
    for (const state of groups.statesOf(columns, row)) {
      for (const value of values) state.add(value);
    }
    heldCount += measure.kind === 'percentile' ? 1 : 0;
    if (heldCount > NUMBERS_MAX) throw tooMany('measure', `${NUMBERS_MAX} numbers`);
  }
  const all = groups.all();
  const shown =
    by.length === 0 && all.length === 0 ? [{ values: [], state: openMeasure(measure) }] : all;
  const rows = shown
    .map(({ values, state }) => [...values, state.result()])
    .sort((one, other) => -compareCells(one.at(-1)!, other.at(-1)!) || compareRows(one, other));
  return { columns: columnsOfStage(stage)!, rows };
}

type OpenMeasure = Readonly<{ add: (value: string) => void; result: () => number | null }>;

/** Values that are no numbers are left out; null where none is left. */
function openMeasure(measure: Measure): OpenMeasure {
  if (measure.kind === 'distinct') {
    const values = new Set<string>();
    return {
      add(value) {
        if (values.size === GROUPS_MAX) throw tooMany('count', `${GROUPS_MAX} values`);
        values.add(value);
      },
      result: () => values.size,
    };
  }
  if (measure.kind === 'percentile') return openPercentile(measure.percentile);
  let count = 0;
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  return {
    add(value) {
      const number = numberOf(value);
      if (Number.isNaN(number)) return;
      count += 1;
      sum += number;
      least = Math.min(least, number);
      most = Math.max(most, number);
    },
    result() {
      if (count === 0) return null;
      if (measure.kind === 'avg') return sum / count;
      if (measure.kind === 'sum') return sum;
      return measure.kind === 'min' ? least : most;
    },
  };
}

/** Nearest rank over all values: exact, at 8 bytes each. */
function openPercentile(percentile: number): OpenMeasure {
  let numbers = new Float64Array(64);
  let count = 0;
  return {
    add(value) {
      const number = numberOf(value);
      if (Number.isNaN(number)) return;
      if (count === numbers.length) {
        const larger = new Float64Array(count * 2);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[count] = number;
      count += 1;
    },
    result() {
      if (count === 0) return null;
      const sorted = numbers.slice(0, count).sort();
      return sorted[Math.max(0, Math.ceil((percentile / 100) * count) - 1)]!;
    },
  };
}

function patternTable(entries: Entries, limit: number): Table {
  const templates = new Templates(PATTERNS_MAX);
  const found = new Map<
    number,
    { count: number; severity: number; level: string; example: string }
  >();
  let total = 0;
  for (const { columns, row } of entries) {
    total += 1;
    const start = columns.messageStart[row]!;
    const id = templates.idOf(columns.bytes, start, start + columns.messageLength[row]!);
    const severity = columns.severity[row]!;
    const pattern = found.get(id);
    if (pattern === undefined) {
      const level = LEVELS[columns.level[row]!] ?? LEVEL_NONE_NAME;
      found.set(id, { count: 1, severity, level, example: columns.messageText(row) });
      continue;
    }
    pattern.count += 1;
    if (severity <= pattern.severity) continue;
    pattern.severity = severity;
    pattern.level = LEVELS[columns.level[row]!] ?? LEVEL_NONE_NAME;
  }
  const merged = new Map<
    number,
    { count: number; severity: number; level: string; example: string }
  >();
  for (const [id, pattern] of found) {
    const root = templates.merged(id);
    const known = merged.get(root);
    if (known === undefined) {
      merged.set(root, { ...pattern });
      continue;
    }
    known.count += pattern.count;
    if (pattern.severity > known.severity)
      Object.assign(known, { severity: pattern.severity, level: pattern.level });
  }
  const rows = [...merged]
    .sort(([, one], [, other]) => other.count - one.count)
    .slice(0, limit)
    .map(([id, { count, level, example }]) => [
      count,
      count / total,
      level,
      id === OTHERS ? '(others)' : templates.textOf(id),
      example,
    ]);
  return { columns: columnsOfStage({ kind: 'patterns', limit })!, rows };
}

function fieldTable(entries: Entries, names: readonly string[]): Table {
  const readers = names.map(cellReader);
  const rows: Cell[][] = [];
  for (const { columns, row } of entries) {
    if (rows.length === ROWS_MAX) throw tooMany('list', `${ROWS_MAX} entries`);
    rows.push(readers.map((cellOf) => cellOf(columns, row)));
  }
  return { columns: names, rows };
}

function compareRows(one: readonly Cell[], other: readonly Cell[]): number {
  for (const [index, cell] of one.entries()) {
    const order = compareCells(cell, other[index]!);
    if (order !== 0) return order;
  }
  return 0;
}

function tooMany(what: string, limit: string): OperatorError {
  return new OperatorError(
    'QUERY_STOPPED',
    `Cannot ${what} the entries: there are more than ${limit}`,
    {
      hint: 'Ask for a shorter time range, or for fewer entries',
    },
  );
}
