/** Batches that a server does not take while it takes others: each is told of, and sent when it can be. */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';
import { TestProxy } from './test-proxy.ts';

const TABLE = 'logstead.otel_logs_local';

let scene: ClusterScene;
let proxy: TestProxy;

beforeAll(async () => {
  scene = await ClusterScene.start();
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  proxy = await TestProxy.start(scene.cluster.addresses[0]!);
  scene.project.configure(configOf([proxy.address], 'both'));
});

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

function write(...messages: readonly string[]): void {
  const stamp = new Date(Date.now() - 60_000).toISOString();
  const text = messages.map((message) => `${stamp} ERROR ${message}\n`).join('');
  appendFileSync(scene.project.folder.join('logs/shop.log'), text);
}

/** Waits until the cluster has so many entries whose message begins like this. */
async function waitForCopies(daemon: DaemonProcess, begin: string, count: number): Promise<void> {
  const sql = `SELECT count() FROM ${TABLE} WHERE startsWith(Body, '${begin}')`;
  await daemon.waitFor(async () => (await scene.cluster.query(sql)) === `${count}`, {
    what: `${count} entries ${begin} on the cluster`,
    timeoutMs: 120_000,
  });
}

test('an insert that the server cancelled is sent again, by the same daemon', async () => {
  const { cluster } = scene;
  // Slow enough to be found while it runs.
  await cluster.query(`ALTER TABLE ${TABLE} ADD COLUMN Slow UInt8 DEFAULT sleepEachRow(1)`);
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });

  write('cancelled 1', 'cancelled 2', 'cancelled 3');
  const kill = `KILL QUERY WHERE query LIKE 'INSERT INTO ${TABLE}%' ASYNC FORMAT TSV`;
  await daemon.waitFor(async () => (await cluster.query(kill)) !== '', { what: 'an insert' });
  await daemon.waitFor(() => /stopped the insert/.test(daemon.output), { what: 'a word about it' });
  await cluster.query(`ALTER TABLE ${TABLE} DROP COLUMN Slow`);
  write('behind it');
  await waitForCopies(daemon, 'behind', 1);
  await waitForCopies(daemon, 'cancelled', 3);
  expect((await scene.cli('clickhouse', 'verify')).stdout).toMatch(/4 entries here/);
});

test('a batch of which rows were deleted is told of, and sent anew once the rest is removed', async () => {
  const { cluster } = scene;
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  write('before');
  await waitForCopies(daemon, 'before', 1);

  // The server has the batch, and the daemon does not know it.
  proxy.mode = 'silent';
  write('cut 1', 'cut 2', 'cut 3');
  await waitForCopies(daemon, 'cut', 3);
  await cluster.query(`DELETE FROM ${TABLE} WHERE Body = 'cut 2'`);
  proxy.mode = 'forward';
  write('while it waits');
  await waitForCopies(daemon, 'while', 1);
  const status = /Needs you: .* has not taken a batch for .*: (ALTER TABLE .* AND Batch = \d+)/;
  const { stdout } = await scene.cli('status');
  expect(stdout).toMatch(status);

  await cluster.query(`${status.exec(stdout)?.[1]} SETTINGS mutations_sync = 1`);
  await waitForCopies(daemon, 'cut', 3);
  expect((await scene.cli('clickhouse', 'verify')).code).toBe(0);
  await daemon.waitFor(async () => (await scene.cli('status')).stdout.includes('All is well'), {
    what: 'nothing that waits',
  });
});
