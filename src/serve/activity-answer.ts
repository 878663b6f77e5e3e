/** What each source wrote in the last ten minutes, and its newest entry: for people who look whether all is well. */
import type { EntryReader } from '../engine/entry-reader.ts';
import type { EntryRecord } from '../model/entry.ts';
import { entryAt } from '../model/entry-at.ts';
import { entryRecordOf, timestampText } from '../model/entry-record.ts';
import { literalPattern } from '../query/name-pattern.ts';
import type { Answering } from './asked-request.ts';
import type { ActivityAnswer, ActivityQuestion } from './questions.ts';

const STEP_US = 10_000_000;
const STEP_COUNT = 60;
/** Sources of one answer, those with most entries: more than anybody looks through. */
const SOURCES_MAX = 100;

export function answerActivity(
  { reader, signal }: Answering,
  { nowMs, deadlineMs }: ActivityQuestion,
): ActivityAnswer {
  const untilUs = (Math.floor((nowMs * 1_000) / STEP_US) + 1) * STEP_US;
  const fromUs = untilUs - STEP_COUNT * STEP_US;
  const limits = { deadlineMs, signal, fromUs, untilUs };
  const everything = { ...limits, query: { kind: 'everything' } } as const;
  const counts = new Map<string, number[]>();
  for (const { startUs, counts: found } of reader.histogram(everything, {
    bucketUs: STEP_US,
    by: 'source',
  })) {
    const step = Math.round((startUs - fromUs) / STEP_US);
    for (const [source, count] of found) {
      const steps = counts.get(source) ?? new Array<number>(STEP_COUNT).fill(0);
      counts.set(source, steps);
      steps[step] = count;
    }
  }
  const levels = new Map<string, number>();
  for (const { values, count } of reader.groupBy(everything, { by: ['source', 'level'] })) {
    levels.set(JSON.stringify(values), count);
  }
  const ofLevel = (source: string, level: string): number =>
    levels.get(JSON.stringify([source, level])) ?? 0;
  const sources = [...counts]
    .map(([source, steps]) => ({ source, steps, total: steps.reduce((sum, count) => sum + count) }))
    .sort((one, other) => other.total - one.total || (one.source < other.source ? -1 : 1))
    .slice(0, SOURCES_MAX)
    .map(({ source, steps }) => ({
      source,
      counts: steps,
      warnings: ofLevel(source, 'WARN'),
      errors: ofLevel(source, 'ERROR') + ofLevel(source, 'FATAL'),
      newest: newestOf(reader, { ...limits, source }),
    }));
  return {
    stepMs: STEP_US / 1_000,
    from: timestampText(fromUs),
    until: timestampText(untilUs),
    sources,
  };
}

type Limits = Readonly<{
  source: string;
  fromUs: number;
  untilUs: number;
  deadlineMs: number;
  signal: AbortSignal;
}>;

function newestOf(reader: EntryReader, { source, ...limits }: Limits): EntryRecord | null {
  const query = { kind: 'source', pattern: literalPattern(source) } as const;
  for (const { columns, rows } of reader.matches({ ...limits, query, limit: 1 })) {
    return entryRecordOf(entryAt(columns, rows[0]!));
  }
  return null;
}
