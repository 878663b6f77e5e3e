import { readdirSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Secret } from '../../../src/base/secret.ts';
import type { EmailSettings } from '../../../src/config/settings.ts';
import type {
  AlertNotice,
  Notification,
  NotificationEvent,
} from '../../../src/model/notification.ts';
import { Deliverer, type OutboxPort } from '../../../src/notify/deliverer.ts';
import { Outbox } from '../../../src/notify/outbox.ts';
import {
  alertNotice,
  deliverySettings,
  emailSettings,
  notification,
  runNotice,
} from '../../support/notices.ts';
import { SmtpSink, type SmtpSinkOptions } from '../../support/smtp-sink.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A mail server, an outbox and a folder, and the deliverer between them. */
class Post implements AsyncDisposable {
  readonly sink: SmtpSink;
  readonly folder = TempFolder.make();
  readonly database = Database.open(':memory:');
  readonly email: EmailSettings;
  readonly outbox: Outbox;
  #deliverer: Deliverer | null = null;

  private constructor(sink: SmtpSink, change: Partial<EmailSettings>) {
    this.sink = sink;
    this.email = emailSettings(sink, change);
    this.outbox = Outbox.open(this.database, { email: this.email.to, routes: [], budget: 20 });
  }

  static async open(
    options: SmtpSinkOptions = {},
    change: Partial<EmailSettings> = {},
  ): Promise<Post> {
    return new Post(await SmtpSink.listen(options), change);
  }

  /** As the ingest thread would answer. */
  get port(): OutboxPort {
    return {
      dueDeliveries: async (request) => this.outbox.due(systemClock.nowMs(), request),
      recordDelivery: async (result) => this.outbox.record(result),
    };
  }

  start(): Deliverer {
    this.#deliverer = Deliverer.start({
      clock: systemClock,
      log: silentLog,
      settings: deliverySettings(this.folder.path, this.email),
      port: this.port,
      mail: { timeoutMs: 2_000 },
    });
    return this.#deliverer;
  }

  async stop(): Promise<void> {
    await this.#deliverer?.[Symbol.asyncDispose]();
    this.#deliverer = null;
  }

  get files(): string[] {
    return readdirSync(this.folder.path).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.sink[Symbol.asyncDispose]();
    this.database.close();
    this.folder[Symbol.dispose]();
  }
}

/** One that is a week old is not tried again. */
function mailOfNow(): Notification {
  return notification(runNotice(), { channels: ['email'], createdAtMs: systemClock.nowMs() });
}

test('Deliverer writes files and sends mails, each once, and finishes', async () => {
  await using post = await Post.open({}, { to: ['a@example.org', 'b@example.org'] });
  post.outbox.enqueue(notification());
  await post.start().finish(20_000);
  expect(post.sink.messages.map(({ to }) => to[0]).sort()).toEqual([
    'a@example.org',
    'b@example.org',
  ]);
  expect(post.files).toEqual([
    'alert_payments-timeouts_OPENED_20261120-125712.json',
    'alert_payments-timeouts_OPENED_20261120-125712.txt',
  ]);
  expect(post.outbox.counts()).toMatchObject({ sent: 3, waiting: 0 });
  await post.stop();
  await post.start().finish(20_000);
  expect(post.sink.messages).toHaveLength(2);
});

test('Deliverer removes what a killed process left half-written, and nothing that may be under way', async () => {
  await using post = await Post.open();
  const old = post.folder.write('.5f3a9c01-0b1c-4d2e-8f30-a1b2c3d4e5f6.tmp', 'half a not');
  const hourAgo = systemClock.nowMs() / 1000 - 3_700;
  utimesSync(old, hourAgo, hourAgo);
  post.folder.write('.00000000-0b1c-4d2e-8f30-a1b2c3d4e5f6.tmp', 'half a not');
  post.outbox.enqueue(notification());
  await post.start().finish(20_000);
  expect(post.files).toEqual([
    '.00000000-0b1c-4d2e-8f30-a1b2c3d4e5f6.tmp',
    'alert_payments-timeouts_OPENED_20261120-125712.json',
    'alert_payments-timeouts_OPENED_20261120-125712.txt',
  ]);
});

