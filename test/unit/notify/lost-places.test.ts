/** What could not be delivered to an address that the config does not name any more. */
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { type DeliveryResult, Outbox } from '../../../src/notify/outbox.ts';
import { alertNotice, NEWEST_MS, notification } from '../../support/notices.ts';

const NOW_MS = NEWEST_MS + 1_000;
const REMINDED = 'alert:5f3a:2:reminded';

function directory(...email: readonly string[]) {
  return { email, routes: [], budget: 20 };
}

/** An opening to file and mail of which the file was written and the mail refused. */
function refused(outcome: DeliveryResult['outcome']): Database {
  const database = Database.open(':memory:');
  const outbox = Outbox.open(database, directory('wrong@example.org', 'b@example.org'));
  outbox.enqueue(notification());
  for (const { numbers, recipient } of mailsOf(outbox, NOW_MS)) {
    const isWrong = recipient.startsWith('wrong');
    const error = isWrong ? '550 no such user' : null;
    outbox.record({ numbers, outcome: isWrong ? outcome : 'sent', error, atMs: NOW_MS });
  }
  return database;
}

function mailsOf(outbox: Outbox, nowMs: number) {
  const room = { fileCount: 10, hookCount: 0, mailCount: 10, underWay: [] };
  return outbox.due(nowMs, room);
}

/** `opened a@example.org`, of what is due at once; beside it a file says that one was refused. */
function due(outbox: Outbox): string[] {
  return mailsOf(outbox, NOW_MS)
    .filter(({ event }) => event.kind === 'alert')
    .map(({ key, recipient }) => `${key.split(':').at(-1)} ${recipient}`);
}

test('a reply to an opening that was refused for good goes to the address that is right now', () => {
  const outbox = Outbox.open(refused('dead'), directory('right@example.org'));
  const reminded = alertNotice({ what: 'reminded' });
  outbox.enqueue(notification(reminded, { key: REMINDED }));
  expect(due(outbox)).toEqual([
    'reminded ',
    'reminded b@example.org',
    'reminded right@example.org',
  ]);
});

test('who is told that an incident is closed with its rule is found at the address that is right now', () => {
  const outbox = Outbox.open(refused('dead'), directory('right@example.org', 'b@example.org'));
  const wayOf = () => outbox.wayTo('alert:5f3a');
  const way = { channels: ['email', 'file'], to: ['b@example.org', 'right@example.org'] };
  expect(wayOf()).toEqual(way);
  outbox.enqueue(notification(alertNotice({ what: 'reminded' }), { key: REMINDED }));
  expect(wayOf()).toEqual(way);
});

test.each(['retry', 'hold'] as const)(
  'a mail that waits after a %s goes to the address that is right now',
  (outcome) => {
    const outbox = Outbox.open(refused(outcome), directory('right@example.org', 'b@example.org'));
    expect(due(outbox)).toEqual(['opened right@example.org']);
    outbox.reconfigure(directory('b@example.org'), NOW_MS);
    expect(due(outbox)).toEqual(['opened right@example.org']);
  },
);

test('a mail waits for its own address while the config names that, or nobody', () => {
  for (const email of [['wrong@example.org'], []]) {
    const outbox = Outbox.open(refused('hold'), directory(...email));
    expect(due(outbox)).toEqual([]);
    expect(outbox.counts()).toMatchObject({ held: 1 });
  }
});
