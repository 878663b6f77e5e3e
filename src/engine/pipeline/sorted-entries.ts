/**
 * The stage `sort`: entries in the order of their values, equal ones as they came.
 *
 * Where only the first ones are asked for (`sort … | limit 10`) no more than these are held, however many there are. All of them
 * are held otherwise, and at most `SORTED_ROWS_MAX`.
 */
import { copyRow, EntryColumns } from '../../model/entry-columns.ts';
import { SORTED_ROWS_MAX, tooMany } from '../../query/stage-limits.ts';
import type { SortKey } from '../../query/stage-tree.ts';
import { compareSorted, type Rank, rankOf } from '../../query/table.ts';
import { Heap } from '../heap.ts';
import type { Entries } from './entry-stages.ts';
import { cellReader } from './values.ts';

const HINT = 'Ask for the first ones (`sort … | limit 1000`), or for a shorter time range';

/** `at`: the how manieth it came as. */
type Held = { row: number; readonly at: number; readonly ranks: readonly Rank[] };

/** `countMax`: so many are asked for, the first ones. */
export function* sorted(entries: Entries, keys: readonly SortKey[], countMax: number): Entries {
  const readers = keys.map(({ name }) => cellReader(name));
  const compare = (one: Held, other: Held): number => {
    for (const [index, { descending }] of keys.entries()) {
      const order = compareSorted(one.ranks[index]!, other.ranks[index]!, descending);
      if (order !== 0) return order;
    }
    return one.at - other.at;
  };
  const isFew = countMax <= SORTED_ROWS_MAX;
  const rows = new Rows();
  // The last of them first: it is the one that goes.
  const first = new Heap<Held>((one, other) => compare(other, one));
  let at = 0;
  for (const { columns, row } of entries) {
    const held = { row, at, ranks: readers.map((cellOf) => rankOf(cellOf(columns, row))) };
    at += 1;
    if (isFew && first.size === countMax) {
      if (compare(held, first.peek()!) > 0) continue;
      first.pop();
    } else if (first.size === SORTED_ROWS_MAX) throw tooMany('sort', `${SORTED_ROWS_MAX}`, HINT);
    held.row = rows.copy(columns, row, first);
    first.push(held);
  }
  const { columns } = rows;
  if (columns === null) return;
  for (const [match, { row }] of first.items.toSorted(compare).entries())
    yield { columns, row, match, isMatch: true };
}

/** Rows of those replaced stay in the columns until these are copied: one in two is held then. */
const REPLACED_MIN = 1_000;

class Rows {
  columns: EntryColumns | null = null;

  /** Copies a row; those that are `held` may move. Returns where it is. */
  copy(columns: EntryColumns, row: number, held: Heap<Held>): number {
    this.columns ??= new EntryColumns(columns.names);
    if (this.columns.count >= 2 * held.size + REPLACED_MIN) {
      const old = this.columns;
      this.columns = new EntryColumns(old.names);
      for (const each of held.items) each.row = copyRow(old, each.row, this.columns);
    }
    return copyRow(columns, row, this.columns);
  }
}
