/** What a query computes, over an array of entries and the slow way: stages and aggregations, as `src/query/GRAMMAR.md` has them. */
import fc from 'fast-check';
import { LEVELS } from '../../src/model/level.ts';
import type { TestEntry } from './entry-rows.ts';
import { fieldOf, KEYS, numberIn } from './naive-conditions.ts';

export type NaiveRow = TestEntry & Readonly<{ sequence: number }>;
type Cell = string | number | null;
export type NaiveTable = Readonly<{
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}>;

/** What stands between two `|`; what a table takes comes behind a stage that makes one. */
export type NaiveStage =
  | Readonly<{ kind: 'limit'; count: number }>
  | Readonly<{ kind: 'dedup'; names: readonly string[] }>
  | Readonly<{ kind: 'sort'; keys: readonly SortKey[] }>
  | Readonly<{ kind: 'context'; before: number; after: number }>
  | Readonly<{ kind: 'count'; by: readonly string[] }>
  | Readonly<{ kind: 'top'; limit: number; name: string }>
  | Readonly<{ kind: 'timechart'; stepMs: number; by: string | null }>
  | Readonly<{ kind: 'measure'; measure: string; name: string; by: readonly string[] }>
  | Readonly<{ kind: 'fields'; names: readonly string[] }>;
type SortKey = Readonly<{ name: string; descending: boolean }>;

const FEW = 7;
/** The most steps that a chart has. */
const CHART_STEPS_MAX = 100_000;

const NAMES = ['level', 'source', 'tag', 'file', 'message', 'timestamp', ...KEYS];
const name = fc.constantFrom(...NAMES);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const measured = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...KEYS) }, name);
const by = fc.oneof(fc.constant([]), names);
const count = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(1_000_000));
const measure = fc.constantFrom(
  ...['avg', 'sum', 'min', 'max', 'median', 'distinct'],
  ...['p95', 'p99.9', 'p0', 'p100', 'p55', 'p28', 'p7', 'p14'],
);
const keysOf = (of: fc.Arbitrary<string>): fc.Arbitrary<SortKey[]> =>
  fc.array(fc.record({ name: of, descending: fc.boolean() }), { minLength: 1, maxLength: 2 });

