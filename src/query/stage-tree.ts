/**
 * What stands behind `|`, as data: each stage takes entries or a table and gives entries or a table.
 *
 * Names are `level`, `source`, `tag`, `file`, `message`, `timestamp`, or the key of a field; behind a stage that
 * makes a table they are its columns.
 */

export type Stage =
  /** How many entries there are, for each combination of values. */
  | Readonly<{ kind: 'count'; by: readonly string[] }>
  /** The most frequent values. */
  | Readonly<{ kind: 'top'; limit: number; name: string }>
  /** How many entries over time; null: a step that fits, all in one series. */
  | Readonly<{ kind: 'timechart'; bucketMs: number | null; by: string | null }>
  /** A number over a numeric field (or, for `distinct`, how many different values it has). */
  | Readonly<{ kind: 'measure'; measure: Measure; name: string; by: readonly string[] }>
  /** Messages of one shape, counted. */
  | Readonly<{ kind: 'patterns'; limit: number }>
  /** These values only. */
  | Readonly<{ kind: 'fields'; names: readonly string[] }>
  | Readonly<{ kind: 'sort'; keys: readonly SortKey[] }>
  | Readonly<{ kind: 'limit'; count: number }>
  /** The first of those that have equal values. */
  | Readonly<{ kind: 'dedup'; names: readonly string[] }>
  /** Each entry with so many before and after it in its file. */
  | Readonly<{ kind: 'context'; before: number; after: number }>;

export type SortKey = Readonly<{ name: string; descending: boolean }>;

/** `avg`, `p95`, …; a percentile is 0 to 100, by nearest rank. */
export type Measure =
  | Readonly<{ kind: 'avg' | 'sum' | 'min' | 'max' | 'distinct' }>
  | Readonly<{ kind: 'percentile'; percentile: number }>;

export const STAGE_NAMES = [
  'count',
  'top',
  'timechart',
  'avg',
  'sum',
  'min',
  'max',
  'distinct',
  'median',
  'patterns',
  'fields',
  'sort',
  'limit',
  'dedup',
  'context',
] as const;

/** `p95`, `avg`: as it is written, and in the name of the column it makes. */
export function measureName(measure: Measure): string {
  return measure.kind === 'percentile' ? `p${measure.percentile}` : measure.kind;
}

/** Columns of the table that a stage makes of entries; null: it makes none, or names them by what it finds. */
export function columnsOfStage(stage: Stage): readonly string[] | null {
  switch (stage.kind) {
    case 'count':
      return distinctNames([...stage.by, 'count']);
    case 'top':
      return distinctNames([stage.name, 'count', 'share']);
    case 'measure':
      return distinctNames([...stage.by, `${measureName(stage.measure)}_${stage.name}`]);
    case 'patterns':
      return ['count', 'share', 'level', 'pattern', 'example'];
    case 'fields':
      return stage.names;
    default:
      return null;
  }
}

/** A field may be called as what is counted: the later of two columns gets a number, so that each can be asked for. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let number = 2; taken.has(free); number += 1) free = `${name}_${number}`;
    taken.add(free);
    return free;
  });
}

/** Whether a stage makes a table of entries. */
export function makesTable({ kind }: Stage): boolean {
  return (
    kind === 'count' ||
    kind === 'top' ||
    kind === 'timechart' ||
    kind === 'measure' ||
    kind === 'patterns' ||
    kind === 'fields'
  );
}

/** Said wherever somebody asks for it. */
export const STAGES_NOT_FOLLOWED =
  'Cannot follow a query with stages: new entries would change what was printed';
