/** Sources with errors now and then: many more of them than usual is news. */
import { formatCounted } from '../base/number-text.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { parseQuery } from '../query/parse-query.ts';
import { phrase, ruleName, type Suggestion } from './suggestion.ts';

const WINDOW_MINUTES = 10;
const WINDOW_US = WINDOW_MINUTES * 60_000_000;
/** Fewer errors in all are told one by one. */
const ERRORS_MIN = 20;
/** The errors of a window that is like 99 of 100. */
const USUAL_SHARE = 0.99;
/** Tried in this order, until the replay is quiet. */
export const RATIOS = [3, 5, 10, 30] as const;
const MINIMUM_MIN = 10;

const ERRORS = 'level>=error';

/** For each source the same rule with ever larger ratios: whoever asks takes the first that is quiet enough. */
export function errorSpikes(reader: EntryReader, request: SearchRequest): Suggestion[][] {
  const { filter } = parseQuery(ERRORS, { nowMs: 0, timezone: 'UTC' });
  const bySource = new Map<string, number[]>();
  const query = { ...request, query: filter };
  for (const { counts } of reader.histogram(query, { bucketUs: WINDOW_US, by: 'source' })) {
    for (const [source, count] of counts) {
      const known = bySource.get(source);
      if (known === undefined) bySource.set(source, [count]);
      else known.push(count);
    }
  }
  return [...bySource]
    .filter(([, counts]) => counts.reduce((sum, count) => sum + count, 0) >= ERRORS_MIN)
    .map(([source, counts]) => {
      const sorted = [...counts].sort((a, b) => a - b);
      const usual = sorted[Math.floor((sorted.length - 1) * USUAL_SHARE)]!;
      return RATIOS.map((ratio) => ({
        name: `${ruleName(source)} has many errors`,
        reason: `${source} usually has at most ${formatCounted(usual, 'error')} in ${WINDOW_MINUTES} minutes in which it has any.`,
        keys: {
          kind: 'spike',
          when: `source:${phrase(source)} ${ERRORS}`,
          window: `${WINDOW_MINUTES}m`,
          ratio: String(ratio),
          minimum: String(Math.max(MINIMUM_MIN, usual)),
          severity: 'high',
        },
      }));
    });
}
