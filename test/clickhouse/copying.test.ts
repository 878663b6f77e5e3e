/** Every entry once, whatever is killed; and the same answers on either side. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { EntryReader } from '../../src/engine/entry-reader.ts';
import { runPipeline } from '../../src/engine/pipeline/run-pipeline.ts';
import { entryAt } from '../../src/model/entry-at.ts';
import { entryRecordOf } from '../../src/model/entry-record.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Answering } from '../../src/serve/asked-request.ts';
import { answerContext, answerTail } from '../../src/serve/search-answers.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import { FAKE_START_MS } from '../support/fake-clock.ts';
import { LOG_FORMATS, LogGenerator } from '../support/log-generator.ts';
import { ClusterScene, configOf, PASSWORDS, SHARE } from './cluster-scene.ts';
import { queryList } from './query-list.ts';

const ENTRY_COUNT = Math.round(1_000_000 * SHARE);
/** Kills of a shard, and as many of the daemon. */
const KILL_COUNT = SHARE < 1 ? 2 : 6;
/** Hours that are filled with the same entries again, for reading the newest of many: few would not fill what a server reads at least. */
const HOUR_COUNT = 9;

/** Texts that are easily understood otherwise on two sides. */
const HOSTILE_LINES = [
  'INFO Grüße aus GRÖSSE und größe',
  'WARN GRÜSSE naïve 日本 x\u0301 combining e\u0301',
  'ERROR "tab\\"quote" back\\slash 100% under_score a-b.c it\'s',
  'INFO user=anna user=ben status=404 twice',
  'DEBUG İstanbul \u212aelvin ΟΔΟΣ οδος',
  "INFO '; DROP TABLE otel_logs; --",
  'INFO {p0:String} ? $1 \\x00 \\n',
  'FATAL no end',
];

const RULES = `
[alert:needles]
when = needleword
group_by = source
threshold = 2
window = 1h

[alert:errors]
when = level>=error
group_by = source
threshold = 5
window = 10m
`;

let scene: ClusterScene;

beforeAll(async () => {
  scene = await ClusterScene.start();
  scene.project.configure(configOf(scene.cluster.addresses, 'both', RULES));
  const { code, stdout, stderr } = await scene.cli('clickhouse', 'setup');
  expect(code, stdout + stderr).toBe(0);
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

describe('copying to the cluster', () => {
  test(`gives it ${ENTRY_COUNT} entries once each through ${KILL_COUNT} kills of a shard and of the daemon`, async () => {
    const written = await writeThroughKills();
    await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });

    // The servers are asked: a command takes a second of CPU, which the copying wants.
    const isThere = async (): Promise<boolean> => (await totals()).count >= written;
    await daemon.waitFor(isThere, { what: 'the copy', timeoutMs: 300_000 });
    await daemon.waitFor(() => isCopied(written), { what: 'the last acknowledgement' });
    expect(await daemon.stop()).toMatchObject({ code: 0 });
    expect(await totals()).toEqual({ count: written, unique: written });
    const verified = await scene.cli('clickhouse', 'verify');
    expect(verified.stdout + verified.stderr).toMatch(/counts and checksums are equal/);
    expect(verified.code).toBe(0);
  });

  test('shows a difference where a row was changed behind its back', async () => {
    const change = async (body: string): Promise<void> => {
      for (const index of [0, 1]) {
        await scene.cluster.query(
          `ALTER TABLE logstead.otel_logs_local UPDATE Body = ${body} WHERE Sequence = 17 SETTINGS mutations_sync = 2`,
          index,
        );
      }
    };
    await change("concat(Body, '!')");
    const { code, stdout } = await scene.cli('clickhouse', 'verify');
    expect(stdout).toMatch(/1 differ\n$/);
    expect(code).toBe(7);
    // As it was, for the tests that follow.
    await change('substring(Body, 1, length(Body) - 1)');
  });
});

