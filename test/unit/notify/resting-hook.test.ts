import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { WebhookSettings } from '../../../src/config/notify-settings.ts';
import type { AlertSeverity, Channel } from '../../../src/model/notification.ts';
import { Deliverer } from '../../../src/notify/deliverer.ts';
import { Outbox } from '../../../src/notify/outbox.ts';
import { sendToWebhook } from '../../../src/notify/webhook.ts';
import {
  alertNotice,
  deliverySettings,
  notification,
  outboxRow,
  runNotice,
} from '../../support/notices.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

type Hit = Readonly<{ path: string; key: string; atMs: number; status: number }>;

/** Takes what comes, but one thing of `/chat`, which it asks to leave it alone for so long. */
async function chatServer(retryAfter: () => string, status = 429) {
  const hits: Hit[] = [];
  let isRefused = false;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const isNow = request.url === '/chat' && !isRefused;
      if (isNow) isRefused = true;
      const answer = isNow ? status : 200;
      const key = String(request.headers['x-logstead-key']);
      hits.push({
        path: request.url ?? '',
        key,
        atMs: systemClock.monotonicMs(),
        status: answer,
      });
      response.writeHead(answer, isNow ? { 'retry-after': retryAfter() } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { hits, port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

function hookTo(port: number, name: string): WebhookSettings {
  return {
    name,
    url: `http://127.0.0.1:${port}/${name}`,
    body: 'json',
    secretFile: null,
    tokenFile: null,
    isPrivateAllowed: true,
    timeoutMs: 5_000,
  };
}

test('a webhook that asks to be left alone is, by all that waits for it, and nothing else waits', async () => {
  await using server = await chatServer(() => '5');
  using folder = TempFolder.make();
  using database = Database.open(':memory:');
  const outbox = Outbox.open(database, { email: [], routes: [], budget: 20 });
  const queue = (key: string): void => {
    const channels = ['webhook:chat', 'webhook:pager'] as const;
    outbox.enqueue(notification(runNotice(), { key, channels, createdAtMs: systemClock.nowMs() }));
  };
  queue('first');
  const settings = {
    ...deliverySettings(folder.path, null),
    webhooks: [hookTo(server.port, 'chat'), hookTo(server.port, 'pager')],
  };
  await using deliverer = Deliverer.start({
    ...{ clock: systemClock, log: silentLog, settings },
    port: {
      dueDeliveries: async (request) => outbox.due(systemClock.nowMs(), request),
      recordDelivery: async (result) => outbox.record(result),
    },
  });
  await waitFor(() => outbox.counts().failed === 1);
  for (let number = 0; number < 10; number += 1) queue(`later:${number}`);
  deliverer.wake();
  await waitFor(() => outbox.counts().waiting === 0, { timeoutMs: 30_000 });
  const chat = server.hits.filter(({ path }) => path === '/chat');
  const pager = server.hits.filter(({ path }) => path === '/pager');
  const [refused, ...taken] = chat as [Hit, ...Hit[]];
  expect(refused.status).toBe(429);
  for (const { atMs } of taken) expect(atMs - refused.atMs).toBeGreaterThanOrEqual(4_900);
  expect(new Set(taken.map(({ key }) => key)).size).toBe(11);
  expect(taken).toHaveLength(11);
  expect(pager).toHaveLength(11);
  for (const { atMs } of pager) expect(atMs - refused.atMs).toBeLessThan(4_900);
});

test('a webhook that never answers holds up no other, nor the critical ones among its own', async () => {
  const hanging = createServer(() => {});
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  await using server = await chatServer(() => '0');
  using folder = TempFolder.make();
  using database = Database.open(':memory:');
  const outbox = Outbox.open(database, { email: [], routes: [], budget: 20 });
  const queue = (key: string, channel: Channel, severity: AlertSeverity): void => {
    const event = alertNotice({ severity });
    const createdAtMs = systemClock.nowMs();
    outbox.enqueue(notification(event, { key, channels: [channel], createdAtMs }));
  };
  for (let number = 0; number < 100; number += 1) queue(`storm:${number}`, 'webhook:dead', 'high');
  const hungUp = { ...hookTo((hanging.address() as AddressInfo).port, 'dead'), timeoutMs: 1_000 };
  await using deliverer = Deliverer.start({
    ...{ clock: systemClock, log: silentLog },
    settings: {
      ...deliverySettings(folder.path, null),
      webhooks: [hungUp, hookTo(server.port, 'pager')],
    },
    port: {
      dueDeliveries: async (request) => outbox.due(systemClock.nowMs(), request),
      recordDelivery: async (result) => outbox.record(result),
    },
  });
  await waitFor(() => outbox.counts().failed > 0);
  queue('urgent:dead', 'webhook:dead', 'critical');
  queue('urgent:pager', 'webhook:pager', 'high');
  deliverer.wake();
  await waitFor(() => server.hits.length === 1, { timeoutMs: 800 });
  await waitFor(() => outbox.deliveriesOf('urgent:dead')[0]?.attempts === 1, { timeoutMs: 4_000 });
  hanging.closeAllConnections();
  hanging.close();
});

test.each([
  ['30', 30_000],
  ['0.5', 500],
  [' 7 ', 7_000],
  ['Fri, 20 Nov 2026 13:02:00 GMT', 120_000],
  ['Fri, 20 Nov 2026 12:00:00 GMT', undefined],
  ['86400', 900_000],
  ['soon', undefined],
])('sendToWebhook() reads Retry-After: %s', async (text, restMs) => {
  await using server = await chatServer(() => text, 503);
  const attempt = await sendToWebhook(hookTo(server.port, 'chat'), outboxRow(), {
    context: { timezone: 'UTC', configName: 'config.ini' },
    nowMs: Date.UTC(2026, 10, 20, 13),
    signal: new AbortController().signal,
  });
  expect(attempt.outcome).toBe('retry');
  expect(attempt.restMs).toBe(restMs);
});
