/**
 * What the HTTP API answers from the store, computed on a query thread: plain data in, plain data out.
 *
 * Every answer keeps its limits: rows, buckets, time. A query that meets its deadline throws QUERY_STOPPED.
 */
import type { IncidentStore } from '../alert/incident-store.ts';
import { OperatorError } from '../base/errors.ts';
import type { NameCount } from '../engine/aggregations.ts';
import type { Entries } from '../engine/pipeline/entry-stages.ts';
import { runPipeline } from '../engine/pipeline/run-pipeline.ts';
import { cursorText, parseCursor, type SearchRequest } from '../engine/search-request.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { EntryRecord } from '../model/entry.ts';
import { entryAt } from '../model/entry-columns.ts';
import { entryRecordOf, timestampText } from '../model/entry-record.ts';
import { type IncidentRecord, incidentRecordOf } from '../model/incident-record.ts';
import type { AlertSeverity } from '../model/notification.ts';
import { type Hit, type HitFinder, hitFinder } from '../query/hits.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Filter } from '../query/query-tree.ts';
import type { Stage } from '../query/stage-tree.ts';
import type { Table } from '../query/table.ts';
import { bucketFor } from '../query/time-buckets.ts';
import { parseTime, TIME_EXPECTED } from '../query/time-text.ts';
import { foldText } from '../query/words.ts';
import { type FieldStats, fieldStats } from './field-stats.ts';
import { newestSequence } from './follow.ts';

/** What all questions have in common, as they come in the address. */
export type Question = Readonly<{
  q?: string;
  since?: string;
  until?: string;
  /** IANA name for times without a zone; default UTC. */
  timezone?: string;
  nowMs: number;
  deadlineMs: number;
}>;

export type SearchQuestion = Question &
  Readonly<{ limit?: number; cursor?: string; order?: 'newest' | 'oldest'; hits?: boolean }>;

export type SearchAnswer = Readonly<{
  /** Empty where the query makes a table. */
  records: readonly EntryRecord[];
  /** What the stages of the query made; only there if they make one. */
  table?: Table;
  /** Where the next page begins; null: there is none. */
  cursor: string | null;
  /** For each record the marked pieces of its message, `[start, end]`; only where asked for. */
  hits?: readonly (readonly Hit[])[];
  elapsedMs: number;
  /** Segments that were left out because they are damaged. */
  damagedSegments: number;
}>;

export type StatsAnswer = Readonly<{
  total: number;
  levels: Readonly<Record<string, number>>;
  sources: Readonly<Record<string, number>>;
  tags: Readonly<Record<string, number>>;
  first: string | null;
  last: string | null;
  elapsedMs: number;
}>;

export type HistogramAnswer = Readonly<{
  bucketMs: number;
  from: string | null;
  until: string | null;
  total: number;
  buckets: readonly Readonly<{
    start: string;
    counts: Readonly<Record<string, number>>;
    total: number;
  }>[];
  elapsedMs: number;
}>;

export const SEARCH_LIMIT_DEFAULT = 100;
/** Rows of one answer. More is an export, or the next page. */
export const SEARCH_LIMIT_MAX = 1_000;
/** Bytes of messages in one answer: a thousand entries of a megabyte each must not be one text. */
const ANSWER_CHARACTERS_MAX = 8 * 1024 * 1024;
const BUCKETS_DEFAULT = 60;
export const BUCKETS_MAX = 1_000;
/** Rows of one table. */
const TABLE_ROWS_MAX = 10_000;
/** Sources and tags of one answer, those with most entries. */
const NAMES_MAX = 1_000;

/** What the answers need of their thread. */
export type Answering = Readonly<{
  reader: StoreReader;
  incidents: IncidentStore;
  monotonicMs: () => number;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
}>;

export type HistogramQuestion = Question & Readonly<{ buckets?: number }>;
export type TailQuestion = Question &
  Readonly<{
    /** Go on behind this arrival number; null: with what comes from now on. */
    sequence: number | null;
  }>;
export type TailAnswer = Readonly<{
  /** What arrived, oldest first; the newest of them where there were too many. */
  records: readonly EntryRecord[];
  hits: readonly (readonly Hit[])[];
  /** Matches that were left out because there were too many at once. */
  skipped: number;
  /** Where the next look goes on. */
  sequence: number;
}>;
export type ValuesQuestion = Question &
  Readonly<{ field: string; prefix?: string; limit?: number }>;
export type ValuesAnswer = Readonly<{
  field: string;
  /** Most frequent first. */
  values: readonly NameCount[];
}>;
export type IncidentQuestion = Readonly<{
  rule?: string;
  severity?: AlertSeverity;
  state?: 'open' | 'resolved';
  limit?: number;
  offset?: number;
}>;
export type IncidentsAnswer = Readonly<{ incidents: readonly IncidentRecord[] }>;