describe('asking the cluster', () => {
  test(`gives the answers of this machine to ${queryList().length} queries`, () => {
    using local = scene.openLocal();
    using cluster = scene.openCluster();

    const different: string[] = [];
    for (const text of queryList()) {
      const [here, there] = [answerOrError(local, text), answerOrError(cluster, text)];
      if (JSON.stringify(here) !== JSON.stringify(there)) {
        different.push(`${text}\n  here  ${brief(here)}\n  there ${brief(there)}`);
      }
    }
    expect(different.join('\n')).toBe('');
    expect(queryList().length).toBeGreaterThanOrEqual(200);
  });

  test('gives who follows it each entry once, by an id that finds it in its file', () => {
    using reader = scene.openCluster();
    const { signal } = new AbortController();
    const answering = { reader, host: null, clock: systemClock, signal } as unknown as Answering;
    const asked = { q: 'level:error', nowMs: FAKE_START_MS, deadlineMs: 60_000 };
    const { filter } = parseQuery(asked.q, { nowMs: FAKE_START_MS, timezone: 'UTC' });
    const wanted = reader.count({ query: filter });
    expect(wanted).toBeGreaterThan(100);
    let skippedCount = 0;
    const ids: string[] = [];
    for (let answer = null, more = true; more; { more } = answer) {
      answer = answerTail(answering, { ...asked, sequence: answer?.sequence ?? 0 });
      ids.push(...answer.ids);
      skippedCount += answer.skipped;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length + skippedCount).toBe(wanted);
    for (const id of ids.filter((_, index) => index % 100 === 0)) {
      const context = answerContext(answering, { ...asked, id, before: 1, after: 1 });
      expect(context?.ids[context.index]).toBe(id);
    }
  });

  test.each([
    { mode: 'as the entries arrived', options: [] },
    { mode: 'by the times they carry', options: ['--as-if-live'] },
  ])('rehearses rules on it as on this machine, $mode', async ({ options }) => {
    const since = new Date(FAKE_START_MS - 86_400_000).toISOString();
    const rehearsed = async (engine: string): Promise<string> => {
      const asked = ['--since', since, '--engine', engine, '--json', ...options];
      const { code, stdout, stderr } = await scene.cli('alerts', 'test', ...asked);
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const here = await rehearsed('local');
    expect(here.trim().split('\n').length).toBeGreaterThan(1);
    expect(await rehearsed('clickhouse')).toBe(here);
  });

  test('refuses an answer while a shard is down, and gives it again when it is back', async () => {
    using reader = scene.openCluster();

    await scene.cluster.kill(1);
    expect(() => reader.count({ query: { kind: 'everything' } })).toThrow(
      expect.objectContaining({ code: 'CLUSTER_UNREACHABLE' }),
    );
    await scene.cluster.startServer(1);
    expect(reader.count({ query: { kind: 'everything' } })).toBeGreaterThan(0);
  });

  test('keeps its deadline', () => {
    using reader = scene.openCluster();

    const slow = {
      kind: 'text',
      test: { kind: 'regex', source: '.*', ignoreCase: false },
    } as const;
    expect(() => reader.count({ query: slow, deadlineMs: 1 })).toThrow(
      expect.objectContaining({ code: 'QUERY_STOPPED' }),
    );
  });
});

test('reading the newest entries of many hours reads no more than the newest pieces', async () => {
  await copyToEarlierHours(HOUR_COUNT);
  using reader = scene.openCluster();

  const before = await readRows();
  const found = [...reader.matches({ query: { kind: 'everything' }, limit: 100 })];
  const rows = (await readRows()) - before;
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  const total = Number(await scene.cluster.query('SELECT count() FROM logstead.otel_logs'));
  expect(total).toBeGreaterThan(ENTRY_COUNT * (HOUR_COUNT - 1));
  process.stdout.write(`Newest 100 of ${total} entries: ${rows} rows read by the servers\n`);
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(total / 5);
});

/** The same entries again for so many hours before them, made by the servers; merged, as they would be in time. */
async function copyToEarlierHours(hourCount: number): Promise<void> {
  for (const index of [0, 1]) {
    const first = await scene.cluster.query(
      'SELECT min(Timestamp) FROM logstead.otel_logs_local',
      index,
    );
    // One hour at a time: the servers have little memory.
    for (let hour = 1; hour <= hourCount; hour += 1) {
      await scene.cluster.query(
        `INSERT INTO logstead.otel_logs_local SELECT * REPLACE (Timestamp - toIntervalHour(${hour}) AS Timestamp) FROM (SELECT * FROM logstead.otel_logs_local WHERE Timestamp >= '${first}') SETTINGS insert_deduplicate = 0, max_insert_threads = 2`,
        index,
      );
    }
    await scene.cluster.query('OPTIMIZE TABLE logstead.otel_logs_local FINAL', index);
  }
}

/** Returns how many entries were written. */
async function writeThroughKills(): Promise<number> {
  const { folder } = scene.project;
  const generators = LOG_FORMATS.map((format, index) => ({
    path: folder.join(`logs/${format}.log`),
    generator: new LogGenerator({
      format,
      entryCount: Math.floor(ENTRY_COUNT / LOG_FORMATS.length),
      seed: index + 1,
      startMs: FAKE_START_MS,
      needle: { word: 'needleword', every: 997 },
    }),
  }));
  const stamp = new Date(FAKE_START_MS).toISOString();
  appendFileSync(
    folder.join('logs/hostile.log'),
    HOSTILE_LINES.map((line) => `${stamp} ${line}\n`).join(''),
  );
  const steps = KILL_COUNT * 2;
  const pieceCount = Math.ceil(ENTRY_COUNT / LOG_FORMATS.length / steps);
  let daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  for (let step = 0; step < steps; step += 1) {
    for (const { path, generator } of generators) appendFileSync(path, generator.next(pieceCount));
    // Anywhere between reading, committing, sending and hearing of it.
    await sleep(150 + ((step * 733) % 1_500));
    if (step % 2 === 0) {
      const shard = (step / 2) % 2;
      await scene.cluster.kill(shard);
      await sleep(200);
      await scene.cluster.startServer(shard);
    } else {
      await daemon.kill9();
      daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
    }
  }
  await daemon.stop();
  const entries = generators.reduce((sum, { generator }) => sum + generator.truth.entryCount, 0);
  return entries + HOSTILE_LINES.length;
}

async function isCopied(expected: number): Promise<boolean> {
  const status = (await scene.project.cliJson(['status', '--json'])) as {
    ingest: { storedEntryCount: number; cluster: { pendingRows: number } };
  };
  const { storedEntryCount, cluster } = status.ingest;
  return storedEntryCount === expected && cluster.pendingRows === 0;
}

async function totals(): Promise<{ count: number; unique: number }> {
  const sums = { count: 0, unique: 0 };
  for (const index of [0, 1]) {
    const row = await scene.cluster.query(
      'SELECT count(), uniqExact(Sequence) FROM logstead.otel_logs_local',
      index,
    );
    const [count, unique] = row.split('\t').map(Number);
    sums.count += count!;
    sums.unique += unique!;
  }
  return sums;
}

/** Rows that queries of the reader have read on both shards, by the servers' own counters. */
async function readRows(): Promise<number> {
  let sum = 0;
  for (const index of [0, 1]) {
    sum += Number(
      await scene.cluster.query(
        "SELECT coalesce(sum(value), 0) FROM system.events WHERE event = 'SelectedRows'",
        index,
      ),
    );
  }
  return sum;
}

/** Both must refuse what is too large to answer. One failure does not hide the others. */
function answerOrError(reader: EntryReader, text: string): unknown {
  try {
    return answerOf(reader, text);
  } catch (thrown) {
    return String(thrown);
  }
}

const ANSWER_ROWS_MAX = 300;

function answerOf(reader: EntryReader, text: string): unknown {
  const { filter, stages } = parseQuery(text, {
    nowMs: FAKE_START_MS,
    timezone: 'UTC',
    stages: true,
  });
  const limit = stages.length === 0 ? ANSWER_ROWS_MAX : 0;
  const result = runPipeline(reader, { query: filter, limit }, stages);
  if (result.kind === 'table') {
    // Of a pattern any of its messages is an example.
    const shown = result.table.columns.map((column) => column !== 'example');
    const rows = result.table.rows.map((row) => row.filter((_, at) => shown[at]).map(rounded));
    return { columns: result.table.columns, rows };
  }
  const records: unknown[] = [];
  for (const { columns, row } of result.entries) {
    const { host: _, ...record } = entryRecordOf(entryAt(columns, row));
    records.push(record);
    if (records.length === ANSWER_ROWS_MAX) break;
  }
  return { count: stages.length === 0 ? reader.count({ query: filter }) : null, records };
}

/** Servers add doubles in another order. */
function rounded(cell: unknown): unknown {
  return typeof cell === 'number' ? Number(cell.toPrecision(12)) : cell;
}

function brief(answer: unknown): string {
  return JSON.stringify(answer).slice(0, 400);
}
