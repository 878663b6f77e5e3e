/**
 * The table that a query's stages make, and how its cells compare: the same whoever made it, the store or a cluster.
 */

import { columnsOfStage } from './stage-tree.ts';

/** A cell of a table; null where the entry has no such value. */
export type Cell = string | number | null;

export type Table = Readonly<{ columns: readonly string[]; rows: readonly (readonly Cell[])[] }>;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** NaN where the text is no number. */
export function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}

/** A text as a number where it is one that a double holds exactly as written. */
export function cellOf(text: string): Cell {
  const value = numberOf(text);
  // The text `NaN` is how JavaScript writes that it is none.
  return !Number.isNaN(value) && String(value) === text ? value : text;
}

/** For sorting in a direction: what an entry does not have comes last in both. */
export function compareSorted(one: Cell, other: Cell, descending: boolean): number {
  if (one === null || other === null) return compareCells(one, other);
  return descending ? compareCells(other, one) : compareCells(one, other);
}

/** Numbers before texts, nothing last; texts by their code units. */
export function compareCells(one: Cell, other: Cell): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'number') return -1;
  if (typeof other === 'number') return 1;
  return one < other ? -1 : Number(one > other);
}

/** Rows cell by cell, as `compareCells`. */
export function compareRows(one: readonly Cell[], other: readonly Cell[]): number {
  for (const [index, cell] of one.entries()) {
    const order = compareCells(cell, other[index]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** The table of `count by`: most frequent first; without `by` one row, also where nothing matches. */
export function countTableOf(
  by: readonly string[],
  counts: readonly Readonly<{ values: readonly Cell[]; count: number }>[],
): Table {
  const all = by.length === 0 && counts.length === 0 ? [{ values: [], count: 0 }] : counts;
  const rows = [...all]
    .sort((one, other) => other.count - one.count || compareRows(one.values, other.values))
    .map(({ values, count }) => [...values, count]);
  return { columns: columnsOfStage({ kind: 'count', by })!, rows };
}

/** The table of a measure: the largest first; of what nothing could be measured comes last. */
export function measureTableOf(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Table {
  const sorted = rows.toSorted(
    (one, other) => compareSorted(one.at(-1)!, other.at(-1)!, true) || compareRows(one, other),
  );
  return { columns, rows: sorted };
}
