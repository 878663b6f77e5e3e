/** Counts over the store for an embedding program. */
import type { StoreReader } from '../engine/store-reader.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import type { Filter } from '../query/query-tree.ts';
import { forEachWord } from '../query/words.ts';

export type LogStats = Readonly<{
  total: number;
  /** `none` counts entries without a level. */
  levels: Readonly<Record<string, number>>;
  sources: Readonly<Record<string, number>>;
  tags: Readonly<Record<string, number>>;
  /** Different words in messages; counted by hash up to `KEYWORDS_MAX`, so "at least" beyond. */
  distinctKeywords: number;
  firstTime: Date | null;
  lastTime: Date | null;
}>;

/** Words told apart: 4 bytes each in a set, some 40 MB. Beyond that a number is as good as "many". */
export const KEYWORDS_MAX = 1_000_000;

export function statsOf(reader: StoreReader, query: Filter): LogStats {
  const stats = reader.stats({ query });
  return {
    total: stats.total,
    levels: Object.fromEntries(stats.levels),
    sources: Object.fromEntries(stats.sources),
    tags: Object.fromEntries(stats.tags),
    ...ofEachEntry(reader, query),
  };
}

/** The engine's own counts know times to the minute. */
function ofEachEntry(
  reader: StoreReader,
  query: Filter,
): Pick<LogStats, 'distinctKeywords' | 'firstTime' | 'lastTime'> {
  return reader.fold({ query }, () => {
    const hashes = new Set<number>();
    let firstUs = Number.POSITIVE_INFINITY;
    let lastUs = Number.NEGATIVE_INFINITY;
    const add = (columns: EntryColumns, row: number): void => {
      firstUs = Math.min(firstUs, columns.timestampUs[row]!);
      lastUs = Math.max(lastUs, columns.timestampUs[row]!);
      const start = columns.messageStart[row]!;
      const span = { start, end: start + columns.messageLength[row]! };
      forEachWord(columns.bytes, span, (hash) => {
        if (hashes.size < KEYWORDS_MAX) hashes.add(hash);
      });
    };
    return {
      take: ({ columns, rows, count }) => {
        for (let index = 0; index < count; index += 1) add(columns, rows[index]!);
      },
      result: () => ({
        distinctKeywords: hashes.size,
        firstTime: momentOf(firstUs),
        lastTime: momentOf(lastUs),
      }),
    };
  });
}

/** Null where there was no entry. */
function momentOf(timestampUs: number): Date | null {
  return Number.isFinite(timestampUs) ? new Date(timestampUs / 1000) : null;
}
