/** The tally of a part of the store: what arrived since the last report, or a range of time. */

import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { ReportTally } from './report-tally.ts';

/** Reads every entry of the request once, texts included: on a thread that owes nobody an answer. */
export function tallyStore(
  reader: EntryReader,
  request: Omit<SearchRequest, 'query' | 'order' | 'limit' | 'after'> &
    Readonly<{ timezone: string }>,
): ReportTally {
  const { timezone, ...range } = request;
  return reader.fold({ ...range, query: { kind: 'everything' } }, () => {
    const tally = new ReportTally(timezone);
    return {
      take: ({ columns, rows, count }) => {
        for (let index = 0; index < count; index += 1) tally.add(columns, rows[index]!);
      },
      result: () => tally,
    };
  });
}
