/** The tally of a part of the store: what arrived since the last report, or a range of time. */
import type { EntryReader } from '../engine/entry-reader.ts';
import { PatternBook } from '../engine/pattern-book.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { NEED } from '../engine/segment-format.ts';
import { OTHERS } from '../pattern/templates.ts';
import { ReportTally } from './report-tally.ts';

/** Templates told apart. More than that are no patterns but noise; they are counted together. */
const PATTERNS_MAX = 8_192;

const LOOKED_AT =
  NEED.TIMESTAMP | NEED.SEQUENCE | NEED.CLASS | NEED.SOURCE | NEED.PATH | NEED.GENERATION;

/**
 * Looks at every entry of the request once, as a stored count where its whole segment is reported on: on a thread that
 * owes nobody an answer.
 */
export function tallyStore(
  reader: Pick<EntryReader, 'fold' | 'names'>,
  request: Omit<SearchRequest, 'query' | 'order' | 'limit' | 'after'> &
    Readonly<{ timezone: string }>,
): ReportTally {
  const { timezone, ...range } = request;
  return reader.fold(
    { ...range, query: { kind: 'everything' } },
    (book) => {
      const tally = new ReportTally(timezone, book ?? new PatternBook(PATTERNS_MAX));
      return {
        take: ({ columns, rows, count, patterns }) => {
          for (let index = 0; index < count; index += 1) {
            const row = rows[index]!;
            tally.add(columns, row, patterns?.[row] ?? OTHERS);
          }
        },
        takeCounts: (counts) => tally.addCounts(counts, reader.names),
        result: () => tally,
      };
    },
    { need: LOOKED_AT, withText: true, withOrigins: true, patternsMax: PATTERNS_MAX },
  );
}
