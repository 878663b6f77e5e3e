/**
 * Stages that take entries and give entries: limit, dedup, sort (in a file of its own), context. They hand on one row at a time;
 * only sort holds rows.
 */

import { copyRow, EntryColumns } from '../../model/entry-columns.ts';
import { literalPattern } from '../../query/name-pattern.ts';
import { tooMany } from '../../query/stage-limits.ts';
import type { Stage } from '../../query/stage-tree.ts';
import type { EntryReader } from '../entry-reader.ts';
import { type Cursor, cursorAt } from '../search-request.ts';
import { sorted } from './sorted-entries.ts';
import { valuesReader } from './values.ts';

/** A row; valid until the next is asked for. */
export type Picked = Readonly<{
  columns: EntryColumns;
  row: number;
  /** The number of the match that a context belongs to, counted from 0; entries of one match come together. */
  match: number;
  isMatch: boolean;
}>;

export type Entries = Generator<Picked, void, void>;

/** Different values remembered by dedup. */
const DISTINCT_MAX = 1_000_000;

/** Null where the stage takes entries but gives a table. `sortedMax`: of what is sorted, only so many are asked for. */
export function entryStage(
  stage: Stage,
  entries: Entries,
  { reader, sortedMax }: Readonly<{ reader: EntryReader; sortedMax: number }>,
): Entries | null {
  switch (stage.kind) {
    case 'limit':
      return limited(entries, stage.count);
    case 'dedup':
      return deduplicated(entries, stage.names);
    case 'sort':
      return sorted(entries, stage.keys, sortedMax);
    case 'context':
      return withContext(entries, { reader, ...stage });
    default:
      return null;
  }
}

function* limited(entries: Entries, countMax: number): Entries {
  let count = 0;
  for (const entry of entries) {
    yield entry;
    count += 1;
    if (count === countMax) return;
  }
}

function* deduplicated(entries: Entries, names: readonly string[]): Entries {
  const readers = names.map(valuesReader);
  const seen = new Set<string>();
  for (const entry of entries) {
    const key = JSON.stringify(readers.map((valuesOf) => valuesOf(entry.columns, entry.row)));
    if (seen.has(key)) continue;
    if (seen.size === DISTINCT_MAX) throw tooMany('dedup', `${DISTINCT_MAX} values`);
    seen.add(key);
    yield entry;
  }
}

/** The entries around each match in its file, oldest first. */
function* withContext(
  entries: Entries,
  { reader, before, after }: Readonly<{ reader: EntryReader; before: number; after: number }>,
): Entries {
  let match = 0;
  for (const { columns, row } of entries) {
    const held = new EntryColumns(columns.names);
    const cursor = cursorAt(columns, row);
    const place = { reader, path: columns.names.paths.valueOf(columns.path[row]!), cursor };
    const matchRow = copyRow(columns, row, held);
    const earlier = neighbours(held, { ...place, order: 'newest', count: before }).reverse();
    const later = neighbours(held, { ...place, order: 'oldest', count: after });
    for (const heldRow of [...earlier, matchRow, ...later]) {
      yield { columns: held, row: heldRow, match, isMatch: heldRow === matchRow };
    }
    match += 1;
  }
}

type Place = Readonly<{
  reader: EntryReader;
  path: string;
  cursor: Cursor;
  count: number;
  order: 'newest' | 'oldest';
}>;

/** Copies the entries of exactly this file next to a place, nearest first; returns their rows in `held`. */
export function neighbours(
  held: EntryColumns,
  { reader, path, cursor, count, order }: Place,
): number[] {
  const rows: number[] = [];
  // No limit at all is what 0 means to a search.
  if (count === 0) return rows;
  const host = cursor.place === undefined ? {} : { host: cursor.place.host };
  const query = { kind: 'file', pattern: literalPattern(path) } as const;
  const request = { query, order, limit: count, ...host };
  let after = cursor;
  for (let foundCount = count; foundCount === count && rows.length < count; ) {
    foundCount = 0;
    for (const found of reader.matches({ ...request, after })) {
      for (const row of found.rows.subarray(0, found.count)) {
        foundCount += 1;
        after = cursorAt(found.columns, row);
        // A pattern is met in any case, and without a folder by the names of files in all of them.
        const isOther = found.columns.names.paths.valueOf(found.columns.path[row]!) !== path;
        if (!isOther && rows.length < count) rows.push(copyRow(found.columns, row, held));
      }
    }
  }
  return rows;
}
