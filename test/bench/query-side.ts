/** Answers the questions of `npm run bench:query` from a store, each once cold and then in rounds, in a process of its own. */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { SCOUT_AFTER_BYTES } from '../../src/engine/lookahead.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { DATABASE_NAME } from '../../src/ingest/state-files.ts';
import { type Answer, NEWEST_COUNT, type Question } from './query-questions.ts';
import { entryOf, groupsAnswer, newestAnswer } from './query-truth.ts';

export type QuerySideArguments = Readonly<{
  stateFolder: string;
  questions: readonly Question[];
  rounds: number;
}>;

export type Measured = Readonly<{
  answer: Answer;
  /** In the process just started, with the files in the page cache. */
  firstMs: number;
  /** Median of the rounds, and its CPU time. */
  warmMs: number;
  cpuMs: number;
}>;

export type QuerySideResult = Readonly<{
  measured: readonly Measured[];
  /** Resident before the first question, and the most at any time. */
  idleBytes: number;
  peakBytes: number;
}>;

const MINUTE_US = 60_000_000;

function answer(reader: StoreReader, question: Question): Answer {
  const { query, ask, fromUs = null, untilUs = null } = question;
  const request = { query, fromUs, untilUs };
  switch (ask) {
    case 'newest': {
      const found: { us: number; digest: string }[] = [];
      for (const { columns, rows, count } of reader.matches({ ...request, limit: NEWEST_COUNT })) {
        for (let index = 0; index < count; index += 1) found.push(entryOf(columns, rows[index]!));
      }
      return newestAnswer(found);
    }
    case 'count':
      return { count: reader.count(request), digest: '' };
    case 'levels by minute': {
      const groups = new Map<string, number>();
      for (const { startUs, counts } of reader.histogram(request, { bucketUs: MINUTE_US })) {
        for (const [level, count] of counts) groups.set(`${startUs / MINUTE_US} ${level}`, count);
      }
      return groupsAnswer(groups);
    }
    case 'sources': {
      const all = reader.top(request, { by: 'source', limit: 1_000 });
      return groupsAnswer(new Map(all.map(({ name, count }) => [name, count])));
    }
    case 'patterns': {
      const groups = new Map<string, number>();
      for (const { template, count } of reader.patterns(request).patterns) {
        groups.set(template, (groups.get(template) ?? 0) + count);
      }
      return groupsAnswer(groups);
    }
  }
}

function measure(reader: StoreReader, question: Question, rounds: number): Measured {
  const startMs = performance.now();
  const first = answer(reader, question);
  const firstMs = performance.now() - startMs;
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const wallMs = performance.now();
    const cpu = process.cpuUsage();
    const again = answer(reader, question);
    const used = process.cpuUsage(cpu);
    walls.push(performance.now() - wallMs);
    cpus.push((used.user + used.system) / 1000);
    if (again.count !== first.count || again.digest !== first.digest) {
      throw new Error(`"${question.name}" was answered in two ways`);
    }
  }
  return { answer: first, firstMs, warmMs: median(walls), cpuMs: median(cpus) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function run({ stateFolder, questions, rounds }: QuerySideArguments): QuerySideResult {
  const database = join(stateFolder, DATABASE_NAME);
  // As the commands open it.
  using reader = StoreReader.open({
    ...{ disk: systemDisk, clock: systemClock, database },
    scoutAfterBytes: SCOUT_AFTER_BYTES,
  });
  const idleBytes = process.memoryUsage.rss();
  const measured = questions.map((question) => measure(reader, question, rounds));
  if (reader.damaged.length > 0) throw new Error(`${reader.damaged.length} segments are damaged`);
  return { measured, idleBytes, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

const given = process.argv[2];
if (given !== undefined) {
  const result = run(JSON.parse(given) as QuerySideArguments);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