/** A question with its kind, as it is sent to a query thread. */
export type AskedQuestion =
  | Readonly<{ kind: 'search'; question: SearchQuestion }>
  | Readonly<{ kind: 'stats'; question: Question }>
  | Readonly<{ kind: 'histogram'; question: HistogramQuestion }>
  | Readonly<{ kind: 'tail'; question: TailQuestion }>
  | Readonly<{ kind: 'fields'; question: Question }>
  | Readonly<{ kind: 'values'; question: ValuesQuestion }>
  | Readonly<{ kind: 'incidents'; question: IncidentQuestion }>;

/** The answer to each kind of question. */
export type Answers = Readonly<{
  search: SearchAnswer;
  stats: StatsAnswer;
  histogram: HistogramAnswer;
  tail: TailAnswer;
  fields: FieldStats;
  values: ValuesAnswer;
  incidents: IncidentsAnswer;
}>;

export function answerOf(
  answering: Answering,
  asked: AskedQuestion,
): Answers[AskedQuestion['kind']] {
  switch (asked.kind) {
    case 'search':
      return answerSearch(answering, asked.question);
    case 'stats':
      return answerStats(answering, asked.question);
    case 'histogram':
      return answerHistogram(answering, asked.question);
    case 'tail':
      return answerTail(answering, asked.question);
    case 'fields':
      return fieldStats(answering.reader, requestOf(answering, asked.question).request);
    case 'values':
      return answerValues(answering, asked.question);
    case 'incidents':
      return answerIncidents(answering, asked.question);
  }
}

function answerSearch(answering: Answering, question: SearchQuestion): SearchAnswer {
  const { reader, monotonicMs } = answering;
  const startedMs = monotonicMs();
  const { request, filter, stages } = requestOf(answering, question);
  const limit = question.limit ?? SEARCH_LIMIT_DEFAULT;
  // One more than asked for tells whether there is a next page.
  const limited = stages.length === 0 ? { ...request, limit: limit + 1 } : request;
  const result = runPipeline(reader, limited, stages);
  const page =
    result.kind === 'entries'
      ? pageOf(result.entries, { limit, find: question.hits ? hitFinder(filter) : null })
      : { records: [], cursor: null, table: cutTable(result.table) };
  return {
    ...page,
    // Behind a stage there is no place in the entries to go on from.
    cursor: stages.length === 0 ? page.cursor : null,
    elapsedMs: monotonicMs() - startedMs,
    damagedSegments: reader.damaged.length,
  };
}

type Page = Pick<SearchAnswer, 'records' | 'cursor' | 'hits'>;

function pageOf(
  entries: Entries,
  { limit, find }: Readonly<{ limit: number; find: HitFinder | null }>,
): Page {
  const records: EntryRecord[] = [];
  const hits: (readonly Hit[])[] = [];
  let last: string | null = null;
  let characterCount = 0;
  let isCut = false;
  for (const { columns, row } of entries) {
    isCut = records.length === limit || characterCount > ANSWER_CHARACTERS_MAX;
    if (isCut) break;
    const record = entryRecordOf(entryAt(columns, row));
    records.push(record);
    if (find !== null) hits.push(find(record.message));
    characterCount += columns.rawLength[row]!;
    last = cursorText({ timestampUs: columns.timestampUs[row]!, sequence: columns.sequence[row]! });
  }
  return { records, cursor: isCut ? last : null, ...(find === null ? {} : { hits }) };
}

function cutTable(table: Table): Table {
  return { ...table, rows: table.rows.slice(0, TABLE_ROWS_MAX) };
}

/** Matches of one look; two looks a second make more than anybody follows by eye. */
const TAIL_ROWS_MAX = 2_000;

function answerTail(answering: Answering, question: TailQuestion): TailAnswer {
  const { reader } = answering;
  const newest = newestSequence(reader);
  const afterSequence = question.sequence ?? newest;
  const { request, filter } = requestOf(answering, question);
  const fresh = { ...request, afterSequence };
  const count = newest <= afterSequence ? 0 : reader.count(fresh);
  if (count === 0)
    return { records: [], hits: [], skipped: 0, sequence: Math.max(newest, afterSequence) };
  const find = hitFinder(filter);
  const records: EntryRecord[] = [];
  let sequence = newest;
  for (const { columns, rows, count: rowCount } of reader.matches({
    ...fresh,
    limit: TAIL_ROWS_MAX,
  })) {
    for (let index = 0; index < rowCount; index += 1) {
      const row = rows[index]!;
      records.push(entryRecordOf(entryAt(columns, row)));
      sequence = Math.max(sequence, columns.sequence[row]!);
    }
  }
  records.reverse();
  const hits = records.map(({ message }) => find(message));
  return { records, hits, skipped: Math.max(0, count - records.length), sequence };
}

