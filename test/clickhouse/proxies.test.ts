/** A proxy before the servers that answers in their place: nothing counts as taken, and everybody hears why. */
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';
import { TestProxy } from './test-proxy.ts';

test('a page of a proxy is no acknowledgement, and no answer', async () => {
  await using scene = await ClusterScene.start();
  const { cluster, project } = scene;
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  await using proxy = await TestProxy.start(cluster.addresses[0]!);
  project.configure(configOf([proxy.address], 'both'));
  await using daemon = await DaemonProcess.start(project, { env: PASSWORDS });
  const write = (message: string): void => {
    const stamp = new Date(Date.now() - 60_000).toISOString();
    appendFileSync(project.folder.join('logs/shop.log'), `${stamp} ERROR ${message}\n`);
  };
  const waitForCopies = async (count: number): Promise<void> => {
    const sql = 'SELECT count() FROM logstead.otel_logs_local';
    await daemon.waitFor(async () => (await cluster.query(sql)) === `${count}`, {
      what: `${count} entries on the cluster`,
      timeoutMs: 180_000,
    });
  };

  write('before');
  await waitForCopies(1);
  proxy.mode = 'page';
  write('during maintenance');
  await daemon.waitFor(() => proxy.insertCount > 1, { what: 'an insert' });
  const asked = await scene.cli('--engine', 'clickhouse', 'search', '-c', 'ERROR');
  expect(asked).toMatchObject({ code: 4, stdout: '' });
  expect(asked.stderr).toMatch(/what answered is no ClickHouse server\n.*A proxy/);
  expect((await scene.cli('clickhouse', 'status')).stdout).toMatch(/is no ClickHouse server/);

  proxy.mode = 'forward';
  await waitForCopies(2);
  expect((await scene.cli('clickhouse', 'verify')).stdout).toMatch(/2 entries here/);
});
