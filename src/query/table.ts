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

/** A time as it is printed where it has no microseconds: as a text its `Z` would put it behind those of its ms that have. */
const TIME_IN_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What a cell sorts by. */
export type Rank = Cell | bigint;

/** The most digits of a whole number that is compared exactly: more than any id has. */
const EXACT_DIGITS_MAX = 40;

/**
 * A text that is a number sorts as that number however it is written, as `rt:>0.5` compares it: programs that
 * print `0.250` print `0.251` beside it. A whole number beyond what a double holds, as ids have, is compared exactly.
 */
export function rankOf(cell: Cell): Rank {
  if (typeof cell !== 'string') return cell;
  const value = numberOf(cell);
  if (Number.isNaN(value)) return TIME_IN_MS.test(cell) ? `${cell.slice(0, -1)}000Z` : cell;
  const isExact = Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return isExact || cell.length > EXACT_DIGITS_MAX || /[^\d-]/.test(cell) ? value : BigInt(cell);
}

/** Numbers before texts, nothing last: in both directions, so that `-` and `null` hide no largest number. Texts by their code units. */
export function compareSorted(one: Rank, other: Rank, descending: boolean): number {
  const order = kindOf(one) - kindOf(other);
  if (order !== 0 || one === null || other === null) return order;
  const [first, second] = descending ? [other, one] : [one, other];
  return first < second ? -1 : Number(first > second);
}

function kindOf(rank: Rank): number {
  if (rank === null) return 2;
  return Number(typeof rank === 'string');
}

export function compareCells(one: Rank, other: Rank): number {
  return compareSorted(one, other, false);
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

/**
 * The table of a measure: the largest first; of what nothing could be measured comes last, and so does what is no number:
 * the sum of 1e999 and -1e999.
 */
export function measureTableOf(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Table {
  const measured = rows.map((row) =>
    Number.isNaN(row.at(-1)) ? [...row.slice(0, -1), null] : row,
  );
  const sorted = measured.toSorted(
    (one, other) => compareSorted(one.at(-1)!, other.at(-1)!, true) || compareRows(one, other),
  );
  return { columns, rows: sorted };
}