test('Deliverer wakes for what is queued later, and mails differ by recipient and key only as they must', async () => {
  await using post = await Post.open({}, { to: ['a@example.org', 'b@example.org'] });
  const deliverer = post.start();
  await deliverer.finish(20_000);
  post.outbox.enqueue(notification());
  deliverer.wake();
  const opened = await post.sink.waitForMail(2);
  const over = alertNotice({ what: 'resolved', resolvedAtMs: alertNotice().lastAtMs + 120_000 });
  post.outbox.enqueue(notification(over, { key: 'alert:5f3a9c01d2e4b687:2:resolved' }));
  deliverer.wake();
  const all = await post.sink.waitForMail(4);
  const idOf = new Map(opened.map((mail) => [recipientOf(mail.to), mail.messageId]));
  expect(new Set(all.map(({ messageId }) => messageId)).size).toBe(4);
  for (const mail of all.slice(2)) {
    expect(mail.inReplyTo).toBe(idOf.get(recipientOf(mail.to)));
    expect(mail.subject).toBe(`Re: ${opened[0]!.subject}`);
  }
});

test('Deliverer keeps trying a server that is down, loses nothing and sends nothing twice over a restart', async () => {
  await using post = await Post.open();
  await post.sink.goDown();
  for (let number = 0; number < 5; number += 1) {
    const createdAtMs = systemClock.nowMs();
    post.outbox.enqueue(notification(runNotice(), { key: `run:${number}`, createdAtMs }));
  }
  await post.start().finish(20_000);
  expect(post.outbox.counts()).toMatchObject({ sent: 5, waiting: 5 });
  await post.stop();
  post.start();
  await post.sink.comeUp();
  const mails = await post.sink.waitForMail(5);
  await waitFor(() => post.outbox.counts().waiting === 0);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(5);
  expect(post.sink.messages).toHaveLength(5);
});

test('Deliverer sends a mail again with the same Message-ID where it cannot know whether it arrived', async () => {
  let broken = 0;
  await using post = await Post.open({
    refuse: (stage) => {
      if (stage !== 'accepted' || broken > 0) return null;
      broken += 1;
      return 'disconnect';
    },
  });
  post.outbox.enqueue(mailOfNow());
  post.start();
  const [first, second] = await post.sink.waitForMail(2);
  expect(second!.messageId).toBe(first!.messageId);
});

test('Deliverer delivers the rest while one recipient is greylisted and another refused', async () => {
  let greylisted = 0;
  await using post = await Post.open(
    {
      refuse: (stage, address) => {
        if (stage !== 'to') return null;
        if (address.startsWith('bad')) return { code: 550, text: 'Unknown' };
        if (!address.startsWith('grey') || greylisted > 0) return null;
        greylisted += 1;
        return { code: 451, text: 'Later' };
      },
    },
    { to: ['bad@example.org', 'grey@example.org', 'good@example.org'] },
  );
  post.outbox.enqueue(mailOfNow());
  post.start();
  await post.sink.waitForMail(2);
  await waitFor(() => post.outbox.counts().sent === 3);
  expect(post.sink.messages.map(({ to }) => to[0])).toEqual([
    'good@example.org',
    'grey@example.org',
  ]);
  expect(post.outbox.counts()).toMatchObject({ dead: 1, waiting: 0 });
  expect(post.files.filter((name) => name.startsWith('logstead_TROUBLE'))).toHaveLength(2);
});

