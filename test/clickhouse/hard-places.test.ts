/** A server whose disk is full, and one behind TLS: what is said, and that nothing is lost. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ClusterClient } from '../../src/clickhouse/cluster-client.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import { FAKE_START_MS } from '../support/fake-clock.ts';
import { writeLog } from '../support/log-generator.ts';
import { needsRoot } from '../support/needs.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';
import { WRITER } from './test-cluster.ts';

const MIB = 2 ** 20;
const ENTRY_COUNT = 20_000;
const CERTIFICATE = fileURLToPath(new URL('../fixtures/tls/certificate.pem', import.meta.url));
const KEY = fileURLToPath(new URL('../fixtures/tls/key.pem', import.meta.url));

test('a server without room says so, local work goes on, and all arrives when there is room', async (context) => {
  needsRoot(context);
  await using scene = await ClusterScene.start('both', { diskOf: mountSmall });
  const { folder } = scene.project;
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const disk = scene.cluster.servers.map((server) => server.folder);
  for (const path of disk) fillUp(path);
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  writeLog(folder.join('logs/app.log'), {
    format: 'logfmt',
    entryCount: ENTRY_COUNT,
    startMs: FAKE_START_MS,
  });

  await daemon.waitFor(
    async () => /Make room on the disk of the server/.test((await scene.cli('status')).stdout),
    { what: 'the remedy', timeoutMs: 60_000 },
  );
  const here = await scene.cli('search', '--engine', 'local', '-c', '*');
  expect(here.stdout).toBe(`${ENTRY_COUNT}\n`);
  for (const path of disk) truncateSync(`${path}/ballast`);
  await daemon.waitFor(
    async () =>
      (await scene.cluster.query('SELECT count() FROM logstead.otel_logs')) === `${ENTRY_COUNT}`,
    { what: 'the copy', timeoutMs: 90_000 },
  );
  expect((await scene.cli('clickhouse', 'verify')).code).toBe(0);
});

test('certificates are verified unless the config says otherwise', async () => {
  await using scene = await ClusterScene.start('both');
  const { httpPort } = scene.cluster.servers[0]!;
  await using guard = await tlsBefore(httpPort);
  const { port } = guard.server.address() as { port: number };
  const own = `https://localhost:${port}`;
  const told = async (more: string, address = own): Promise<string> => {
    scene.project.configure(configOf([address], 'both', more));
    return (await scene.cli('clickhouse', 'status')).stdout;
  };

  expect(await told('')).toMatch(/certificate of the server is not trusted: name its authority/);
  await using other = await tlsBefore(httpPort, '127.0.0.2');
  const { port: otherPort } = other.server.address() as { port: number };
  const more = `ca_file = ${CERTIFICATE}`;
  expect(await told(more, `https://127.0.0.2:${otherPort}`)).toMatch(
    /is for other names: write one/,
  );
  expect(await told(more, `https://127.0.0.1:${httpPort}`)).toMatch(/does not speak TLS at this/);
  // It is reached: what is wrong now is that nobody has made the tables.
  const reached = /logstead clickhouse setup/;
  expect(await told(more)).toMatch(reached);
  expect(await told('verify = no')).toMatch(reached);
  await using client = new ClusterClient({
    addresses: [`https://localhost:${port}`],
    ...WRITER,
    caFile: CERTIFICATE,
    verify: true,
    compress: true,
  });
  expect(await client.rows({ doing: 'add', sql: 'SELECT 1 + 1' })).toEqual([[2]]);
});

/** What a proxy in front of a server does. */
async function tlsBefore(
  httpPort: number,
  host = '127.0.0.1',
): Promise<AsyncDisposable & { server: Server }> {
  const server = createServer(
    { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) },
    (socket) => {
      const behind = connect(httpPort, '127.0.0.1');
      socket.pipe(behind).pipe(socket);
      for (const side of [socket, behind]) side.on('error', () => socket.destroy());
    },
  ).listen(0, host);
  await once(server, 'listening');
  return {
    server,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** A disk of its own for a server's folder. Returns how to take it away. */
function mountSmall(folder: string): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]);
  return () => execFileSync('umount', ['--lazy', folder]);
}

/** Leave a mebibyte: too little for an insert, enough for a log. */
function fillUp(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(`${folder}/ballast`, Buffer.alloc(bavail * bsize - MIB));
}
