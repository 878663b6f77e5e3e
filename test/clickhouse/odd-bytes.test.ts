/** Bytes that are no UTF-8, as programs of other days write them: found, and counted, there as here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EntryReader } from '../../src/engine/entry-reader.ts';
import { runPipeline } from '../../src/engine/pipeline/run-pipeline.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, PASSWORDS } from './cluster-scene.ts';

/** In Latin-1: the bytes of two letters, each alone behind ASCII, and a log line cut inside a character. */
const MESSAGES = [
  'Gr\xfc\xdfe',
  'Gr\xf6\xdfe',
  'user=Jos\xe9 came',
  'cut \xe2\x82',
  'Gr\xc3\xbc\xc3\x9fe',
];

let scene: ClusterScene;

beforeAll(async () => {
  scene = await ClusterScene.start();
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const stamp = new Date(Date.now() - 60_000).toISOString();
  const lines = MESSAGES.map((message) => `${stamp} ERROR ${message}\n`);
  scene.project.folder.write('logs/old.log', Buffer.from(lines.join(''), 'latin1'));
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  const copied = async (): Promise<number> =>
    JSON.parse((await scene.cli('clickhouse', 'status', '--json')).stdout).progress.ackedRows;
  await daemon.waitFor(async () => (await copied()) === MESSAGES.length, { what: 'the copy' });
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

describe('the cluster, of bytes that are no UTF-8', () => {
  test.each([
    { text: 'Gr*', count: 3 },
    { text: '*os*', count: 1 },
    { text: 'message:Jos*', count: 1 },
    { text: '"Gr\ufffd\ufffde"', count: 2 },
    { text: 'user:Jos\ufffd OR message:*\ufffd', count: 2 },
    { text: '/Gr../', count: 3 },
  ])('finds $text as this machine does', ({ text, count }) => {
    using local = scene.openLocal();
    using cluster = scene.openCluster();

    const { filter } = parsed(text);
    expect(local.count({ query: filter })).toBe(count);
    expect(cluster.count({ query: filter })).toBe(count);
  });

  test.each(['* | count by message', '* | top 5 message', '* | timechart 1d by message'])(
    'makes of %s what this machine makes',
    (text) => {
      using local = scene.openLocal();
      using cluster = scene.openCluster();

      expect(tableOf(cluster, text)).toEqual(tableOf(local, text));
    },
  );

  test('counts their values over time and by their names as this machine does', () => {
    using local = scene.openLocal();
    using cluster = scene.openCluster();

    const request = { query: { kind: 'everything' } } as const;
    const histogram = { bucketUs: 86_400_000_000, by: 'message' };
    expect(cluster.histogram(request, histogram)).toEqual(local.histogram(request, histogram));
    const groups = { by: ['message'] };
    expect(cluster.groupBy(request, groups)).toEqual(local.groupBy(request, groups));
    expect(cluster.distinct(request, { of: 'message' })).toBe(4);
  });
});

function tableOf(reader: EntryReader, text: string): unknown {
  const { filter, stages } = parsed(text);
  return runPipeline(reader, { query: filter }, stages);
}

function parsed(text: string): ReturnType<typeof parseQuery> {
  return parseQuery(text, { nowMs: Date.now(), timezone: 'UTC', stages: true });
}
