/** The newest matches, oldest first: for what reads downwards to the present. */

import type { EntryReader } from '../engine/entry-reader.ts';
import type { Picked } from '../engine/pipeline/entry-stages.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { copyRow, EntryColumns } from '../model/entry-columns.ts';

/** Held in memory: ask for a page or two. */
export function newestEntries(
  reader: Pick<EntryReader, 'names' | 'matches'>,
  request: SearchRequest,
): Picked[] {
  if (request.limit === 0) return [];
  const held = new EntryColumns(reader.names);
  const rows: number[] = [];
  for (const found of reader.matches({ ...request, order: 'newest' })) {
    for (let index = 0; index < found.count; index += 1) {
      rows.push(copyRow(found.columns, found.rows[index]!, held));
    }
  }
  return rows.reverse().map((row, match) => ({ columns: held, row, match, isMatch: true }));
}
