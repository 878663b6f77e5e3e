/** What a name stands for in an entry: `level`, `source`, `tag`, `file`, `message`, `timestamp`, or a field. */
import { attributeOf } from '../../engine/attribute.ts';
import type { EntryColumns } from '../../model/entry-columns.ts';
import { timestampText } from '../../model/entry-record.ts';

/** A cell of a table; null where the entry has no such value. */
export type Cell = string | number | null;

export type Table = Readonly<{ columns: readonly string[]; rows: readonly (readonly Cell[])[] }>;

/** All values of a name in a row: several for tags, none where the entry has no such field. */
export type ValuesOf = (columns: EntryColumns, row: number) => readonly string[];

const TIMESTAMP = 'timestamp';
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export function valuesReader(name: string): ValuesOf {
  if (name === TIMESTAMP) return (columns, row) => [timestampText(columns.timestampUs[row]!)];
  return attributeOf(name).valuesOf;
}

/** One value of a name: several tags joined, numbers as such. */
export function cellReader(name: string): (columns: EntryColumns, row: number) => Cell {
  const valuesOf = valuesReader(name);
  return (columns, row) => {
    const values = valuesOf(columns, row);
    if (values.length === 0) return null;
    return values.length === 1 ? cellOf(values[0]!) : values.join(',');
  };
}

/** A text as a number where it is one that a double holds exactly as written. */
function cellOf(text: string): Cell {
  const value = numberOf(text);
  return String(value) === text ? value : text;
}

/** NaN where the text is no number. */
export function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN;
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
