/** Questions that nobody thought of, and those that were answered differently once: the same answers there as here. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryReader } from '../../src/engine/entry-reader.ts';
import { runPipeline } from '../../src/engine/pipeline/run-pipeline.ts';
import { entryAt } from '../../src/model/entry-at.ts';
import { entryRecordOf, timestampText } from '../../src/model/entry-record.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Answering } from '../../src/serve/asked-request.ts';
import { answerHistogram } from '../../src/serve/count-answers.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import type { TestEntry } from '../support/entry-rows.ts';
import { naiveStages, stageText } from '../support/naive-answers.ts';
import { condition, naiveEntry } from '../support/naive-conditions.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';

/** `RANDOM_QUESTIONS_CASES` and `RANDOM_QUESTIONS_SEED`: more of them, or others. */
const CASES = Number(process.env.RANDOM_QUESTIONS_CASES ?? 40);
const SEED = Number(process.env.RANDOM_QUESTIONS_SEED ?? 1);
const ENTRY_COUNT = 300;
const NOW_MS = Date.UTC(2026, 2, 29, 12);
const STAMP = '2026-03-29T00:10:20.25Z';

/** Each a message and a field `note`; some in Latin-1. */
const ODD: readonly (readonly [message: string | Buffer, note: string])[] = [
  ['too large', '1e999'],
  ['too small', '-1e999'],
  [Buffer.from('Jos\xe9', 'latin1'), '1'],
  [Buffer.from('Jos\xf8', 'latin1'), '2'],
  // A mark that makes another letter of the one before it, and one that does not; behind bytes that are no UTF-8, too.
  ['cafe\u0301', '3'],
  ['mean x\u0304', 'mean x\u0304 of it'],
  [Buffer.from('e\xcc\x81\xff', 'latin1'), '5'],
  ['nul\0byte', 'nul\0byte'],
];

/** To the minute they lie nearer to each other, near enough for shorter steps of a chart. */
const STEPS = ['2026-03-29T02:00:00Z', '2026-03-29T02:09:59Z'];

let scene: ClusterScene;
let local: EntryReader;
let cluster: EntryReader;

beforeAll(async () => {
  scene = await ClusterScene.start();
  const { folder } = scene.project;
  const tagged = `
[watch:tagged]
path = ${folder.join('tagged')}
tags = eu, prod

[watch:one]
path = ${folder.join('one')}
tags = eu
`;
  scene.project.configure(configOf(scene.cluster.addresses, 'both', tagged));
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const entries = fc.sample(naiveEntry, { numRuns: ENTRY_COUNT, seed: SEED });
  const files = ['logs/api.log', 'tagged/web.log', 'one/\u0391\u0392\u0393.log'];
  for (const [index, name] of files.entries()) {
    const lines = entries.filter((_, at) => at % files.length === index).map(lineOf);
    folder.write(name, Buffer.concat(index === 0 ? [...lines, ...ODD.map(oddLine)] : lines));
  }
  folder.write('logs/steps.log', STEPS.map((time) => `${time} INFO step\n`).join(''));
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  const copied = async (): Promise<number> =>
    JSON.parse((await scene.cli('clickhouse', 'status', '--json')).stdout).progress.ackedRows;
  const wanted = ENTRY_COUNT + ODD.length + STEPS.length;
  await daemon.waitFor(async () => (await copied()) === wanted, { what: 'the copy' });
  await daemon.stop();
  local = scene.openLocal();
  cluster = scene.openCluster();
});

afterAll(async () => {
  local?.[Symbol.dispose]();
  cluster?.[Symbol.dispose]();
  await scene?.[Symbol.asyncDispose]();
});

function lineOf({ timestampUs, level, message, fields = [] }: TestEntry): Buffer {
  const record = {
    time: timestampText(timestampUs),
    ...(level === null ? {} : { level }),
    msg: message,
    ...Object.fromEntries(fields.map(({ key, value }) => [key, value])),
  };
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

function oddLine([message, note]: (typeof ODD)[number]): Buffer {
  const parts = [
    `{"time":"${STAMP}","timestamp":"a field","msg":"`,
    message,
    `","note":"${note}"}\n`,
  ];
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

test(`${CASES} random queries`, () => {
  const question = fc.tuple(condition, naiveStages);
  for (const [{ text }, stages] of fc.sample(question, { numRuns: CASES, seed: SEED })) {
    const asked = [text, ...stages.map(stageText)].join(' | ');
    expect({ asked, ...answerOf(cluster, asked) }).toEqual({ asked, ...answerOf(local, asked) });
  }
});

test.each([
  // What is too large for a double is a number all the same, and two of them may add up to none.
  'has:note | max note',
  'has:note | min note by message',
  'has:note | sum note by source',
  'has:note | p99.9 note',
  // Bytes that are no UTF-8 are one value where they are read.
  'has:note | distinct message',
  'has:note | avg note by message',
  '* | count by tag, level, tag',
  'source:steps | timechart',
  'e*',
  '*x*',
  'message:*x*',
  'message:*e*',
  'note:m*x*it',
])('%s', (asked) => {
  expect(answerOf(cluster, asked)).toEqual(answerOf(local, asked));
});

test('counts and percentiles of tags, and of a field that is called timestamp', () => {
  const request = { query: parsed('*').filter };
  for (const by of ['tag', 'timestamp']) {
    expect(cluster.top(request, { by, limit: 5 })).toEqual(local.top(request, { by, limit: 5 }));
    const asked = { of: by, percentiles: [50] };
    expect(cluster.percentiles(request, asked)).toEqual(local.percentiles(request, asked));
  }
  const asked = { of: 'note', percentiles: [0, 50, 100] };
  expect(local.percentiles(request, asked)).toEqual([-Infinity, 2, Infinity]);
  expect(cluster.percentiles(request, asked)).toEqual([-Infinity, 2, Infinity]);
});

test.each(['*', 'source:steps', '/time/'])('the bars of a chart of %s', (q) => {
  const { signal } = new AbortController();
  const barsOf = (reader: EntryReader): unknown => {
    const clock = { monotonicMs: () => 0 };
    const answering = { reader, clock, signal } as unknown as Answering;
    return answerHistogram(answering, { q, nowMs: NOW_MS, deadlineMs: 60_000 });
  };
  expect(barsOf(cluster)).toEqual(barsOf(local));
});

function parsed(text: string): ReturnType<typeof parseQuery> {
  return parseQuery(text, { nowMs: NOW_MS, timezone: 'Europe/Berlin', stages: true });
}

/** What a query finds or makes; what it is refused for. */
function answerOf(reader: EntryReader, text: string): object {
  const { filter, stages } = parsed(text);
  try {
    const result = runPipeline(reader, { query: filter }, stages);
    if (result.kind === 'table') {
      return { ...result.table, rows: result.table.rows.map((row) => row.map(rounded)) };
    }
    const records: unknown[] = [];
    for (const { columns, row } of result.entries) {
      const { host: _, ...record } = entryRecordOf(entryAt(columns, row));
      records.push(record);
    }
    return { records };
  } catch (thrown) {
    return { refused: String(thrown) };
  }
}

/** Servers add doubles in another order. */
function rounded(cell: unknown): unknown {
  return typeof cell === 'number' ? Number(cell.toPrecision(12)) : cell;
}