test('Deliverer does not say that an incident is over to whom it could not say yet that it began', async () => {
  let greylisted = 0;
  await using post = await Post.open({
    refuse: (stage) => {
      if (stage !== 'to' || greylisted > 0) return null;
      greylisted += 1;
      return { code: 451, text: 'Later' };
    },
  });
  const createdAtMs = systemClock.nowMs();
  post.outbox.enqueue({ ...notification(alertNotice(), { createdAtMs }), channels: ['email'] });
  const deliverer = post.start();
  await waitFor(() => post.outbox.counts().failed === 1);
  const over = alertNotice({ what: 'resolved', resolvedAtMs: createdAtMs });
  const key = 'alert:5f3a9c01d2e4b687:2:resolved';
  post.outbox.enqueue({ ...notification(over, { createdAtMs }), channels: ['email'], key });
  deliverer.wake();
  const [opened, resolved] = await post.sink.waitForMail(2);
  expect(resolved!.inReplyTo).toBe(opened!.messageId);
});

test('Deliverer tries a wrong password once, not once for every mail', async () => {
  await using post = await Post.open(
    { login: { user: 'u', password: 'p' } },
    { user: 'u', password: new Secret('wrong') },
  );
  for (let number = 0; number < 20; number += 1) {
    const createdAtMs = systemClock.nowMs();
    post.outbox.enqueue(
      notification(runNotice(), { key: `run:${number}`, channels: ['email'], createdAtMs }),
    );
  }
  const deliverer = post.start();
  await deliverer.finish(20_000);
  expect(post.sink.connectionCount).toBeLessThanOrEqual(3);
  expect(post.outbox.counts().waiting).toBe(20);
  const right = { ...post.email, password: new Secret('p') };
  post.outbox.reconfigure({ email: right.to, routes: [], budget: 20 }, systemClock.nowMs());
  deliverer.reconfigure(deliverySettings(post.folder.path, right));
  await post.sink.waitForMail(20);
});

test('Deliverer sends what waited for a server through a day as one digest, once', async () => {
  await using post = await Post.open();
  for (let number = 0; number < 30; number += 1) {
    post.outbox.enqueue(notification(runNotice(), { key: `run:${number}`, channels: ['email'] }));
  }
  await post.start().finish(20_000);
  const [digest] = await post.sink.parsed();
  expect(post.sink.messages).toHaveLength(1);
  expect(digest!.subject).toBe('30 notifications');
  expect(digest!.text!.match(/rotate on web-01: SUCCESS/g)).toHaveLength(30);
  expect(post.outbox.counts()).toMatchObject({ sent: 30, waiting: 0 });
});

test('Deliverer sends critical mails though hundreds wait for the hour of another, and of the same', async () => {
  await using post = await Post.open();
  const high = alertNotice();
  queueMails(post, { count: 20, name: 'sent', event: high });
  for (const number of waitingMails(post)) {
    const atMs = systemClock.nowMs();
    post.outbox.record({ numbers: [number], outcome: 'sent', error: null, atMs });
  }
  queueMails(post, { count: 682, name: 'over', event: high });
  const critical = alertNotice({ severity: 'critical' });
  queueMails(post, { count: 1, name: 'same', event: critical });
  const other = { email: ['oncall@example.org'], routes: [], budget: 20 };
  post.outbox.reconfigure(other, systemClock.nowMs());
  queueMails(post, { count: 1, name: 'other', event: critical });
  await post.start().finish(20_000);
  expect(post.sink.messages.map(({ to }) => to[0]).sort()).toEqual([
    'oncall@example.org',
    'ops@example.org',
  ]);
  expect(post.outbox.counts()).toMatchObject({ sent: 22, waiting: 682 });
});

test('Deliverer stops within five seconds while a server does not answer', async () => {
  await using post = await Post.open({
    refuse: (stage) => (stage === 'accepted' ? 'hang' : null),
  });
  post.outbox.enqueue(mailOfNow());
  post.start();
  await post.sink.waitForMail(1);
  const startedMs = systemClock.monotonicMs();
  await post.stop();
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
  expect(post.outbox.counts().waiting).toBe(1);
});

