/** A reload while a mail is under way: under the old settings, or not sent yet. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Secret } from '../../../src/base/secret.ts';
import type { EmailSettings } from '../../../src/config/settings.ts';
import type { AlertDetailsPort } from '../../../src/notify/alert-lookup.ts';
import { Deliverer } from '../../../src/notify/deliverer.ts';
import { type DeliveryResult, Outbox } from '../../../src/notify/outbox.ts';
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

class Scene implements AsyncDisposable {
  readonly results: DeliveryResult[] = [];
  readonly #folder = TempFolder.make();
  readonly #database = Database.open(':memory:');
  readonly #outbox: Outbox;
  readonly #deliverer: Deliverer;
  readonly email: EmailSettings;

  private constructor(email: EmailSettings, alertDetails: AlertDetailsPort | null) {
    this.email = email;
    this.#outbox = Outbox.open(this.#database, { email: email.to, routes: [], budget: 20 });
    this.#deliverer = Deliverer.start({
      clock: systemClock,
      log: silentLog,
      settings: deliverySettings(this.#folder.path, email),
      port: {
        dueDeliveries: async (request) => this.#outbox.due(systemClock.nowMs(), request),
        recordDelivery: async (result) => {
          this.results.push(result);
          this.#outbox.record(result);
        },
      },
      mail: { timeoutMs: 2_000 },
      alertDetails,
    });
  }

  static start(
    sink: SmtpSink,
    change: Partial<EmailSettings> = {},
    alertDetails: AlertDetailsPort | null = null,
  ): Scene {
    return new Scene(emailSettings(sink, change), alertDetails);
  }

  queue(key: string, event: Parameters<typeof notification>[0]): void {
    const createdAtMs = systemClock.nowMs();
    this.#outbox.enqueue(notification(event, { key, channels: ['email'], createdAtMs }));
    this.#deliverer.wake();
  }

  reload(email: EmailSettings): void {
    const recipients = { email: email.to, routes: [], budget: 20 };
    this.#outbox.reconfigure(recipients, systemClock.nowMs());
    this.#deliverer.reconfigure(deliverySettings(this.#folder.path, email));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#deliverer[Symbol.asyncDispose]();
    this.#database.close();
    this.#folder[Symbol.dispose]();
  }
}

test('a mail that is prepared while the config is read again is sent, and not tried again later', async () => {
  await using sink = await SmtpSink.listen();
  const asked = Promise.withResolvers<void>();
  const details = Promise.withResolvers<never>();
  const lookup: AlertDetailsPort = () => {
    asked.resolve();
    return details.promise;
  };
  await using scene = Scene.start(sink, {}, lookup);
  scene.queue('run:1', runNotice());
  await sink.waitForMail(1);
  scene.queue('alert:1:1:opened', alertNotice());
  await asked.promise;
  scene.reload(scene.email);
  details.reject(new Error('nothing is known'));
  await sink.waitForMail(2);
  await waitFor(() => scene.results.length >= 2);
  expect(scene.results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
});

test('a password that was put right counts for the mail that was just refused for the old one', async () => {
  const connected = Promise.withResolvers<void>();
  const reloaded = Promise.withResolvers<void>();
  const refuse: SmtpSinkOptions['refuse'] = (stage) => {
    if (stage === 'connect') connected.resolve();
    return stage === 'connect' ? reloaded.promise : null;
  };
  await using sink = await SmtpSink.listen({ login: { user: 'u', password: 'p' }, refuse });
  await using scene = Scene.start(sink, { user: 'u', password: new Secret('wrong') });
  scene.queue('run:1', runNotice());
  await connected.promise;
  scene.reload({ ...scene.email, password: new Secret('p') });
  reloaded.resolve();
  await sink.waitForMail(1);
});
