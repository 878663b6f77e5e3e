import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { expect, test } from 'vitest';
import { isPrivateAddress } from '../../../src/base/private-address.ts';
import type { WebhookSettings } from '../../../src/config/notify-settings.ts';
import type { OutboxRow } from '../../../src/notify/outbox.ts';
import { sendToWebhook } from '../../../src/notify/webhook.ts';
import { alertNotice, entryRecord, outboxRow, runNotice } from '../../support/notices.ts';
import { TempFolder } from '../../support/temp-folder.ts';

type Received = Readonly<{ path: string; headers: IncomingMessage['headers']; body: string }>;

/** An HTTP server that keeps what it is sent and answers with one status. */
class HookSink implements AsyncDisposable {
  readonly received: Received[] = [];
  status = 204;
  location: string | null = null;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        this.received.push({ path: request.url ?? '', headers: request.headers, body });
        if (this.location !== null) response.setHeader('location', this.location);
        response.writeHead(this.status).end(this.status === 204 ? '' : 'no\u001b[31mway');
      });
    });
  }

  static async listen(): Promise<HookSink> {
    const sink = new HookSink();
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function hook(url: string, change: Partial<WebhookSettings> = {}): WebhookSettings {
  return {
    name: 'team',
    url,
    body: 'json',
    secretFile: null,
    tokenFile: null,
    isPrivateAllowed: true,
    timeoutMs: 2_000,
    ...change,
  };
}

const OPTIONS = {
  context: { timezone: 'UTC', configName: 'config.ini' },
  nowMs: Date.UTC(2026, 10, 20, 13),
  signal: new AbortController().signal,
};

test('sendToWebhook() posts JSON, signed, with the token', async () => {
  await using sink = await HookSink.listen();
  using folder = TempFolder.make();
  const secretFile = folder.write('secret', 'sesame\n');
  const tokenFile = folder.write('token', 'abc\n');
  const settings = hook(`http://127.0.0.1:${sink.port}/x?y=1`, { secretFile, tokenFile });
  expect(await sendToWebhook(settings, outboxRow(), OPTIONS)).toMatchObject({ outcome: 'sent' });
  const [{ path, headers, body }] = sink.received as [Received];
  expect(path).toBe('/x?y=1');
  expect(headers.authorization).toBe('Bearer abc');
  const seconds = OPTIONS.nowMs / 1000;
  const expected = createHmac('sha256', 'sesame').update(`${seconds}.${body}`).digest('hex');
  expect(headers['x-logstead-signature']).toBe(`t=${seconds},v1=${expected}`);
  expect(JSON.parse(body)).toMatchObject({
    key: outboxRow().key,
    kind: 'alert',
    context: { rule: 'payments-timeouts', samples: [{ source: 'payments' }, {}] },
  });
});

test.each([
  [200, 'sent'],
  [408, 'retry'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
  [301, 'hold'],
  [401, 'hold'],
  [404, 'hold'],
  [400, 'dead'],
  [413, 'dead'],
] as const)('sendToWebhook() takes answer %d as %s', async (status, outcome) => {
  await using sink = await HookSink.listen();
  sink.status = status;
  const attempt = await sendToWebhook(hook(`http://127.0.0.1:${sink.port}/`), outboxRow(), OPTIONS);
  expect(attempt.outcome).toBe(outcome);
  expect(attempt.error ?? '').not.toContain('\u001b');
});

const HEAD = 'Content-Length: 100\r\n\r\nno way';
test.each([
  ['200 OK, and breaks off', `200 OK\r\n${HEAD}`, true, 'sent'],
  ['200 OK, and does not end', `200 OK\r\n${HEAD}`, false, 'sent'],
  ['200 OK, in bad chunks', '200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', true, 'sent'],
  ['400, and breaks off', `400 Bad Request\r\n${HEAD}`, true, 'dead'],
  ['404, and does not end', `404 Not Found\r\n${HEAD}`, false, 'hold'],
  ['503, and nothing else', '503 Down\r\nContent-Length: 0\r\n\r\n', true, 'retry'],
  ['500, and does not end', `500 Error\r\n${HEAD}`, false, 'retry'],
  ['101', '101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', false, 'hold'],
] as const)('sendToWebhook() goes by the status of an answer that says %s', async (...answer) => {
  const [, text, isClosed, outcome] = answer;
  const server = createNetServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        socket.write(`HTTP/1.1 ${text}`);
        if (isClosed) socket.end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = hook(`http://127.0.0.1:${port}/`, { timeoutMs: 300 });
  const attempt = await sendToWebhook(settings, outboxRow(), OPTIONS);
  expect(attempt.outcome).toBe(outcome);
  expect(attempt.error ?? '').not.toMatch(/:\s*$/);
  await new Promise((resolve) => server.close(resolve));
});

test('sendToWebhook() says nothing of keys and tokens that an answer repeats', async () => {
  using folder = TempFolder.make();
  const secretFile = folder.write('secret', 'sesame\n');
  const tokenFile = folder.write('token', 'open-42\n');
  const server = createServer(({ headers }, response) => {
    response.writeHead(500).end(`${headers.authorization} is not for sesame`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = hook(`http://127.0.0.1:${port}/`, { secretFile, tokenFile });
  const { error } = await sendToWebhook(settings, outboxRow(), OPTIONS);
  expect(error).toBe('Webhook "team" answered 500: Bearer (hidden) is not for (hidden)');
  await new Promise((resolve) => server.close(resolve));
});

test('sendToWebhook() says nothing of its address that an answer repeats', async () => {
  const server = createServer(({ url }, response) => {
    response.writeHead(404).end(`Cannot POST ${url}: no hook xyzzy for sesame`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = hook(`http://127.0.0.1:${port}/services/T0/xyzzy?key=sesame`);
  const { error } = await sendToWebhook(settings, outboxRow(), OPTIONS);
  expect(error).toBe(
    'Webhook "team" answered 404: Cannot POST (hidden): no hook (hidden) for (hidden)',
  );
  await new Promise((resolve) => server.close(resolve));
});

test('sendToWebhook() does not follow a redirect', async () => {
  await using sink = await HookSink.listen();
  sink.status = 302;
  sink.location = `http://127.0.0.1:${sink.port}/other`;
  const { error } = await sendToWebhook(
    hook(`http://127.0.0.1:${sink.port}/`),
    outboxRow(),
    OPTIONS,
  );
  expect(sink.received.map(({ path }) => path)).toEqual(['/']);
  expect(error).toBe(
    `Webhook "team" answered 302, which leads to ${sink.location} and is not followed: no\\x1b[31mway`,
  );
});

test('sendToWebhook() says that no answer came in the time that its settings give it', async () => {
  const server = createNetServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = hook(`http://127.0.0.1:${port}/`, { timeoutMs: 300 });
  expect(await sendToWebhook(settings, outboxRow(), OPTIONS)).toMatchObject({
    outcome: 'retry',
    error: 'Webhook "team" did not answer in time (timeout = 300ms)',
  });
  server.close();
});

test('sendToWebhook() touches nothing private unless it is allowed, by address or by name', async () => {
  await using sink = await HookSink.listen();
  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0x7f.1',
    '2130706433',
  ]) {
    const settings = hook(`http://${host}:${sink.port}/`, { isPrivateAllowed: false });
    const { outcome, error } = await sendToWebhook(settings, outboxRow(), OPTIONS);
    expect([host, outcome]).toEqual([host, 'hold']);
    expect(error).toContain('private = yes');
  }
  expect(sink.received).toEqual([]);
});

test('sendToWebhook() tries again what is refused or does not answer', async () => {
  const sink = await HookSink.listen();
  const url = `http://127.0.0.1:${sink.port}/`;
  await sink[Symbol.asyncDispose]();
  expect((await sendToWebhook(hook(url), outboxRow(), OPTIONS)).outcome).toBe('retry');
});

test.each([
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['169.254.169.254', true],
  ['100.100.0.1', true],
  ['8.8.8.8', false],
  ['::ffff:10.0.0.1', true],
  ['::ffff:8.8.8.8', false],
  ['fe80::1', true],
  ['fd00::1', true],
  ['2001:4860:4860::8888', false],
  ['not an address', true],
])('isPrivateAddress(%s) is %s', (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});

const HOSTILE = outboxRow(
  alertNotice({ samples: [entryRecord({ message: '<!channel> & ``` *bold* [x](http://evil)' })] }),
);

async function bodyOf(
  body: WebhookSettings['body'],
  path = '/',
  row: OutboxRow = HOSTILE,
): Promise<Received> {
  await using sink = await HookSink.listen();
  await sendToWebhook(hook(`http://127.0.0.1:${sink.port}${path}`, { body }), row, OPTIONS);
  return sink.received[0]!;
}

test('sendToWebhook() shapes a body for Slack in which log text can mention nobody', async () => {
  const { body } = await bodyOf('slack');
  const { text, blocks } = JSON.parse(body) as { text: string; blocks: unknown[] };
  expect(text).toContain('payments-timeouts: 5 in 68 s, high');
  expect(blocks).toHaveLength(3);
  expect(body).toContain('&lt;!channel&gt; &amp; ˋˋˋ');
  expect(body).not.toContain('<!channel>');
});

test('sendToWebhook() shapes a card for Teams whose texts are literal', async () => {
  const { body } = await bodyOf('teams');
  const card = JSON.parse(body) as { attachments: [{ content: { body: { type: string }[] } }] };
  const kinds = new Set(card.attachments[0].content.body.map(({ type }) => type));
  expect([...kinds]).toEqual(['RichTextBlock']);
});

test('sendToWebhook() sends to ntfy as JSON, with the topic of the address', async () => {
  const { path, body } = await bodyOf('ntfy', '/base/my-topic/');
  expect(path).toBe('/base/');
  expect(JSON.parse(body)).toMatchObject({ topic: 'my-topic', priority: 4 });
});

const BODIES = ['slack', 'teams', 'ntfy'] as const;

test.each(BODIES)('sendToWebhook() tells %s what a mail says in words', async (kind) => {
  const host = 'web-01';
  const full = {
    ...({ kind: 'internal', severity: 'critical', host } as const),
    ...{
      title: 'The disk is short of space: step "rest"',
      text: 'Nothing is read until there is more',
    },
  } as const;
  const items = Array.from({ length: 30 }, (_, index) => {
    return { atMs: OPTIONS.nowMs, severity: 'high', subject: `rule-${index}: 5 in 68 s` } as const;
  });
  const digest = {
    ...({ kind: 'digest', reason: 'import', count: 30, host, items } as const),
    ...{ fromMs: OPTIONS.nowMs, untilMs: OPTIONS.nowMs },
  } as const;
  const described = alertNotice({ description: 'Ask the people of ledger-db' });
  expect((await bodyOf(kind, '/topic', outboxRow(full))).body).toContain(full.text);
  expect((await bodyOf(kind, '/topic', outboxRow(described))).body).toContain(
    'the people of ledger',
  );
  const { body } = await bodyOf(kind, '/topic', outboxRow(digest));
  expect(body).toContain('rule-29: 5 in 68 s');
  expect(body).toContain('(20 older ones)');
});

test.each(BODIES)(
  'sendToWebhook() sends no more than %s takes, with nothing hidden in it',
  async (kind) => {
    const wide = '\u6f22'.repeat(2_000);
    const { body } = await bodyOf(
      kind,
      '/topic',
      outboxRow(
        alertNotice({
          condition: `"${'<'.repeat(4_000)}"`,
          description: Array.from({ length: 40 }, () => wide).join('\n'),
          group: {
            host: `web\u202e\nRule: forged ${'\u{1f600}'.repeat(400)}`,
            tenant: '"'.repeat(4_000),
          },
          finding: '\u{1f600}'.repeat(200),
          ruleKind: 'absence',
          samples: Array.from({ length: 3 }, () => entryRecord({ message: '<'.repeat(900) })),
        }),
      ),
    );
    expect(body.isWellFormed()).toBe(true);
    expect(body).not.toMatch(/\u202e|\\ud83d|\\ude00/);
    if (kind === 'slack') {
      const { blocks } = JSON.parse(body) as { blocks: { type: string; text: { text: string } }[] };
      for (const { type, text } of blocks) {
        expect(text.text.length).toBeLessThanOrEqual(type === 'header' ? 150 : 3_000);
      }
      expect(blocks[1]!.text.text).not.toMatch(/^Rule: forged/m);
    }
    const bytesMax = kind === 'teams' ? 28_000 : kind === 'ntfy' ? 6_000 : 40_000;
    expect(Buffer.byteLength(body)).toBeLessThan(bytesMax);
  },
);

test.each(BODIES)(
  'sendToWebhook() tells %s of a run that did much, and first why it failed',
  async (kind) => {
    const place = '/var/log/pods/shop_payments-7d9f_0a1b2c3d-4e5f/payments/'.repeat(3);
    const context = Array.from({ length: 100 }, (_, index) => {
      return { name: 'Moved', value: `${place}${index}.log to /archive${place}${index}.log` };
    });
    const failure = { stage: 'archive', message: 'No space left', hint: 'Make room' };
    const run = runNotice({ status: 'FAILED', failure, context });
    const { body } = await bodyOf(kind, '/topic', outboxRow(run));
    expect(body).toContain('Hint: Make room');
    expect(Buffer.byteLength(body)).toBeLessThan(28_000);
    if (kind === 'teams') expect(body).toMatch(/\(\d\d more lines\)/);
  },
);
