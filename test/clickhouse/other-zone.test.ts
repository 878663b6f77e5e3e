/** Servers whose clocks are set to another time zone than UTC. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPipeline } from '../../src/engine/pipeline/run-pipeline.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, PASSWORDS } from './cluster-scene.ts';

const HOURS = 48;
/** Two days ago at midnight, in UTC. */
const START_MS = (Math.floor(Date.now() / 86_400_000) - 2) * 86_400_000;

let scene: ClusterScene;

beforeAll(async () => {
  scene = await ClusterScene.start('both', { timezone: 'America/New_York' });
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const lines = Array.from(
    { length: HOURS },
    (_, hour) => `${new Date(START_MS + hour * 3_600_000).toISOString()} ERROR order ${hour}\n`,
  );
  scene.project.folder.write('logs/shop.log', lines.join(''));
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  const copied = async (): Promise<number> =>
    JSON.parse((await scene.cli('clickhouse', 'status', '--json')).stdout).progress.ackedRows;
  await daemon.waitFor(async () => (await copied()) === HOURS, { what: 'the copy' });
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

test('each insert lies in one partition, so that a server has all of it or nothing', async () => {
  const partitions = await scene.cluster.query(
    "SELECT toDate(Timestamp, 'UTC') AS day, uniqExact(_partition_id) FROM logstead.otel_logs GROUP BY day",
  );
  expect(partitions.split('\n').map((row) => row.split('\t')[1])).toEqual(['1', '1']);
});

test.each(['* | timechart 1d', '* | timechart 6h by level', '* | count by timestamp'])(
  '%s is the same there as here',
  (text) => {
    using local = scene.openLocal();
    using cluster = scene.openCluster();

    const { filter, stages } = parseQuery(text, {
      nowMs: Date.now(),
      timezone: 'UTC',
      stages: true,
    });
    const [here, there] = [local, cluster].map((reader) =>
      runPipeline(reader, { query: filter }, stages),
    );
    expect(there).toEqual(here);
    expect(here).toMatchObject({ kind: 'table' });
  },
);