const entryStage: fc.Arbitrary<NaiveStage> = fc.oneof(
  fc.record({ kind: fc.constant('limit' as const), count }),
  fc.record({ kind: fc.constant('dedup' as const), names }),
  fc.record({ kind: fc.constant('sort' as const), keys: keysOf(name) }),
  fc.record({
    kind: fc.constant('context' as const),
    before: fc.nat(3),
    after: fc.nat(3),
  }),
);
const tableStage: fc.Arbitrary<NaiveStage> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), by }),
  fc.record({ kind: fc.constant('top' as const), limit: count, name }),
  fc.record({
    kind: fc.constant('timechart' as const),
    stepMs: fc.constantFrom(1_000, 7_000, 60_000, 90_500, 3_600_000, 86_400_000, 604_800_000),
    by: fc.option(name),
  }),
  fc.record({ kind: fc.constant('measure' as const), measure, name: measured, by }),
  fc.record({ kind: fc.constant('fields' as const), names }),
);
const places = fc.array(fc.nat(9), { minLength: 1, maxLength: 2 });
/** Behind a table: the places stand for its columns. */
const rowStage = fc.oneof(
  fc.record({ kind: fc.constant('limit' as const), count }),
  fc.record({ kind: fc.constantFrom('dedup' as const, 'fields' as const), places }),
  fc.record({
    kind: fc.constant('sort' as const),
    keys: fc.array(fc.record({ place: fc.nat(9), descending: fc.boolean() }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
);

export const naiveStages: fc.Arbitrary<NaiveStage[]> = fc
  .tuple(
    fc.array(entryStage, { maxLength: 2 }),
    fc.option(fc.tuple(tableStage, fc.array(rowStage, { maxLength: 3 })), { freq: 6 }),
  )
  .map(([first, made]) => {
    // Each context is two searches.
    const entryStages = first.flatMap((stage): NaiveStage[] =>
      stage.kind === 'context' ? [{ kind: 'limit', count: FEW }, stage] : [stage],
    );
    if (made === null) return entryStages;
    const [maker, others] = made;
    const stages: NaiveStage[] = [...entryStages, maker];
    let columns = columnsOf(maker);
    for (const stage of others) {
      if (stage.kind === 'limit') {
        stages.push(stage);
        continue;
      }
      if (columns.length === 0) break;
      const at = (place: number): string => columns[place % columns.length]!;
      if (stage.kind === 'sort') {
        const keys = stage.keys.map(({ place, descending }) => ({ name: at(place), descending }));
        stages.push({ kind: 'sort', keys });
        continue;
      }
      const chosen = [...new Set(stage.places.map(at))];
      stages.push({ kind: stage.kind, names: chosen });
      if (stage.kind === 'fields') columns = chosen;
    }
    return stages;
  });

/** Those that are known before the entries are: a chart names its series by what it finds. */
function columnsOf(stage: NaiveStage): readonly string[] {
  switch (stage.kind) {
    case 'count':
      return distinct([...stage.by, 'count']);
    case 'top':
      return distinct([stage.name, 'count', 'share']);
    case 'measure':
      return distinct([...stage.by, measuredName(stage)]);
    case 'fields':
      return stage.names;
    default:
      return ['time'];
  }
}

/** No field here is called so that two would be alike but for this one. */
const distinct = (columns: string[]): string[] =>
  columns.map((column, index) => (columns.indexOf(column) < index ? `${column}_2` : column));

const measuredName = ({ measure: of, name: named }: { measure: string; name: string }): string =>
  `${of === 'median' ? 'p50' : of}_${named}`;

export function stageText(stage: NaiveStage): string {
  const list = (of: readonly string[]): string => of.map(written).join(', ');
  const byText = (of: readonly string[]): string => (of.length === 0 ? '' : ` by ${list(of)}`);
  switch (stage.kind) {
    case 'limit':
      return `limit ${stage.count}`;
    case 'dedup':
    case 'fields':
      return `${stage.kind} ${list(stage.names)}`;
    case 'sort':
      return `sort ${stage.keys.map((key) => `${key.descending ? '-' : ''}${written(key.name)}`).join(', ')}`;
    case 'context':
      return `context ${stage.before} ${stage.after}`;
    case 'count':
      return `count${byText(stage.by)}`;
    case 'top':
      return `top ${stage.limit} ${written(stage.name)}`;
    case 'timechart':
      return `timechart ${stage.stepMs}ms${byText(stage.by === null ? [] : [stage.by])}`;
    case 'measure':
      return `${stage.measure} ${written(stage.name)}${byText(stage.by)}`;
  }
}

const written = (named: string): string => (/[ -]/.test(named) ? `"${named}"` : named);

/** All values of a name: several for tags, none where the entry has no such field. */
export function valuesOf(row: NaiveRow, named: string): readonly string[] {
  switch (named) {
    case 'level':
      return [row.level ?? 'none'];
    case 'source':
      return [row.source];
    case 'tag':
      return row.tags ?? [];
    case 'file':
      return [row.path ?? ''];
    case 'message':
      return [row.message];
    case 'timestamp':
      return [timeText(row.timestampUs)];
    default: {
      const value = fieldOf(row, named);
      return value === undefined ? [] : [value];
    }
  }
}

/** Microseconds where there are any. */
function timeText(us: number): string {
  const ms = Math.floor(us / 1_000);
  const rest = us - ms * 1_000;
  const text = new Date(ms).toISOString();
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/** A number where a text is how one is written, nothing where there is none. */
function cellOf(values: readonly string[]): Cell {
  if (values.length === 0) return null;
  const text = values.join(',');
  return values.length === 1 ? numberOrText(text) : text;
}

function numberOrText(text: string): string | number {
  return /^-?\d/.test(text) && String(Number(text)) === text ? Number(text) : text;
}

/** What is sorted: a number however it is written, a time with its microseconds. */
function rankOf(cell: Cell): Cell {
  const number = typeof cell === 'string' ? numberIn(cell) : Number.NaN;
  if (!Number.isNaN(number)) return number;
  return typeof cell === 'string' ? cell.replace(/^([\d-]{10}T[\d:]{8}\.\d{3})Z$/, '$1000Z') : cell;
}

/** Numbers by their size and before texts, and what is not there last, in both directions. */
function compare(one: Cell, other: Cell, descending = false): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  if (typeof one !== typeof other) return typeof one === 'number' ? -1 : 1;
  const order = one < other ? -1 : Number(one > other);
  return descending ? -order : order;
}

function compareAll(one: readonly Cell[], other: readonly Cell[]): number {
  return one.map((cell, index) => compare(cell, other[index]!)).find((order) => order !== 0) ?? 0;
}

export type NaiveEntries = Readonly<{ row: NaiveRow; isMatch: boolean }>[];
export type NaiveResult =
  | Readonly<{ kind: 'entries'; entries: NaiveEntries }>
  | Readonly<{ kind: 'table'; table: NaiveTable }>
  | Readonly<{ kind: 'refused' }>;

/** `found`: what the condition finds, in order; `stored`: all there is. */
export function naiveRun(
  stages: readonly NaiveStage[],
  found: readonly NaiveRow[],
  stored: readonly NaiveRow[],
): NaiveResult {
  let entries: NaiveEntries = found.map((row) => ({ row, isMatch: true }));
  let table: NaiveTable | null = null;
  for (const stage of stages) {
    if (table !== null) {
      table = tableBehind(stage, table);
      continue;
    }
    const next = entriesBehind(stage, entries, stored);
    if (next !== null) {
      entries = next;
      continue;
    }
    table = tableOf(
      stage,
      entries.map(({ row }) => row),
    );
    if (table === null) return { kind: 'refused' };
  }
  return table === null ? { kind: 'entries', entries } : { kind: 'table', table };
}

function entriesBehind(
  stage: NaiveStage,
  entries: NaiveEntries,
  stored: readonly NaiveRow[],
): NaiveEntries | null {
  switch (stage.kind) {
    case 'limit':
      return entries.slice(0, stage.count);
    case 'dedup':
      return entries.filter(firstOf(({ row }) => stage.names.map((of) => valuesOf(row, of))));
    case 'sort':
      return entries
        .toSorted((one, other) =>
          byKeys(stage.keys, (of) => [
            cellOf(valuesOf(one.row, of)),
            cellOf(valuesOf(other.row, of)),
          ]),
        )
        .map(({ row }) => ({ row, isMatch: true }));
    case 'context':
      return entries.flatMap(({ row }) => {
        const ofFile = stored.filter(({ path }) => path === row.path).toSorted(oldestFirst);
        const at = ofFile.findIndex(({ sequence }) => sequence === row.sequence);
        return ofFile
          .slice(Math.max(0, at - stage.before), at + stage.after + 1)
          .map((each) => ({ row: each, isMatch: each.sequence === row.sequence }));
      });
    default:
      return null;
  }
}

export function oldestFirst(one: NaiveRow, other: NaiveRow): number {
  return one.timestampUs - other.timestampUs || one.sequence - other.sequence;
}

function firstOf<Item>(keyOf: (item: Item) => unknown): (item: Item) => boolean {
  const seen = new Set<string>();
  return (item) => {
    const key = JSON.stringify(keyOf(item));
    return !seen.has(key) && Boolean(seen.add(key));
  };
}

function byKeys(
  keys: readonly SortKey[],
  cellsOf: (named: string) => readonly [Cell, Cell],
): number {
  const orders = keys.map(({ name: of, descending }) => {
    const [one, other] = cellsOf(of);
    return compare(rankOf(one), rankOf(other), descending);
  });
  return orders.find((order) => order !== 0) ?? 0;
}

/** As on entries, a text that is how a number is written sorts as one. */
function tableBehind(stage: NaiveStage, { columns, rows }: NaiveTable): NaiveTable {
  const cellAt = (row: readonly Cell[], named: string): Cell => row[columns.indexOf(named)]!;
  switch (stage.kind) {
    case 'limit':
      return { columns, rows: rows.slice(0, stage.count) };
    case 'fields':
      return {
        columns: stage.names,
        rows: rows.map((row) => stage.names.map((of) => cellAt(row, of))),
      };
    case 'dedup':
      return {
        columns,
        rows: rows.filter(firstOf((row) => stage.names.map((of) => cellAt(row, of)))),
      };
    case 'sort': {
      const sortable = (row: readonly Cell[], named: string): Cell => {
        const cell = cellAt(row, named);
        return typeof cell === 'string' ? numberOrText(cell) : cell;
      };
      return {
        columns,
        rows: rows.toSorted((one, other) =>
          byKeys(stage.keys, (of) => [sortable(one, of), sortable(other, of)]),
        ),
      };
    }
    default:
      throw new TypeError(`${stage.kind} takes entries`);
  }
}

/** Null: refused. */
function tableOf(stage: NaiveStage, rows: readonly NaiveRow[]): NaiveTable | null {
  const columns = columnsOf(stage);
  switch (stage.kind) {
    case 'count': {
      const groups = grouped(rows, stage.by);
      const counts =
        stage.by.length === 0
          ? [[rows.length]]
          : groups.map(([values, of]) => [...values, of.length]);
      return { columns, rows: mostFirst(counts) };
    }
    case 'top': {
      const groups = grouped(rows, [stage.name]).filter(([[value]]) => value !== null);
      const counts = groups.map(([[value], of]): Cell[] => [value!, of.length]);
      return {
        columns,
        rows: mostFirst(counts)
          .slice(0, stage.limit)
          .map((row) => [...row, Number(row[1]) / rows.length]),
      };
    }
    case 'timechart':
      return chartOf(rows, stage);
    case 'measure': {
      const having = rows.filter((row) => valuesOf(row, stage.name).length > 0);
      const groups = stage.by.length === 0 ? [[[], having] as const] : grouped(having, stage.by);
      const measured = groups.map(([values, of]) => [
        ...values,
        measureOf(
          stage.measure,
          of.flatMap((row) => valuesOf(row, stage.name)),
        ),
      ]);
      return { columns, rows: mostFirst(measured) };
    }
    case 'fields':
      return {
        columns,
        rows: rows.map((row) => stage.names.map((of) => cellOf(valuesOf(row, of)))),
      };
    default:
      throw new TypeError(`${stage.kind} makes no table`);
  }
}

/** The largest number first and none last, what is equal by its values. */
function mostFirst(rows: readonly (readonly Cell[])[]): (readonly Cell[])[] {
  return rows.toSorted(
    (one, other) => compare(one.at(-1)!, other.at(-1)!, true) || compareAll(one, other),
  );
}

/** Rows by the combination of values; one with several tags is in several, one without a value in that of none. */
export function grouped(
  rows: readonly NaiveRow[],
  namesOf: readonly string[],
): [values: (string | null)[], rows: NaiveRow[]][] {
  const groups = new Map<string, [(string | null)[], NaiveRow[]]>();
  for (const row of rows) {
    let combinations: (string | null)[][] = [[]];
    for (const named of namesOf) {
      const values = valuesOf(row, named);
      const added = values.length === 0 ? [null] : values;
      combinations = combinations.flatMap((before) => added.map((value) => [...before, value]));
    }
    for (const values of combinations) {
      const key = JSON.stringify(values);
      const group = groups.get(key) ?? [values, []];
      group[1].push(row);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

function measureOf(of: string, values: readonly string[]): number | null {
  if (of === 'distinct') return new Set(values).size;
  const numbers = values.map(numberIn).filter((number) => !Number.isNaN(number));
  if (numbers.length === 0) return null;
  const sum = numbers.reduce((before, number) => before + number, 0);
  if (of === 'sum') return sum;
  if (of === 'avg') return sum / numbers.length;
  if (of === 'min') return Math.min(...numbers);
  if (of === 'max') return Math.max(...numbers);
  return nearestRank(numbers, of === 'median' ? '50' : of.slice(1));
}

/** The smallest number that so many in a hundred are not larger than; the percentile in whole thousandths. */
export function nearestRank(numbers: readonly number[], percentile: string): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const thousandths = BigInt(Math.round(Number(percentile) * 1_000));
  const enough = (rank: number): boolean =>
    BigInt(rank) * 100_000n >= thousandths * BigInt(sorted.length);
  return sorted.find((_, index) => enough(index + 1))!;
}

const LEVELS_WORST_FIRST: readonly string[] = [...LEVELS.toReversed(), 'none'];
const SERIES_MAX = 10;

/** Every step of the range has a row; levels worst first, of other series the ten with most entries. */
function chartOf(
  rows: readonly NaiveRow[],
  { stepMs, by: named }: Extract<NaiveStage, { kind: 'timechart' }>,
): NaiveTable | null {
  const stepUs = stepMs * 1_000;
  const seriesIn = (row: NaiveRow): readonly string[] => {
    if (named === null) return ['count'];
    const values = valuesOf(row, named);
    return values.length === 0 ? ['(none)'] : values;
  };
  const totals = new Map<string, number>();
  for (const row of rows)
    for (const series of seriesIn(row)) totals.set(series, (totals.get(series) ?? 0) + 1);
  const most = mostFirst([...totals]).map(([series]) => String(series));
  let shown = named === null ? ['count'] : most;
  if (named === 'level') shown = LEVELS_WORST_FIRST.filter((series) => totals.has(series));
  else if (shown.length > SERIES_MAX) shown = [...shown.slice(0, SERIES_MAX), '(other)'];
  const columns = ['time', ...shown];
  if (rows.length === 0) return { columns, rows: [] };
  const steps = rows.map(({ timestampUs }) => Math.floor(timestampUs / stepUs));
  const first = Math.min(...steps);
  const length = Math.max(...steps) - first + 1;
  if (length > CHART_STEPS_MAX) return null;
  const charted: Cell[][] = Array.from({ length }, (_, index) => [
    timeText((first + index) * stepUs),
    ...shown.map(() => 0),
  ]);
  for (const [index, row] of rows.entries()) {
    const cells = charted[steps[index]! - first]!;
    for (const series of seriesIn(row)) {
      const found = shown.indexOf(series);
      cells[1 + (found < 0 ? SERIES_MAX : found)] =
        Number(cells[1 + (found < 0 ? SERIES_MAX : found)]) + 1;
    }
  }
  return { columns, rows: charted };
}
