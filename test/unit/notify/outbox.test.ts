import { describe, expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import type { AlertNotice } from '../../../src/model/notification.ts';
import { BACKLOG_AGE_MS, DIGEST_EVERY_MS } from '../../../src/notify/mail-plan.ts';
import {
  DELIVERY_AGE_MS_MAX,
  type DeliveryResult,
  type DueRequest,
  Outbox,
  type OutboxRow,
} from '../../../src/notify/outbox.ts';
import { OUTBOX_SCHEMA } from '../../../src/notify/outbox-tables.ts';
import { HOLD_RETRY_MS, RETRY_DELAY_MS_MAX, retryDelayMs } from '../../../src/notify/retry.ts';
import {
  alertNotice,
  NEWEST_MS,
  notification,
  reportNotice,
  runNotice,
} from '../../support/notices.ts';

const NOW_MS = NEWEST_MS + 1_000;
const TWO = { email: ['a@example.org', 'b@example.org', 'a@example.org'], routes: [], budget: 20 };

function opened(recipients = TWO): Readonly<{ outbox: Outbox; database: Database }> {
  const database = Database.open(':memory:');
  return { outbox: Outbox.open(database, recipients), database };
}

function due(outbox: Outbox, change: Partial<DueRequest & { nowMs: number }> = {}): OutboxRow[] {
  const { nowMs = NOW_MS, ...request } = change;
  return outbox.due(nowMs, {
    fileCount: 10,
    hookCount: 10,
    mailCount: 10,
    underWay: [],
    ...request,
  });
}

function resultOf(number: number, change: Partial<DeliveryResult> = {}): DeliveryResult {
  return { numbers: [number], outcome: 'sent', error: null, atMs: NOW_MS, ...change };
}

test('Outbox queues one delivery per channel and recipient, files first, each key once', () => {
  const { outbox } = opened();
  outbox.enqueue(notification());
  outbox.enqueue(notification());
  const all = due(outbox);
  expect(all.map(({ channel, recipient }) => `${channel} ${recipient}`)).toEqual([
    'file ',
    'email a@example.org',
    'email b@example.org',
  ]);
  expect(all[0]!.event).toEqual(alertNotice());
  expect(due(outbox, { mailCount: 1 })).toHaveLength(2);
  expect(due(outbox, { fileCount: 0 })).toHaveLength(2);
  expect(due(outbox, { underWay: all[1]!.numbers })).toEqual([all[0], all[2]]);
});

test('Outbox reads what a mail has to say once for as long as it waits', () => {
  const { outbox } = opened();
  outbox.enqueue(notification());
  const [a, b] = due(outbox).slice(1);
  expect(a!.event).toBe(b!.event);
  expect(due(outbox)[1]!.event).toBe(a!.event);
  outbox.record(resultOf(a!.numbers[0]!));
  outbox.record(resultOf(b!.numbers[0]!));
  expect(due(outbox).map(({ channel }) => channel)).toEqual(['file']);
  outbox.enqueue({ ...notification(), key: 'another' });
  expect(due(outbox).map(({ key }) => key)).toEqual([
    notification().key,
    'another',
    'another',
    'another',
  ]);
});

test('Outbox queues no mail where nobody receives any', () => {
  const { outbox } = opened({ email: [], routes: [], budget: 20 });
  outbox.enqueue(notification());
  expect(due(outbox).map(({ channel }) => channel)).toEqual(['file']);
});

test('Outbox forgets what was queued in a transaction that failed', () => {
  const { outbox, database } = opened();
  expect(() =>
    database.transaction(() => {
      outbox.enqueue(notification());
      throw new Error('disk full');
    }),
  ).toThrow('disk full');
  expect(due(outbox)).toEqual([]);
});

test('Outbox keeps a state for each recipient', () => {
  const { outbox } = opened();
  outbox.enqueue(notification(alertNotice(), { channels: ['email'] }));
  const [a, b] = due(outbox);
  outbox.record(resultOf(a!.numbers[0]!));
  outbox.record(resultOf(b!.numbers[0]!, { outcome: 'retry', error: '451 later' }));
  expect(due(outbox)).toEqual([]);
  expect(outbox.counts()).toMatchObject({ waiting: 1, failed: 1, held: 0, sent: 1, dead: 0 });
  const again = due(outbox, { nowMs: NOW_MS + 10_000 });
  expect(again.map(({ recipient, attempts }) => `${recipient} ${attempts}`)).toEqual([
    'b@example.org 1',
  ]);
  expect(outbox.deliveriesOf('alert:5f3a9c01d2e4b687:').map(({ state }) => state)).toEqual([
    'sent',
    'failed',
  ]);
});

test('Outbox says in a file that a mail was given up, or waits for an operator', () => {
  const { outbox } = opened();
  outbox.enqueue(notification(alertNotice(), { channels: ['email'] }));
  const [a, b] = due(outbox);
  outbox.record(resultOf(a!.numbers[0]!, { outcome: 'dead', error: '550 unknown' }));
  outbox.record(resultOf(b!.numbers[0]!, { outcome: 'hold', error: '535 wrong password' }));
  outbox.record(resultOf(b!.numbers[0]!, { outcome: 'hold', error: '535 wrong password' }));
  const said = due(outbox);
  expect(said.map(({ channel }) => channel)).toEqual(['file', 'file']);
  expect(said[0]!.event).toMatchObject({ kind: 'internal', title: 'Mail given up' });
  expect(JSON.stringify(said[1]!.event)).toContain('535 wrong password');
  expect(outbox.counts()).toMatchObject({ held: 1, dead: 1, waiting: 3, lastDeadAtMs: NOW_MS });
});

test('Outbox says of a place once that what goes there waits for an operator, and again for another reason', () => {
  const { outbox } = opened({ email: [], routes: [], budget: 20 });
  for (const key of ['a', 'b', 'c']) {
    outbox.enqueue({ ...notification(alertNotice(), { channels: ['webhook:chat'] }), key });
  }
  const hooks = due(outbox);
  for (const [index, { numbers }] of hooks.entries()) {
    const error = index < 2 ? 'not private' : 'no such certificate';
    outbox.record(resultOf(numbers[0]!, { outcome: 'hold', error }));
  }
  expect(outbox.counts()).toMatchObject({ held: 3 });
  const said = due(outbox).filter(({ channel }) => channel === 'file');
  expect(
    said.map(({ event }) => JSON.stringify(event).match(/not private|certificate/)?.[0]),
  ).toEqual(['not private', 'certificate']);
});

test('Outbox tries what waited for an operator at once with new settings', () => {
  const { outbox } = opened();
  outbox.enqueue(notification(runNotice(), { channels: ['email'] }));
  for (const { numbers } of due(outbox)) {
    outbox.record(resultOf(numbers[0]!, { outcome: 'hold', error: 'certificate' }));
  }
  const waiting = (atMs: number): number =>
    due(outbox, { nowMs: atMs }).filter(({ channel }) => channel === 'email').length;
  expect(waiting(NOW_MS + HOLD_RETRY_MS / 2)).toBe(0);
  outbox.reconfigure(TWO, NOW_MS + 1);
  expect(waiting(NOW_MS + 1)).toBe(2);
});

test('Outbox gives up a delivery that failed for a week', () => {
  const { outbox } = opened();
  outbox.enqueue(notification(alertNotice(), { channels: ['file'] }));
  const number = due(outbox)[0]!.numbers[0]!;
  const retry = { outcome: 'retry', error: 'no folder' } as const;
  outbox.record(resultOf(number, { ...retry, atMs: NEWEST_MS + DELIVERY_AGE_MS_MAX }));
  expect(outbox.counts().failed).toBe(1);
  outbox.record(resultOf(number, { ...retry, atMs: NEWEST_MS + DELIVERY_AGE_MS_MAX + 1_000 }));
  expect(outbox.counts().dead).toBe(1);
});

test('Outbox delivers what was queued or had failed before the clock was set back, also where that was while nothing ran', () => {
  const { outbox, database } = opened();
  const setBackMs = NOW_MS - 365 * 24 * 3_600_000;
  outbox.enqueue(notification());
  const [file, mail] = due(outbox);
  outbox.record(resultOf(mail!.numbers[0]!, { outcome: 'retry', error: 'no answer' }));
  outbox.record(resultOf(file!.numbers[0]!));
  expect(due(outbox, { nowMs: setBackMs }).map(({ recipient }) => recipient)).toEqual([
    'a@example.org',
    'b@example.org',
  ]);
  // What is tried again later still waits for that.
  outbox.record({ ...resultOf(mail!.numbers[0]!, { outcome: 'hold' }), atMs: setBackMs });
  expect(due(outbox, { nowMs: setBackMs - 1_000 })).toHaveLength(1);
  const next = Outbox.open(database, TWO);
  // The file says that a mail waits for an operator.
  const again = due(next, { nowMs: setBackMs - 365 * 24 * 3_600_000 });
  expect(again.map(({ channel }) => channel)).toEqual(['file', 'email', 'email']);
});

test('Outbox counts no mail as one of this hour that was sent before the clock was set back', () => {
  const { outbox } = opened({ email: ['a@example.org'], routes: [], budget: 2 });
  const send = (key: string, nowMs: number): string[] => {
    outbox.enqueue({ ...notification(), key, createdAtMs: nowMs, channels: ['email'] });
    const mails = due(outbox, { nowMs });
    for (const { numbers } of mails) outbox.record({ ...resultOf(0), numbers, atMs: nowMs });
    return mails.map((mail) => mail.key);
  };
  expect(send('one', NOW_MS)).toEqual(['one']);
  expect(send('two', NOW_MS)).toEqual(['two']);
  expect(send('three', NOW_MS)).toEqual([]);
  expect(send('four', NOW_MS - 24 * 3_600_000)).toEqual(['three', 'four']);
});

test('Outbox is there again after the database was closed and opened', () => {
  const { outbox, database } = opened();
  outbox.enqueue(notification());
  const again = Outbox.open(database, TWO);
  expect(due(again)).toEqual(due(outbox));
});

test('retryDelayMs() grows, has a limit, and differs between deliveries', () => {
  const delays = Array.from({ length: 20 }, (_, index) => retryDelayMs(index + 1, 7));
  expect(delays[0]).toBeLessThanOrEqual(2_000);
  for (const [index, delay] of delays.entries()) {
    expect(delay).toBeLessThanOrEqual(RETRY_DELAY_MS_MAX);
    expect(delay).toBeGreaterThanOrEqual(Math.min(RETRY_DELAY_MS_MAX, 2_000 * 2 ** index) * 0.8);
  }
  expect(
    new Set(Array.from({ length: 50 }, (_, number) => retryDelayMs(3, number))).size,
  ).toBeGreaterThan(40);
});

test('Outbox lets a reply leave only when the mail it replies to has left', () => {
  const { outbox } = opened({ ...TWO, email: ['a@example.org'] });
  const resolved = alertNotice({ what: 'resolved' });
  outbox.enqueue(notification(alertNotice(), { channels: ['email'] }));
  outbox.enqueue(notification(resolved, { channels: ['email'], key: 'alert:5f3a:2:resolved' }));
  const [opening, ...others] = due(outbox);
  expect(others).toEqual([]);
  expect(due(outbox, { underWay: opening!.numbers })).toEqual([]);
  outbox.record(resultOf(opening!.numbers[0]!));
  expect(due(outbox).map(({ key }) => key)).toEqual(['alert:5f3a:2:resolved']);
});

describe('Outbox, where the opening is to be tried again,', () => {
  const RESOLVED = 'alert:5f3a:2:resolved';
  function tried(
    outcome: 'retry' | 'hold' | 'dead',
    what: AlertNotice['what'] = 'resolved',
  ): Outbox {
    const { outbox } = opened({ ...TWO, email: ['a@example.org'] });
    outbox.enqueue(notification(alertNotice(), { channels: ['email'] }));
    const number = due(outbox)[0]!.numbers[0]!;
    outbox.record(resultOf(number, { outcome, error: '451 later' }));
    const reply = alertNotice({ what });
    outbox.enqueue(notification(reply, { channels: ['email'], key: RESOLVED }));
    return outbox;
  }
  const mailsOf = (outbox: Outbox, nowMs = NOW_MS): string[] =>
    due(outbox, { nowMs, fileCount: 0 }).map(({ key }) => key);

  test.each(['retry', 'hold'] as const)('keeps "resolved" back after a %s', (outcome) => {
    const outbox = tried(outcome);
    expect(mailsOf(outbox)).toEqual([]);
    const laterMs = NOW_MS + HOLD_RETRY_MS;
    const [opening, ...others] = due(outbox, { nowMs: laterMs, fileCount: 0 });
    expect([opening!.key, others]).toEqual([alertNotice().opening.key, []]);
    outbox.record(resultOf(opening!.numbers[0]!, { atMs: laterMs }));
    expect(mailsOf(outbox, laterMs)).toEqual([RESOLVED]);
  });

  test('sends "resolved" once the opening was given up: it is the only mail there will be', () => {
    expect(mailsOf(tried('dead'))).toEqual([RESOLVED]);
  });

  test.each(['reminded', 'worsened'] as const)('sends "%s": the trouble goes on', (what) => {
    expect(mailsOf(tried('retry', what))).toEqual([RESOLVED]);
  });

  test('sends other mails, however many replies wait', () => {
    const outbox = tried('retry');
    const reply = alertNotice({ what: 'resolved' });
    for (let number = 0; number < 600; number += 1) {
      outbox.enqueue(notification(reply, { channels: ['email'], key: `reply:${number}` }));
    }
    outbox.enqueue(notification(runNotice(), { channels: ['email'], createdAtMs: NOW_MS }));
    expect(mailsOf(outbox)).toEqual(['run:1']);
  });
});

test('Outbox puts opening and reply into one digest', () => {
  const { outbox } = opened({ ...TWO, email: ['a@example.org'] });
  for (const key of ['a', 'b']) {
    const notice = alertNotice({ opening: { key, finding: '' } });
    outbox.enqueue(notification(notice, { channels: ['email'], key }));
    const resolved = { ...notice, what: 'resolved' as const };
    outbox.enqueue(notification(resolved, { channels: ['email'], key: `${key}:resolved` }));
  }
  const [digest, ...others] = due(outbox, { nowMs: NOW_MS + BACKLOG_AGE_MS, fileCount: 0 });
  expect(others).toEqual([]);
  expect(digest!.event).toMatchObject({ kind: 'digest', count: 4 });
});

test('Outbox tries a digest again as a whole, also where its mails had been tried before, not equally often', () => {
  using database = Database.open(':memory:');
  const outbox = Outbox.open(database, { email: ['ops@example.org'], routes: [], budget: 20 });
  for (let number = 1; number <= 5; number += 1) {
    outbox.enqueue(
      notification(runNotice(), { key: `run:${number}`, channels: ['email'], createdAtMs: NOW_MS }),
    );
  }
  const [once] = due(outbox);
  for (let attempt = 0; attempt < 4; attempt += 1) {
    outbox.record({ numbers: once!.numbers, outcome: 'retry', error: '451', atMs: NOW_MS });
  }
  const atMs = NOW_MS + BACKLOG_AGE_MS;
  const digestAt = (nowMs: number) =>
    due(outbox, { nowMs }).find(({ event }) => event.kind === 'digest');
  const digest = digestAt(atMs);
  expect(digest!.numbers).toHaveLength(5);
  outbox.record({ numbers: digest!.numbers, outcome: 'retry', error: '451', atMs });
  const tries = Array.from({ length: 400 }, (_, second) => digestAt(atMs + second * 1_000));
  const again = tries.filter((each) => each !== undefined);
  expect(again.length).toBeGreaterThan(0);
  for (const { numbers } of again) expect(numbers.toSorted()).toEqual(digest!.numbers.toSorted());
});

test('Outbox makes few digests of a night without a mail server, and one that is refused for ever holds up no other for long', () => {
  const { outbox } = opened({ ...TWO, email: ['a@example.org'] });
  const keys = new Set<string>();
  const minuteMs = 60_000;
  for (let minute = 0; minute < 480; minute += 1) {
    const nowMs = NOW_MS + minute * minuteMs;
    const key = `run:${minute}`;
    outbox.enqueue(notification(runNotice(), { channels: ['email'], key, createdAtMs: nowMs }));
    for (const { event, key: mail, numbers } of due(outbox, { nowMs })) {
      if (event.kind === 'digest') keys.add(mail);
      outbox.record({ numbers, outcome: 'retry', error: '451', atMs: nowMs });
    }
  }
  expect(keys.size).toBeGreaterThan(1);
  expect(keys.size).toBeLessThan(5);
});

test('Outbox tries a digest again as it was, however many mails wait beside it', () => {
  const { outbox } = opened({ ...TWO, email: ['a@example.org'] });
  const queue = (key: string, createdAtMs: number): void =>
    outbox.enqueue(notification(runNotice(), { channels: ['email'], key, createdAtMs }));
  for (let number = 0; number < 5; number += 1) queue(`old:${number}`, NOW_MS - 3_600_000);
  const [digest] = due(outbox);
  outbox.record({ numbers: digest!.numbers, outcome: 'retry', error: '451', atMs: NOW_MS });
  for (let number = 0; number < 600; number += 1) queue(`new:${number}`, NOW_MS);
  const again = due(outbox, { nowMs: NOW_MS + 10_000 }).find(
    ({ event }) => event.kind === 'digest',
  );
  expect(again).toMatchObject({ key: digest!.key, numbers: digest!.numbers, attempts: 1 });
});

test('Outbox counts what is under way as mails of the hour', () => {
  const { outbox } = opened({ email: ['a@example.org', 'b@example.org'], routes: [], budget: 2 });
  for (const key of ['one', 'two', 'three', 'four']) {
    outbox.enqueue(notification(runNotice(), { channels: ['email'], key, createdAtMs: NOW_MS }));
  }
  const [first, ...others] = due(outbox).filter(({ recipient }) => recipient === 'a@example.org');
  expect(others).toHaveLength(1);
  const underWay = first!.numbers;
  const next = due(outbox, { underWay }).filter(({ recipient }) => recipient === 'a@example.org');
  expect(next.map(({ key, budget }) => `${key} ${budget?.sentCount} of ${budget?.budget}`)).toEqual(
    ['two 2 of 2'],
  );
  outbox.record(resultOf(first!.numbers[0]!));
  expect(due(outbox, { underWay: next[0]!.numbers })).toMatchObject([
    { recipient: 'b@example.org' },
    { recipient: 'b@example.org' },
  ]);
});

test('Outbox tells of a storm in one digest, ends with their openings, and the same when it is tried again', () => {
  const { outbox } = opened({ email: ['a@example.org'], routes: [], budget: 2 });
  const count = 700;
  const queue = (number: number, what: AlertNotice['what'], createdAtMs: number): void => {
    const opening = { key: `${number}:opened`, finding: '' };
    const notice = alertNotice({ what, opening });
    const key = `${number}:${what}`;
    outbox.enqueue(notification(notice, { channels: ['email'], key, createdAtMs }));
  };
  for (let number = 0; number < count; number += 1) queue(number, 'opened', NOW_MS);
  for (const { numbers } of due(outbox)) outbox.record(resultOf(numbers[0]!));
  for (let number = 0; number < count; number += 1) queue(number, 'resolved', NOW_MS + 1_000);
  const nowMs = NOW_MS + DIGEST_EVERY_MS;
  const [digest, ...others] = due(outbox, { nowMs });
  expect(others).toEqual([]);
  expect(digest!.event).toMatchObject({ kind: 'digest', count: 2 * count - 2, fromMs: NOW_MS });
  expect(new Set(digest!.numbers).size).toBe(2 * count - 2);
  expect(due(outbox, { nowMs, underWay: digest!.numbers })).toEqual([]);
  outbox.record({ numbers: digest!.numbers, outcome: 'retry', error: '451', atMs: nowMs });
  queue(count, 'opened', nowMs);
  const [again] = due(outbox, { nowMs: nowMs + 10_000 });
  expect(again).toEqual({ ...digest, attempts: 1 });
  outbox.record({ numbers: again!.numbers, outcome: 'sent', error: null, atMs: nowMs + 10_000 });
  expect(outbox.counts()).toMatchObject({ waiting: 1, sent: 2 * count });
});

test('Outbox shows in the digest of a storm what was critical in it, and the same when it is tried again', () => {
  const { outbox } = opened({ email: ['a@example.org'], routes: [], budget: 2 });
  for (let number = 0; number < 700; number += 1) {
    const severity = number < 30 ? 'critical' : 'high';
    const [key, createdAtMs] = [`${number}`, NOW_MS + number];
    outbox.enqueue(
      notification(alertNotice({ severity }), { channels: ['email'], key, createdAtMs }),
    );
  }
  const nowMs = NOW_MS + BACKLOG_AGE_MS + 1_000;
  const [digest] = due(outbox, { nowMs });
  expect(digest!.event).toMatchObject({ kind: 'digest', count: 700, fromMs: NOW_MS });
  const items = digest!.event.kind === 'digest' ? digest!.event.items : [];
  expect(items.filter(({ severity }) => severity === 'critical')).toHaveLength(30);
  expect(items).toHaveLength(100);
  outbox.record({ numbers: digest!.numbers, outcome: 'retry', error: '451', atMs: nowMs });
  const [again] = due(outbox, { nowMs: nowMs + 10_000 });
  expect(again).toEqual({ ...digest, attempts: 1 });
});

test('Outbox keeps a report that waits behind a storm out of its digest', () => {
  const { outbox } = opened({ email: ['a@example.org'], routes: [], budget: 0 });
  for (let number = 0; number < 600; number += 1) {
    const notice = alertNotice({ opening: { key: `${number}`, finding: '' } });
    outbox.enqueue(notification(notice, { channels: ['email'], createdAtMs: NOW_MS }));
  }
  outbox.enqueue(notification(reportNotice(), { channels: ['email'], createdAtMs: NOW_MS }));
  const [digest] = due(outbox);
  expect(digest!.event).toMatchObject({ kind: 'digest', count: 600 });
  outbox.record({ numbers: digest!.numbers, outcome: 'sent', error: null, atMs: NOW_MS });
  outbox.reconfigure({ email: ['a@example.org'], routes: [], budget: 20 }, NOW_MS);
  expect(due(outbox).map(({ event }) => event.kind)).toEqual(['report']);
});

test('Outbox knows the critical ones among the mails of a state that an earlier version wrote', () => {
  const database = Database.open(':memory:');
  database.migrate({ ...OUTBOX_SCHEMA, steps: OUTBOX_SCHEMA.steps.slice(0, 1) });
  for (const [index, [key, severity]] of (
    [
      ['one', 'high'],
      ['two', 'critical'],
    ] as const
  ).entries()) {
    database
      .prepare('INSERT INTO notifications (number, key, created_ms, event) VALUES (?, ?, ?, ?)')
      .run(index, key, NOW_MS, JSON.stringify(alertNotice({ severity })));
    database
      .prepare(
        `INSERT INTO deliveries (notification, channel, recipient, next_ms)
         VALUES (?, 'email', 'a@example.org', ?)`,
      )
      .run(index, NOW_MS);
  }
  expect(due(Outbox.open(database, TWO)).map(({ key }) => key)).toEqual(['two', 'one']);
});
