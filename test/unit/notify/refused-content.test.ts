/** Mail servers that look into mails and refuse some for what is in them, as those of an attack that is in a log. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { NotificationEvent } from '../../../src/model/notification.ts';
import { Deliverer } from '../../../src/notify/deliverer.ts';
import { MailDoor } from '../../../src/notify/mail.ts';
import { mailOf } from '../../../src/notify/mail-message.ts';
import { Outbox } from '../../../src/notify/outbox.ts';
import {
  alertNotice,
  deliverySettings,
  emailSettings,
  entryRecord,
  notification,
  outboxRow,
  reportNotice,
  runNotice,
} from '../../support/notices.ts';
import { SmtpSink, type SmtpSinkOptions } from '../../support/smtp-sink.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const EVIL = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE';

/** A server that refuses what has `EVIL` in it; what it got, what it took, and what is known of the deliveries. */
async function deliver(event: NotificationEvent, options: SmtpSinkOptions = {}) {
  const sink = await SmtpSink.listen({ ...options, looksFor: EVIL });
  using folder = TempFolder.make();
  using database = Database.open(':memory:');
  const email = emailSettings(sink);
  const outbox = Outbox.open(database, { email: email.to, routes: [], budget: 1 });
  const createdAtMs = systemClock.nowMs();
  outbox.enqueue(notification(event, { key: 'k', channels: ['email'], createdAtMs }));
  const deliverer = Deliverer.start({
    ...{ clock: systemClock, log: silentLog, settings: deliverySettings(folder.path, email) },
    port: {
      dueDeliveries: async (request) => outbox.due(systemClock.nowMs(), request),
      recordDelivery: async (result) => outbox.record(result),
    },
  });
  await waitFor(() => outbox.counts().waiting === 0);
  await deliverer[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  return { mails: await sink.parsed(), refusedCount: sink.refusedCount, counts: outbox.counts() };
}

test('an alert that a server refuses for its lines comes without them, and says so', async () => {
  const { mails, refusedCount, counts } = await deliver(
    alertNotice({
      rule: 'attacks',
      group: { ip: EVIL },
      samples: [entryRecord({ message: `GET /?q=${EVIL}` })],
    }),
  );
  expect({ count: mails.length, refusedCount }).toEqual({ count: 1, refusedCount: 1 });
  expect(counts).toMatchObject({ sent: 1, dead: 0 });
  const [mail] = mails;
  expect(mail!.subject).toBe('attacks: 5 in 68 s, high');
  for (const said of ['The mail server refused', 'logstead search --incident 5f3a9c01d2e4b687']) {
    expect(mail!.text).toContain(said);
    expect(mail!.html).toContain(said);
  }
});

test('a mail that was refused once is not shown again to a server that asks to wait', async () => {
  let askedCount = 0;
  const refuse: SmtpSinkOptions['refuse'] = (at) => {
    if (at === 'to') askedCount += 1;
    return at === 'to' && askedCount === 2 ? { code: 451, text: 'Later' } : null;
  };
  const samples = [entryRecord({ message: EVIL })];
  const { mails, refusedCount } = await deliver(alertNotice({ samples }), { refuse });
  expect({ count: mails.length, refusedCount }).toEqual({ count: 1, refusedCount: 1 });
});

test('a report that a server refuses comes as its verdict, with where it is saved', async () => {
  const { mails } = await deliver(
    reportNotice({ title: 'Something new', html: `<p>${EVIL}</p>`, path: '/srv/reports/r.txt' }),
  );
  expect(mails).toHaveLength(1);
  expect(mails[0]!.text).toContain('/srv/reports/r.txt');
  expect(mails[0]!.text).toContain('The mail server refused');
});

test('a digest that a server refuses comes as its numbers', async () => {
  const kind = { kind: 'digest', reason: 'quiet', count: 2, host: 'web-01' } as const;
  const item = { atMs: 0, severity: 'medium', subject: EVIL } as const;
  const { mails } = await deliver({ ...kind, fromMs: 0, untilMs: 1, items: [item, item] });
  expect(mails).toHaveLength(1);
  expect(mails[0]!.subject).toBe('2 incidents in quiet hours');
});

test('a run that failed is told of though its error is what the server refuses', async () => {
  const failure = { stage: 'archive', message: EVIL, hint: null };
  const { mails } = await deliver(runNotice({ status: 'FAILED', failure }));
  expect(mails.map(({ subject }) => subject)).toEqual([
    'rotate on web-01: FAILED in stage archive',
  ]);
});

test.each([
  '5.7.26 This mail has been blocked because the sender is unauthenticated',
  '5.7.1 Unauthenticated email from old.example is not accepted due to domain DMARC policy',
  '5.7.515 Access denied, sending domain old.example does not meet the required authentication level',
])('a refusal of who sends, behind the text: %s: hold', async (text) => {
  await using sink = await SmtpSink.listen({
    refuse: (at) => (at === 'data' ? { code: 550, text } : null),
  });
  using door = MailDoor.open(emailSettings(sink));
  const context = { timezone: 'UTC', configName: 'config.ini' };
  const attempt = await door.send(mailOf(outboxRow(), context));
  expect(attempt.outcome).toBe('hold');
});

test('what is refused without all that, too, is given up', async () => {
  const { mails, refusedCount, counts } = await deliver(alertNotice({ condition: EVIL }));
  expect({ mails, refusedCount }).toEqual({ mails: [], refusedCount: 2 });
  expect(counts.dead).toBe(1);
});
