/** The entries that match, one by one, as stages take them; alone in its file, so that a search without stages loads none. */

import type { EntryReader } from '../entry-reader.ts';
import type { SearchRequest } from '../search-request.ts';
import type { Entries } from './entry-stages.ts';

export function* allEntries(reader: Pick<EntryReader, 'matches'>, request: SearchRequest): Entries {
  let match = 0;
  for (const { columns, rows, count } of reader.matches(request)) {
    for (let index = 0; index < count; index += 1) {
      yield { columns, row: rows[index]!, match, isMatch: true };
      match += 1;
    }
  }
}