test('Deliverer stops within five seconds while nobody writes down its results', async () => {
  await using post = await Post.open();
  let asked = 0;
  const deliverer = Deliverer.start({
    clock: systemClock,
    log: silentLog,
    settings: deliverySettings(post.folder.path, post.email),
    port: {
      ...post.port,
      recordDelivery: () => {
        asked += 1;
        return new Promise(() => {});
      },
    },
  });
  post.outbox.enqueue(mailOfNow());
  deliverer.wake();
  await waitFor(() => asked === 1);
  const startedMs = systemClock.monotonicMs();
  await Promise.race([deliverer[Symbol.asyncDispose](), systemClock.sleep(8_000)]);
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
});

test('Deliverer sends a mail once while its result cannot be written', async () => {
  await using post = await Post.open();
  let isFull = true;
  const deliverer = Deliverer.start({
    clock: systemClock,
    log: silentLog,
    settings: deliverySettings(post.folder.path, post.email),
    port: {
      ...post.port,
      recordDelivery: (result) =>
        isFull ? Promise.reject(new Error('disk full')) : post.port.recordDelivery(result),
    },
  });
  post.outbox.enqueue(notification(runNotice(), { createdAtMs: systemClock.nowMs() }));
  deliverer.wake();
  await post.sink.waitForMail(1);
  await waitFor(() => post.files.length === 2);
  isFull = false;
  await waitFor(() => post.outbox.counts().sent === 2);
  expect(post.sink.messages).toHaveLength(1);
  await deliverer[Symbol.asyncDispose]();
});

test('Deliverer tries later what cannot be made into a mail, and goes on with the rest', async () => {
  await using post = await Post.open();
  const broken = { ...alertNotice(), samples: null } as unknown as NotificationEvent;
  post.outbox.enqueue(notification(broken, { key: 'broken', createdAtMs: systemClock.nowMs() }));
  post.outbox.enqueue(notification(runNotice(), { createdAtMs: systemClock.nowMs() }));
  await post.start().finish(20_000);
  expect(post.sink.messages).toHaveLength(1);
  expect(post.outbox.counts()).toMatchObject({ sent: 2, failed: 2 });
});

test('Deliverer goes on when the outbox cannot be read for a while', async () => {
  await using post = await Post.open();
  let isDown = true;
  const deliverer = Deliverer.start({
    clock: systemClock,
    log: silentLog,
    settings: deliverySettings(post.folder.path, null),
    port: {
      ...post.port,
      dueDeliveries: (request) =>
        isDown ? Promise.reject(new Error('gone')) : post.port.dueDeliveries(request),
    },
  });
  post.outbox.enqueue(notification(runNotice(), { channels: ['file'] }));
  await deliverer.finish(20_000);
  expect(post.files).toEqual([]);
  isDown = false;
  await waitFor(() => post.files.length === 2);
  await deliverer[Symbol.asyncDispose]();
});

/** Queue so many mails of incidents that began just now. */
function queueMails(
  post: Post,
  { count, name, event }: Readonly<{ count: number; name: string; event: AlertNotice }>,
): void {
  for (let number = 0; number < count; number += 1) {
    const key = `alert:${name}:${number}:opened`;
    post.outbox.enqueue({
      ...notification({ ...event, opening: { ...event.opening, key } }),
      channels: ['email'],
      key,
      createdAtMs: systemClock.nowMs(),
    });
  }
}

/** Their numbers. */
function waitingMails({ outbox }: Post): number[] {
  const request = { fileCount: 0, hookCount: 0, mailCount: 1_000, underWay: [] };
  return outbox.due(systemClock.nowMs(), request).flatMap(({ numbers }) => numbers);
}

type Addressed = Readonly<{ text: string }> | readonly Readonly<{ text: string }>[] | undefined;

function recipientOf(to: Addressed): string {
  return [to]
    .flat()
    .map((each) => each?.text)
    .join();
}
