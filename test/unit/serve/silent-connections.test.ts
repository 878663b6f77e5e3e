/** Connections that ask nothing, in plain and behind an encrypted server, beside those that do. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { waitFor } from '../../support/wait-for.ts';

const FIXTURES = new URL('../../fixtures/tls/', import.meta.url);
const cert = fileURLToPath(new URL('certificate.pem', FIXTURES));
const key = fileURLToPath(new URL('key.pem', FIXTURES));

test.each([
  { kind: 'plain', tls: null },
  { kind: 'encrypted', tls: { cert, key } },
])('limitSilentConnections() keeps room for who asks: $kind', async ({ tls }) => {
  await using scene = await HttpScene.open([], { tls });
  const silent = await connections(scene, 300);
  const ask = { path: '/healthz', caCert: readFileSync(cert) };
  const answers = await Promise.all(Array.from({ length: 20 }, () => scene.send(ask)));
  expect(answers.map(({ status }) => status)).toEqual(new Array(20).fill(200));
  for (const socket of silent) socket.destroy();
});

test('limitSilentConnections() closes none that is being answered', async () => {
  await using scene = await HttpScene.open([]);
  const [follower] = await connections(scene, 1);
  follower!.write('GET /api/tail HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(follower!, 'data');
  const silent = await connections(scene, 300);
  await waitFor(() => silent.filter(({ closed }) => closed).length >= 100);
  expect(follower!.closed).toBe(false);
  expect(silent.at(-1)!.closed).toBe(false);
  for (const socket of [follower!, ...silent]) socket.destroy();
});

describe('a connection on which nothing moves', () => {
  /** More than the buffers on the way hold. */
  const message = 'x'.repeat(200_000);
  const lines = Array.from(
    { length: 150 },
    (_, index): TestEntry => ({
      ...{ timestampUs: index, level: 'INFO', source: 'api' },
      message: `${index} ${message}`,
    }),
  );
  const ask = 'GET /api/download?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n';

  test('is given up while its answer waits for a reader, who finds it cut short', async () => {
    await using scene = await HttpScene.open(lines, {}, { stalledMs: 400 });
    const [reader] = await connections(scene, 1);
    reader!.pause().write(ask);
    await once(reader!, 'readable');
    // Longer than the limit: it is closed while nothing is read.
    await pause(2_000);
    let sizeBytes = 0;
    reader!.on('data', (piece: Buffer) => (sizeBytes += piece.length)).resume();
    await waitFor(() => reader!.closed);
    expect(sizeBytes).toBeLessThan(lines.length * message.length);
  });

  test('is not one whose reader is slow', async () => {
    await using scene = await HttpScene.open(lines, {}, { stalledMs: 3_000 });
    const [reader] = await connections(scene, 1);
    reader!.pause().write(ask);
    const startMs = Date.now();
    let sizeBytes = 0;
    // Buffers of megabytes are between them: a piece that is read here is not at once one that is sent there.
    const isWhole = (): boolean => sizeBytes > lines.length * message.length;
    while (!isWhole()) {
      const piece = reader!.read() as Buffer | null;
      if (piece === null && reader!.readableEnded) break;
      sizeBytes += piece?.length ?? 0;
      await pause(10);
    }
    expect(isWhole()).toBe(true);
    expect(Date.now() - startMs).toBeGreaterThan(3_000);
    reader!.destroy();
  });
});

/** Every other one begins a request and does not end it. */
function connections(scene: HttpScene, count: number): Promise<Socket[]> {
  const port = Number(new URL(scene.server.url).port);
  const opened = Array.from({ length: count }, async (_, index) => {
    const socket = connect(port, '127.0.0.1')
      .on('error', () => {})
      .resume();
    await once(socket, 'connect');
    if (index % 2 === 1) socket.write('GET /healthz HTTP/1.1\r\nHost: local');
    return socket;
  });
  return Promise.all(opened);
}
