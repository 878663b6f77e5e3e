/**
 * What a mail shows of an incident: the lines around its matches, how many there were in the hours before, what they have
 * in common. On a query thread; each part is left out rather than the mail held up.
 *
 * A sample is found again by its place in its file, not by its text.
 */
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { cursorAt, type SearchRequest } from '../engine/search-request.ts';
import type {
  AlertChart,
  AlertDetails,
  AlertDetailsQuestion,
  AlertPattern,
  SampleContext,
} from '../model/alert-details.ts';
import type { EntryRecord } from '../model/entry.ts';
import { entryAt } from '../model/entry-at.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { entryRecordOf } from '../model/entry-record.ts';
import { alertPicture } from '../notify/alert-picture.ts';
import { templateOf } from '../pattern/template.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Filter } from '../query/query-tree.ts';
import { parseTime } from '../query/time-text.ts';

/** Bars of a chart, and what they may stand for: the smallest step with which the incident leaves room for the time before. */
const BARS = 25;
const BARS_OF_INCIDENT_MAX = 20;
const MINUTE_MS = 60_000;
const STEPS_MS = [5, 15, 60, 360, 1_440].map((minutes) => minutes * MINUTE_MS);

/** Matches whose patterns are counted, and those before the incident they are compared with. */
const MATCHES_MAX = 1_000;
const EARLIER_MAX = 5_000;

/** Segments looked through for neighbours of a line: beyond them stand none of a file that is being written. */
const CONTEXT_SEGMENTS_MAX = 64;

const PATTERNS_MAX = 3;

/** Entries with one and the same stamp that are looked through for a sample. */
const SAME_STAMP_MAX = 2_000;

const EVERYTHING: Filter = { kind: 'everything' };

type Looking = Readonly<{ reader: EntryReader; clock: Clock; signal: AbortSignal }>;

export async function answerAlertDetails(
  looking: Looking,
  question: AlertDetailsQuestion,
): Promise<AlertDetails> {
  const untilMs = looking.clock.monotonicMs() + question.deadlineMs;
  const leftMs = (): number => Math.max(1, untilMs - looking.clock.monotonicMs());
  const contexts = question.samples.flatMap(
    (sample) => unlessStopped(() => contextOf(looking, { sample, question, leftMs })) ?? [],
  );
  const filter = filterOf(question.query);
  if (filter === null) {
    return { contexts, chart: null, patterns: [], sources: [], countedCount: 0 };
  }
  const bars = barsOf(question);
  const asked = { filter, question, leftMs, bars };
  const counts = unlessStopped(() => countsOf(looking, asked));
  const common = unlessStopped(() => commonOf(looking, asked));
  return {
    contexts,
    chart: counts === null ? null : await chartOf(counts, question, bars),
    patterns: common?.patterns ?? [],
    sources: common?.sources ?? [],
    countedCount: common?.countedCount ?? 0,
  };
}

type Bars = Readonly<{ fromMs: number; stepMs: number }>;
type Asked = Readonly<{
  filter: Filter;
  question: AlertDetailsQuestion;
  bars: Bars;
  leftMs: () => number;
}>;

/** Null: it took too long, so the mail does without. */
function unlessStopped<T>(look: () => T): T | null {
  try {
    return look();
  } catch (thrown) {
    if (thrown instanceof OperatorError && thrown.code === 'QUERY_STOPPED') return null;
    throw thrown;
  }
}

/** Null: there is no condition, or it is none of this version's language. */
function filterOf(query: string | null): Filter | null {
  if (query === null) return null;
  try {
    return parseQuery(query, { nowMs: 0, timezone: 'UTC' }).filter;
  } catch (thrown) {
    if (thrown instanceof OperatorError) return null;
    throw thrown;
  }
}

function contextOf(
  { reader, signal }: Looking,
  asked: Readonly<{
    sample: EntryRecord;
    question: AlertDetailsQuestion;
    leftMs: () => number;
  }>,
): SampleContext | null {
  const { sample, question, leftMs } = asked;
  const { contextLines } = question;
  const atUs = parseTime(sample.timestamp, { nowMs: 0, timezone: 'UTC' });
  if (atUs === null || sample.file === '' || contextLines === 0) return null;
  const request: SearchRequest = {
    query: EVERYTHING,
    fromUs: atUs,
    untilUs: atUs + 1,
    limit: SAME_STAMP_MAX,
    deadlineMs: leftMs(),
    signal,
  };
  for (const { columns, rows, count } of reader.matches(request)) {
    const at = rows.subarray(0, count).findIndex((row) => isSample(columns, row, sample));
    if (at < 0) continue;
    const cursor = cursorAt(columns, rows[at]!);
    const found = reader.context({
      sequence: cursor.sequence,
      before: contextLines,
      after: contextLines,
      at: cursor,
      segmentsMax: CONTEXT_SEGMENTS_MAX,
    });
    if (found === null) return null;
    const around = Array.from(found.rows.subarray(0, found.count));
    const self = around.findIndex((row) => found.columns.sequence[row] === cursor.sequence);
    const recordOf = (row: number): EntryRecord => entryRecordOf(entryAt(found.columns, row));
    return {
      sample,
      before: around.slice(0, self).map(recordOf),
      after: around.slice(self + 1).map(recordOf),
    };
  }
  return null;
}

