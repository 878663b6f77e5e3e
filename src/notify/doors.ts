/** From a delivery that is due to the door of its channel. */
import { basename } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { CommandSettings, WebhookSettings } from '../config/notify-settings.ts';
import type { Settings } from '../config/settings.ts';
import { type Attempt, SENT } from './attempt.ts';
import { runCommand } from './command.ts';
import type { DocumentContext } from './document.ts';
import { writeNotificationFiles } from './file.ts';
import { fileNoticeOf } from './file-notice.ts';
import { MailDoor, type MailDoorOptions } from './mail.ts';
import { mailOf } from './mail-message.ts';
import type { OutboxRow } from './outbox.ts';
import { sendToWebhook } from './webhook.ts';

export class DeliveryDoors {
  readonly #clock: Clock;
  readonly #notifyFolder: string;
  readonly #webhooks: ReadonlyMap<string, WebhookSettings>;
  readonly #commands: ReadonlyMap<string, CommandSettings>;
  readonly #mail: MailDoor | null;
  readonly #context: Omit<DocumentContext, 'recipient'>;

  private constructor(clock: Clock, settings: Settings, options: MailDoorOptions) {
    this.#clock = clock;
    this.#webhooks = new Map(settings.webhooks.map((hook) => [hook.name, hook]));
    this.#commands = new Map(settings.commands.map((command) => [command.name, command]));
    this.#notifyFolder = settings.paths.notifyDir;
    this.#mail = settings.email === null ? null : MailDoor.open(settings.email, options);
    this.#context = {
      timezone: settings.notify.timezone,
      configName: settings.configPath === null ? 'its settings' : basename(settings.configPath),
    };
  }

  /** Opens no connection yet. */
  static open(clock: Clock, settings: Settings, options: MailDoorOptions = {}): DeliveryDoors {
    return new DeliveryDoors(clock, settings, options);
  }

  /** Never rejects. */
  async deliver(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    switch (row.channel) {
      case 'file':
        return this.#toFile(row);
      case 'email':
        return this.#toMail(row, signal);
      case 'webhook':
        return this.#toWebhook(row, signal);
      case 'command':
        return this.#toCommand(row, signal);
    }
  }

  close(): void {
    this.#mail?.close();
  }

  async #toFile(row: OutboxRow): Promise<Attempt> {
    try {
      await writeNotificationFiles(this.#notifyFolder, fileNoticeOf(row, this.#context));
      return SENT;
    } catch (cause) {
      const error = `Cannot write a notification into "${this.#notifyFolder}": ${messageOf(cause)}`;
      return { outcome: 'retry', error, isGeneral: true };
    }
  }

  async #toMail(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    if (this.#mail === null) {
      const error = 'The config has no [email] section any more';
      return { outcome: 'hold', error, isGeneral: true };
    }
    return this.#mail.send(mailOf(row, this.#context), signal);
  }

  async #toWebhook(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    const hook = this.#webhooks.get(row.recipient);
    if (hook === undefined) return gone('webhook', row);
    const context = this.#context;
    return sendToWebhook(hook, row, { context, signal, nowMs: this.#clock.nowMs() });
  }

  async #toCommand(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    const command = this.#commands.get(row.recipient);
    if (command === undefined) return gone('command', row);
    return runCommand(command, fileNoticeOf(row, this.#context).json, signal);
  }
}

function gone(kind: string, { recipient }: OutboxRow): Attempt {
  const error = `The config has no [${kind}:${recipient}] section any more`;
  return { outcome: 'hold', error, isGeneral: false };
}
