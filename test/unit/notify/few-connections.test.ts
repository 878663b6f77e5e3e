/** Mail servers that allow a client few connections, and few mails over each. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Deliverer } from '../../../src/notify/deliverer.ts';
import { MailDoor } from '../../../src/notify/mail.ts';
import { mailOf } from '../../../src/notify/mail-message.ts';
import { type DeliveryResult, Outbox } from '../../../src/notify/outbox.ts';
import {
  alertNotice,
  deliverySettings,
  emailSettings,
  notification,
  outboxRow,
} from '../../support/notices.ts';
import { SmtpSink } from '../../support/smtp-sink.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

test('a server that allows one connection gets one mail at a time, and each soon', async () => {
  await using sink = await SmtpSink.listen({ connectionsMax: 1 });
  using folder = TempFolder.make();
  using database = Database.open(':memory:');
  const email = emailSettings(sink);
  const outbox = Outbox.open(database, { email: email.to, routes: [], budget: 100 });
  for (let number = 0; number < 20; number += 1) {
    const createdAtMs = systemClock.nowMs();
    const key = `k${number}`;
    outbox.enqueue(notification(alertNotice(), { key, channels: ['email'], createdAtMs }));
  }
  const results: DeliveryResult[] = [];
  await using _deliverer = Deliverer.start({
    ...{ clock: systemClock, log: silentLog, settings: deliverySettings(folder.path, email) },
    port: {
      dueDeliveries: async (request) => outbox.due(systemClock.nowMs(), request),
      recordDelivery: async (result) => {
        results.push(result);
        outbox.record(result);
      },
    },
  });
  await waitFor(() => sink.messages.length === 20, { timeoutMs: 15_000 });
  // Two were under way beside the first.
  expect(results.filter(({ outcome }) => outcome === 'retry').length).toBeLessThanOrEqual(2);
});

test('a mail is sent over a new connection, at once, where a server closed the one that was open', async () => {
  let isClosing = false;
  await using sink = await SmtpSink.listen({
    refuse: (at) => {
      if (at !== 'from' || !isClosing) return null;
      isClosing = false;
      return 'disconnect';
    },
  });
  using door = MailDoor.open(emailSettings(sink));
  const mail = mailOf(outboxRow(), { timezone: 'UTC', configName: 'config.ini' });
  expect(await door.send(mail)).toMatchObject({ outcome: 'sent' });
  isClosing = true;
  expect(await door.send(mail)).toMatchObject({ outcome: 'sent' });
  expect(sink).toMatchObject({ connectionCount: 2 });
});