function isSample(columns: EntryColumns, row: number, { file, offset }: EntryRecord): boolean {
  return columns.offset[row] === offset && columns.names.paths.valueOf(columns.path[row]!) === file;
}

function barsOf({ firstAtMs, endAtMs }: AlertDetailsQuestion): Bars {
  const lengthMs = endAtMs - firstAtMs;
  const stepMs =
    STEPS_MS.find((step) => lengthMs <= step * BARS_OF_INCIDENT_MAX) ?? STEPS_MS.at(-1)!;
  const lastMs = Math.floor(endAtMs / stepMs) * stepMs;
  return { stepMs, fromMs: lastMs - (BARS - 1) * stepMs };
}

function countsOf({ reader, signal }: Looking, { filter, bars, leftMs }: Asked): number[] {
  const { fromMs, stepMs } = bars;
  const rows = reader.histogram(
    {
      query: filter,
      fromUs: fromMs * 1_000,
      untilUs: (fromMs + BARS * stepMs) * 1_000,
      deadlineMs: leftMs(),
      signal,
    },
    { bucketUs: stepMs * 1_000 },
  );
  const counts = new Array<number>(BARS).fill(0);
  for (const { startUs, total } of rows) {
    const index = Math.round((startUs / 1_000 - fromMs) / stepMs);
    if (index >= 0 && index < BARS) counts[index] = total;
  }
  return counts;
}

async function chartOf(
  counts: readonly number[],
  { firstAtMs, lastAtMs }: AlertDetailsQuestion,
  { fromMs, stepMs }: Bars,
): Promise<AlertChart> {
  const alarms = counts.map((_, index) => {
    const startMs = fromMs + index * stepMs;
    return startMs + stepMs > firstAtMs && startMs <= lastAtMs;
  });
  const chart = { fromMs, stepMs, counts, alarms };
  return { ...chart, png: await alertPicture(chart) };
}

function commonOf(
  { reader, signal }: Looking,
  { filter, question, bars, leftMs }: Asked,
): Pick<AlertDetails, 'patterns' | 'sources' | 'countedCount'> {
  const { firstAtMs, lastAtMs } = question;
  const firstUs = Math.round(firstAtMs * 1_000);
  const templates = new Map<string, number>();
  const sources = new Map<string, number>();
  let countedCount = 0;
  const incident = { fromUs: firstUs, untilUs: Math.round(lastAtMs * 1_000) + 1 };
  const request = { query: filter, ...incident, limit: MATCHES_MAX, deadlineMs: leftMs(), signal };
  for (const entry of entriesOf(reader, request)) {
    add(templates, templateOf(entry.message));
    add(sources, entry.source);
    countedCount += 1;
  }
  const earlier = new Map<string, number>();
  let earlierCount = 0;
  const before = { fromUs: bars.fromMs * 1_000, untilUs: firstUs, limit: EARLIER_MAX };
  const asked = { query: filter, ...before, deadlineMs: leftMs(), signal };
  for (const { message } of entriesOf(reader, asked)) {
    add(earlier, templateOf(message));
    earlierCount += 1;
  }
  const patterns = mostOf(templates)
    .slice(0, PATTERNS_MAX)
    .map(({ name, count }): AlertPattern => {
      const counted = earlier.get(name) ?? 0;
      return { text: name, count, earlierCount: earlierCount < EARLIER_MAX ? counted : null };
    });
  return { patterns, sources: mostOf(sources), countedCount };
}

function* entriesOf(
  reader: EntryReader,
  request: SearchRequest,
): Generator<Readonly<{ message: string; source: string }>> {
  for (const { columns, rows, count } of reader.matches(request)) {
    for (let index = 0; index < count; index += 1) {
      const row = rows[index]!;
      yield {
        message: columns.messageText(row),
        source: columns.names.sources.valueOf(columns.source[row]!),
      };
    }
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function mostOf(counts: ReadonlyMap<string, number>): Readonly<{ name: string; count: number }>[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
