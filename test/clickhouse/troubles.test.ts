/** What goes wrong with a cluster: each a clear word with its remedy, and the local work goes on. */
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClusterClient } from '../../src/clickhouse/cluster-client.ts';
import { clusterError } from '../../src/clickhouse/cluster-error.ts';
import { checkServer } from '../../src/clickhouse/server-check.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';
import { WRITER } from './test-cluster.ts';

let scene: ClusterScene;

beforeAll(async () => {
  scene = await ClusterScene.start();
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

function clientOf(addresses: readonly string[], user: { user: string; password: string }) {
  return new ClusterClient({ addresses, ...user, caFile: null, verify: true, compress: false });
}

/** What `clickhouse status` says of the servers. */
async function told(config: string, env = PASSWORDS): Promise<string> {
  scene.project.configure(config);
  const { stdout, code } = await scene.project.cli(['clickhouse', 'status'], { env });
  expect(code).toBe(4);
  return stdout;
}

describe('clickhouse status names the remedy', () => {
  test('of a wrong password', async () => {
    const env = { ...PASSWORDS, LOGSTEAD_CLICKHOUSE_PASSWORD: 'wrong' };
    const text = await told(configOf(scene.cluster.addresses, 'both'), env);
    expect(text).toMatch(/Authentication failed/);
    expect(text).toMatch(/Name or password are wrong/);
  });

  test('of a server that does not answer', async () => {
    const text = await told(configOf(['http://127.0.0.1:9'], 'both'));
    expect(text).toMatch(/ECONNREFUSED/);
    expect(text).toMatch(/Is the server running/);
  });

  test('of a user that may only look', async () => {
    const looker = { user: 'looker', password: 'looker-password' };
    await using client = clientOf(scene.cluster.addresses, looker);

    const refused = client.command({
      doing: 'send entries',
      sql: "INSERT INTO logstead.otel_logs_local (Body) VALUES ('x')",
    });
    await expect(refused).rejects.toMatchObject({
      code: 'CLUSTER_REFUSED',
      hint: expect.stringMatching(/must not be readonly/),
    });
  });

  test('of a table that was changed by hand, and setup mends what is missing', async () => {
    const { cluster } = scene;
    await cluster.query('ALTER TABLE logstead.otel_logs_local DROP COLUMN Template');
    const text = await told(configOf(cluster.addresses, 'both'));
    expect(text).toMatch(/column Template is missing/);
    expect(text).toMatch(/logstead clickhouse setup/);
    const { stdout } = await scene.cli('clickhouse', 'setup');
    expect(stdout).toMatch(/added the column Template/);
    expect((await scene.cli('clickhouse', 'status')).code).toBe(0);
    await cluster.query('ALTER TABLE logstead.otel_logs_local MODIFY COLUMN Line UInt32');
    const changed = await told(configOf(cluster.addresses, 'both'));
    expect(changed).toMatch(/column Line must be UInt64: it is UInt32/);
    await cluster.query('ALTER TABLE logstead.otel_logs_local MODIFY COLUMN Line UInt64');
  });

  test('of a table whose engine makes one of rows with the same key', async () => {
    const { cluster } = scene;
    const created = await cluster.query('SHOW CREATE logstead.otel_logs_local FORMAT TSVRaw');
    await cluster.query('DROP TABLE logstead.otel_logs_local');
    await cluster.query(created.replace('ENGINE = MergeTree', 'ENGINE = ReplacingMergeTree'));
    const text = await told(configOf(cluster.addresses, 'both'));
    expect(text).toMatch(/engine must be MergeTree or ReplicatedMergeTree: it is ReplacingMergeTr/);
    await cluster.query('DROP TABLE logstead.otel_logs_local');
    await cluster.query(created);
  });

  test('of a server that is too old', async () => {
    // An old server cannot be had here: one that says so stands for it.
    const server = createServer((_request, response) => {
      response.setHeader('X-ClickHouse-Server-Display-Name', 'old');
      response.end('["25.8.1.1","1795269600000"]\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const text = await told(configOf([`http://127.0.0.1:${port}`], 'both'));
    expect(text).toMatch(/ClickHouse must be at least 26.2: it is 25.8.1.1/);
    expect(text).toMatch(/Upgrade the server/);
    server.closeAllConnections();
    server.close();
  });
});

test('checkServer() warns of a clock that is wrong', async () => {
  await using client = clientOf(scene.cluster.addresses, WRITER);

  const { warnings, skewMs } = await checkServer(
    client,
    { database: 'logstead' },
    () => Date.now() - 3_600_000,
  );
  expect(skewMs).toBeGreaterThan(3_500_000);
  expect(warnings[0]).toMatch(/is 3600 s ahead: let both machines follow a time server/);
});

test('clusterError() names the remedy of a full disk', () => {
  const full = Object.assign(new Error('Cannot reserve 1.00 MiB, not enough space'), {
    code: '243',
  });
  const error = clusterError('send 5 entries', 'http://ch1:8123', full);
  expect(error.hint).toMatch(/Make room on the disk of the server/);
  expect(error.isTransient).toBe(true);
});

test('clusterError() names the remedy of a quota, and of a setting that may not be changed', () => {
  const told = (code: string) =>
    clusterError('send 5 entries', 'http://ch1:8123', Object.assign(new Error('no'), { code }));
  expect(told('201').hint).toMatch(/quota of the user is used up/);
  expect(told('452').hint).toMatch(/take the constraint out of the profile/);
});

test('clusterError() tells who asks for too much to ask for less, and who sends to wait', () => {
  const full = Object.assign(new Error('Query memory limit exceeded'), { code: '241' });
  expect(clusterError('ask the cluster', 'http://ch1:8123', full).hint).toMatch(
    /needs more memory .*`max_memory_usage`.*ask for a shorter time range/,
  );
  const sent = clusterError('send 5 entries', 'http://ch1:8123', full, { isInsert: true });
  expect(sent.hint).toMatch(/overloaded; what waits stays here/);
});

test('the daemon goes on while the cluster is down, and nothing is lost', async () => {
  scene.project.configure(configOf(scene.cluster.addresses, 'both'));
  await scene.cluster.kill(0);
  await scene.cluster.kill(1);
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });

  const stamp = new Date(Date.now() - 60_000).toISOString();
  for (let count = 0; count < 3; count += 1) {
    appendFileSync(scene.project.folder.join('logs/shop.log'), `${stamp} ERROR order ${count}\n`);
  }
  await daemon.waitFor(async () => (await scene.cli('search', '-c', 'order')).stdout === '3\n', {
    what: 'the entries here',
  });
  await daemon.waitFor(async () =>
    /has taken nothing for .*Is the server running/.test((await scene.cli('status')).stdout),
  );
  await scene.cluster.startServer(0);
  await scene.cluster.startServer(1);
  await daemon.waitFor(
    async () => (await scene.cli('clickhouse', 'verify')).stdout.includes('3 entries here'),
    {
      what: 'the copy',
      timeoutMs: 90_000,
    },
  );
  expect((await scene.cli('clickhouse', 'verify')).code).toBe(0);
  const counted = await scene.cluster.query(
    "SELECT count() FROM logstead.otel_logs WHERE Host = 'web1'",
  );
  expect(counted).toBe('3');
});