function answerStats(answering: Answering, question: Question): StatsAnswer {
  const { reader, monotonicMs } = answering;
  const startedMs = monotonicMs();
  const stats = reader.stats(requestOf(answering, question).request);
  return {
    total: stats.total,
    levels: largest(stats.levels),
    sources: largest(stats.sources),
    tags: largest(stats.tags),
    first: stats.firstUs === null ? null : timestampText(stats.firstUs),
    last: stats.lastUs === null ? null : timestampText(stats.lastUs),
    elapsedMs: monotonicMs() - startedMs,
  };
}

function answerHistogram(answering: Answering, question: HistogramQuestion): HistogramAnswer {
  const { reader, monotonicMs } = answering;
  const startedMs = monotonicMs();
  const { request } = requestOf(answering, question);
  const range = rangeOf(reader, request, question.nowMs);
  if (range === null) {
    const elapsedMs = monotonicMs() - startedMs;
    return { bucketMs: 1_000, from: null, until: null, total: 0, buckets: [], elapsedMs };
  }
  const bucketUs = bucketFor(range.untilUs - range.fromUs, question.buckets ?? BUCKETS_DEFAULT);
  const rows = reader.histogram({ ...request, ...range }, { bucketUs, by: 'level' });
  return {
    bucketMs: bucketUs / 1_000,
    from: timestampText(range.fromUs),
    until: timestampText(range.untilUs),
    total: rows.reduce((sum, row) => sum + row.total, 0),
    buckets: rows.map(({ startUs, counts, total }) => ({
      start: timestampText(startUs),
      counts: Object.fromEntries(counts),
      total,
    })),
    elapsedMs: monotonicMs() - startedMs,
  };
}

const VALUES_DEFAULT = 20;

/** What a field holds, in the entries that match; `prefix` without regard to case. */
function answerValues(answering: Answering, question: ValuesQuestion): ValuesAnswer {
  const { field, prefix = '', limit = VALUES_DEFAULT } = question;
  const { request } = requestOf(answering, question);
  const wanted = foldText(prefix);
  const values = answering.reader
    .top(request, { by: field, limit: prefix === '' ? limit : Number.POSITIVE_INFINITY })
    .filter(({ name }) => foldText(name).startsWith(wanted))
    .slice(0, limit);
  return { field, values };
}

function answerIncidents({ incidents }: Answering, question: IncidentQuestion): IncidentsAnswer {
  const limit = question.limit ?? SEARCH_LIMIT_DEFAULT;
  return { incidents: incidents.list({ ...question, limit }).map(incidentRecordOf) };
}

function requestOf(
  { signal }: Answering,
  question: Question,
): Readonly<{ request: SearchRequest; filter: Filter; stages: readonly Stage[] }> {
  const { q = '', nowMs, timezone = 'UTC', deadlineMs } = question;
  const context = { nowMs, timezone };
  const { filter, stages } = parseQuery(q, { ...context, stages: true });
  const { cursor, order } = question as SearchQuestion;
  const after = cursor === undefined ? null : parseCursor(cursor);
  if (cursor !== undefined && after === null) {
    throw new OperatorError(
      'USAGE',
      `Cannot read the cursor "${cursor}": expected one that an answer gave`,
    );
  }
  const request: SearchRequest = {
    query: filter,
    fromUs: timeOf('since', question.since, context),
    untilUs: timeOf('until', question.until, context),
    deadlineMs,
    signal,
    ...(after === null ? {} : { after }),
    ...(order === undefined ? {} : { order }),
  };
  return { request, filter, stages };
}

function timeOf(
  name: 'since' | 'until',
  text: string | undefined,
  context: Readonly<{ nowMs: number; timezone: string }>,
): number | null {
  if (text === undefined || text === '') return null;
  const timeUs = parseTime(text, context);
  if (timeUs !== null) return timeUs;
  throw new OperatorError('USAGE', `Cannot read ${name}="${text}": expected ${TIME_EXPECTED}`);
}

/** From the first to the last entry that can be meant; where `until` is open but `since` is not, up to now. */
function rangeOf(
  reader: StoreReader,
  request: SearchRequest,
  nowMs: number,
): Readonly<{ fromUs: number; untilUs: number }> | null {
  const { fromUs = null, untilUs = null } = request;
  if (fromUs !== null && untilUs !== null) return fromUs < untilUs ? { fromUs, untilUs } : null;
  const { firstUs, lastUs } = reader.stats(request);
  if (firstUs === null || lastUs === null) return null;
  // Statistics know minutes; the last entry is somewhere in its minute.
  const endUs = lastUs + 60_000_000;
  return {
    fromUs: fromUs ?? firstUs,
    untilUs: untilUs ?? (fromUs === null ? endUs : Math.max(endUs, nowMs * 1_000)),
  };
}

function largest(counts: ReadonlyMap<string, number>): Record<string, number> {
  const entries = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return Object.fromEntries(entries.slice(0, NAMES_MAX));
}
