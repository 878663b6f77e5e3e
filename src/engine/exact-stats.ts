/** Statistics with exact times: segments count ahead by the minute, and a program that is told a time takes it for one. */
import type { Stats } from './aggregations.ts';
import type { EntryReader } from './entry-reader.ts';
import { MINUTE_US } from './rollup.ts';
import type { SearchRequest } from './search-request.ts';

/** What `stats` gives, the times to the microsecond. */
export function exactStats(
  reader: Pick<EntryReader, 'stats' | 'matches'>,
  request: SearchRequest,
): Stats {
  const stats = reader.stats(request);
  const { firstUs, lastUs } = stats;
  if (firstUs === null || lastUs === null) return stats;
  return {
    ...stats,
    firstUs: timeWithin(reader, { ...request, order: 'oldest' }, firstUs),
    lastUs: timeWithin(reader, { ...request, order: 'newest' }, lastUs),
  };
}

/** Of the first match within that minute, in order of the request; a time that begins no minute is exact already. */
function timeWithin(
  reader: Pick<EntryReader, 'matches'>,
  request: SearchRequest,
  us: number,
): number {
  if (us % MINUTE_US !== 0) return us;
  const fromUs = Math.max(us, request.fromUs ?? us);
  const untilUs = Math.min(us + MINUTE_US, request.untilUs ?? Number.POSITIVE_INFINITY);
  for (const { columns, rows } of reader.matches({ ...request, fromUs, untilUs, limit: 1 })) {
    return columns.timestampUs[rows[0]!]!;
  }
  // It was let go of meanwhile.
  return us;
}
