/** Entries of any time: from long ago to a century ahead, they are kept, compared and charted as they are here. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryReader } from '../../src/engine/entry-reader.ts';
import { runPipeline } from '../../src/engine/pipeline/run-pipeline.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';

/** As long as the config allows: nothing that is copied here is too old. */
const TTL_LONGEST = 'ttl = 36500d';
const STAMPS = [
  // In UTC these two are of the year before: how a clock that begins anew looks east of Greenwich.
  '1970-01-01T00:59:58.5+01:00',
  '1970-01-01T00:00:00+12:00',
  '1970-01-01T00:00:00Z',
  '1970-01-01T00:00:01Z',
  new Date(Date.now() - 60_000).toISOString(),
  '2104-12-31T23:59:59Z',
  '2105-06-01T12:00:00Z',
  '2250-01-01T00:00:00Z',
];

let scene: ClusterScene;

beforeAll(async () => {
  scene = await ClusterScene.start();
  scene.project.configure(
    configOf(scene.cluster.addresses, 'both').replace(/^ttl = .*$/m, TTL_LONGEST),
  );
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const lines = STAMPS.map((stamp, index) => `${stamp} ERROR order ${index} failed\n`);
  scene.project.folder.write('logs/shop.log', lines.join(''));
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  await daemon.waitFor(async () => (await copied()) === STAMPS.length, { what: 'the copy' });
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

test('a server keeps all of them for as long as ttl says', async () => {
  for (const index of [0, 1]) {
    await scene.cluster.query('OPTIMIZE TABLE logstead.otel_logs_local FINAL', index);
  }
  expect(await scene.cluster.query('SELECT count() FROM logstead.otel_logs')).toBe(
    `${STAMPS.length}`,
  );
});

test.each([
  '* | timechart 3650d',
  'level:error | timechart 7d by message',
  'since:2104-06-01 | timechart 365d',
  '* | count by timestamp',
])('%s is the same there as here', (text) => {
  using local = scene.openLocal();
  using cluster = scene.openCluster();

  expect(tableOf(cluster, text)).toEqual(tableOf(local, text));
});

test.each([
  'until:1970-01-01T00:00:00Z',
  'since:1970-01-01T00:00:00Z until:2200-01-01T00:00:00Z',
  'until:2105-06-01T12:00:00Z',
  'since:2105-06-01T12:00:00Z',
  'since:2105-06-01T12:00:00.001Z until:2249-12-31T00:00:00Z',
])('%s finds the same there as here, and its hours and statistics', (text) => {
  using local = scene.openLocal();
  using cluster = scene.openCluster();

  const request = { query: parsed(text).filter };
  expect(cluster.count(request)).toBe(local.count(request));
  // Where there is no end, the store knows its last entry to the minute.
  const { lastUs: _, ...stats } = local.stats(request);
  expect(cluster.stats(request)).toMatchObject(stats);
  const hours = { bucketUs: 3_600_000_000 };
  expect(cluster.histogram(request, hours)).toEqual(local.histogram(request, hours));
});

test('what the cluster has let go of by its ttl is no difference', async () => {
  scene.project.configure(configOf(scene.cluster.addresses, 'both').replace(/^ttl = .*$/m, ''));
  expect((await scene.cli('clickhouse', 'setup')).stdout).toContain('kept for another time');
  for (const index of [0, 1]) {
    await scene.cluster.query('OPTIMIZE TABLE logstead.otel_logs_local FINAL', index);
  }
  const left = await scene.cluster.query('SELECT count() FROM logstead.otel_logs');
  expect(Number(left)).toBeLessThan(STAMPS.length);

  const { code, stdout } = await scene.cli('clickhouse', 'verify');
  expect(stdout).toMatch(/^Left out: hours before .*, which the cluster lets go of/);
  expect(stdout).toMatch(/^4 entries here.*: counts and checksums are equal$/m);
  expect(code).toBe(0);
  const moved = await scene.cli('clickhouse', 'cutover', '--dry-run');
  expect({ code: moved.code, stderr: moved.stderr }).toEqual({ code: 0, stderr: '' });
});

function tableOf(reader: EntryReader, text: string): unknown {
  const { filter, stages } = parsed(text);
  return runPipeline(reader, { query: filter }, stages);
}

function parsed(text: string): ReturnType<typeof parseQuery> {
  return parseQuery(text, { nowMs: Date.now(), timezone: 'UTC', stages: true });
}

/** What the servers have acknowledged. */
async function copied(): Promise<number> {
  const { stdout } = await scene.cli('clickhouse', 'status', '--json');
  return JSON.parse(stdout).progress.ackedRows;
}
