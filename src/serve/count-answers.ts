/** Answers that count: statistics, histogram, values of a field, patterns. Each bounded in time and size. */
import type { NameCount } from '../engine/aggregations.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { exactStats } from '../engine/exact-stats.ts';
import { runPipeline } from '../engine/pipeline/run-pipeline.ts';
import { MINUTE_US } from '../engine/rollup.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { timestampText } from '../model/entry-record.ts';
import { bucketFor } from '../query/time-buckets.ts';
import { foldText } from '../query/words.ts';
import { type Answering, requestOf } from './asked-request.ts';
import type {
  HistogramAnswer,
  HistogramQuestion,
  PatternsAnswer,
  PatternsQuestion,
  Question,
  StatsAnswer,
  ValuesAnswer,
  ValuesQuestion,
} from './questions.ts';
import { histogramWithin } from './quick-histogram.ts';

const BUCKETS_DEFAULT = 60;
export const BUCKETS_MAX = 1_000;
/** Sources and tags of one answer, those with most entries. */
const NAMES_MAX = 1_000;

export function answerStats(answering: Answering, question: Question): StatsAnswer {
  const { reader, clock } = answering;
  const startedMs = clock.monotonicMs();
  const stats = exactStats(reader, requestOf(answering, question).request);
  return {
    total: stats.total,
    levels: largest(stats.levels),
    sources: largest(stats.sources),
    tags: largest(stats.tags),
    first: stats.firstUs === null ? null : timestampText(stats.firstUs),
    last: stats.lastUs === null ? null : timestampText(stats.lastUs),
    elapsedMs: clock.monotonicMs() - startedMs,
  };
}

export function answerHistogram(
  answering: Answering,
  question: HistogramQuestion,
): HistogramAnswer {
  const { reader, clock } = answering;
  const startedMs = clock.monotonicMs();
  const { request } = requestOf(answering, question);
  const { budgetMs = null, buckets = BUCKETS_DEFAULT, by = 'level' } = question;
  const range = rangeOf(reader, request, { nowMs: question.nowMs, isQuick: budgetMs !== null });
  if (range === null) {
    const elapsedMs = clock.monotonicMs() - startedMs;
    const nothing = { from: null, until: null, countedFrom: null, total: 0, buckets: [] };
    return { bucketMs: 1_000, ...nothing, elapsedMs };
  }
  const bucketUs = bucketFor(range.untilUs - range.fromUs, buckets);
  const { rows, countedFromUs } =
    budgetMs === null
      ? { rows: reader.histogram({ ...request, ...range }, { bucketUs, by }), countedFromUs: null }
      : histogramWithin(answering, request, { ...range, bucketUs, by, budgetMs });
  return {
    bucketMs: bucketUs / 1_000,
    from: timestampText(range.fromUs),
    until: timestampText(range.untilUs),
    countedFrom: countedFromUs === null ? null : timestampText(countedFromUs),
    total: rows.reduce((sum, row) => sum + row.total, 0),
    buckets: rows.map(({ startUs, counts, total }) => ({
      start: timestampText(startUs),
      counts: largest(counts),
      total,
    })),
    elapsedMs: clock.monotonicMs() - startedMs,
  };
}

const VALUES_DEFAULT = 20;

/** What a field holds, in the entries that match; `prefix` without regard to case. */
export function answerValues(answering: Answering, question: ValuesQuestion): ValuesAnswer {
  const { field, prefix = '', limit = VALUES_DEFAULT } = question;
  const { request } = requestOf(answering, question);
  const wanted = foldText(prefix);
  const values: NameCount[] = answering.reader
    .top(request, { by: field, limit: prefix === '' ? limit : Number.POSITIVE_INFINITY })
    .filter(({ name }) => foldText(name).startsWith(wanted))
    .slice(0, limit);
  return { field, values };
}

export const PATTERNS_DEFAULT = 50;
export const PATTERNS_MAX = 1_000;

export function answerPatterns(answering: Answering, question: PatternsQuestion): PatternsAnswer {
  const { reader, clock } = answering;
  const startedMs = clock.monotonicMs();
  const { request } = requestOf(answering, question);
  const stage = { kind: 'patterns', limit: question.limit ?? PATTERNS_DEFAULT } as const;
  const result = runPipeline(reader, request, [stage]);
  const rows = result.kind === 'table' ? result.table.rows : [];
  return {
    patterns: rows.map(([count, share, level, pattern, example]) => ({
      pattern: String(pattern),
      count: Number(count),
      share: Number(share),
      level: String(level),
      example: String(example),
    })),
    elapsedMs: clock.monotonicMs() - startedMs,
  };
}

/**
 * From the first to the last entry that can be meant; where `until` is open but `since` is not, up to now. To know the first
 * match all have to be found: who is in a hurry gets the range of all entries.
 */
function rangeOf(
  reader: EntryReader,
  request: SearchRequest,
  { nowMs, isQuick }: Readonly<{ nowMs: number; isQuick: boolean }>,
): Readonly<{ fromUs: number; untilUs: number }> | null {
  const { fromUs = null, untilUs = null } = request;
  if (fromUs !== null && untilUs !== null) return fromUs < untilUs ? { fromUs, untilUs } : null;
  const { firstUs, lastUs } = reader.stats(
    isQuick ? { ...request, query: { kind: 'everything' } } : request,
  );
  if (firstUs === null || lastUs === null) return null;
  // Whole minutes: some statistics know no more, and a chart is the same whoever counted.
  const endUs = minuteOf(lastUs) + MINUTE_US;
  return {
    fromUs: fromUs ?? minuteOf(firstUs),
    untilUs: untilUs ?? (fromUs === null ? endUs : Math.max(endUs, nowMs * 1_000)),
  };
}

function minuteOf(us: number): number {
  return Math.floor(us / MINUTE_US) * MINUTE_US;
}

function largest(counts: ReadonlyMap<string, number>): Record<string, number> {
  const entries = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return Object.fromEntries(entries.slice(0, NAMES_MAX));
}
