/** From a delivery that is due to the door of its channel, which is loaded for the first of them. */
import { basename } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { SigningKey } from '../base/signing-key.ts';
import type { CommandSettings, WebhookSettings } from '../config/notify-settings.ts';
import type { EmailSettings, Settings } from '../config/settings.ts';
import { type AlertDetailsPort, AlertLookup } from './alert-lookup.ts';
import { type Attempt, SENT } from './attempt.ts';
import { removeLeftovers, TakenNames, writeNotificationFiles } from './file.ts';
import { fileNoticeOf } from './file-notice.ts';
import type { MailDoor, MailDoorOptions } from './mail.ts';
import { bareMailOf, linksOf, type MailContext, mailOf } from './mail-message.ts';
import type { OutboxRow } from './outbox.ts';

export type DoorParts = Readonly<{
  clock: Clock;
  log: Log;
  mail?: MailDoorOptions;
  /** Signs the links of mails; null or absent: nobody answers them. */
  linkKey?: SigningKey | null;
  /** Null or absent: mails show what their notification carries. */
  alertDetails?: AlertDetailsPort | null;
}>;

/** The connection that a mail was refused on is closed meanwhile: some servers allow a client no second one. */
const BARE_PAUSE_MS = 500;

/** Mails remembered as refused for what is in them; one that is forgotten is refused once more. */
const REFUSED_MAX = 1_000;
const REFUSED: Attempt = {
  outcome: 'dead',
  error: 'It was refused before',
  isGeneral: false,
  isForContent: true,
};

export class DeliveryDoors {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #notifyFolder: string;
  readonly #webhooks: ReadonlyMap<string, WebhookSettings>;
  readonly #commands: ReadonlyMap<string, CommandSettings>;
  readonly #email: EmailSettings | null;
  readonly #mailOptions: MailDoorOptions;
  /** Opened for the first mail: many send none, or few. */
  #mail: Promise<MailDoor> | null = null;
  readonly #context: MailContext;
  readonly #lookup: AlertLookup;
  /** Mails that were refused for what is in them: without that they may have to be tried again. */
  readonly #refused = new Set<string>();
  readonly #fileNames = new TakenNames();
  /** Before the first file. */
  #tidied: Promise<void> | null = null;

  private constructor(parts: DoorParts, settings: Settings) {
    const { clock, log, mail = {}, linkKey = null, alertDetails: port = null } = parts;
    const { link, timezone, contextLines } = settings.notify;
    this.#clock = clock;
    this.#log = log;
    this.#lookup = new AlertLookup({ clock, log, port }, contextLines);
    this.#webhooks = new Map(settings.webhooks.map((hook) => [hook.name, hook]));
    this.#commands = new Map(settings.commands.map((command) => [command.name, command]));
    this.#notifyFolder = settings.paths.notifyDir;
    this.#email = settings.email;
    this.#mailOptions = mail;
    this.#context = {
      timezone,
      configName: settings.configPath === null ? 'its settings' : basename(settings.configPath),
      links: link === null || linkKey === null ? null : { base: link, key: linkKey },
    };
  }

  /** Opens no connection yet. */
  static open(parts: DoorParts, settings: Settings): DeliveryDoors {
    return new DeliveryDoors(parts, settings);
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
    void this.#mail?.then((door) => door.close());
  }

  /** Without links: whoever reads a file is on the machine, and signs in. */
  get #plain(): Readonly<{ timezone: string; configName: string }> {
    const { timezone, configName } = this.#context;
    return { timezone, configName };
  }

  async #toFile(row: OutboxRow): Promise<Attempt> {
    try {
      this.#tidied ??= removeLeftovers(this.#notifyFolder, this.#clock.nowMs());
      await this.#tidied;
      const notice = fileNoticeOf(row, this.#plain);
      await writeNotificationFiles(this.#notifyFolder, notice, this.#fileNames);
      return SENT;
    } catch (cause) {
      const error = `Cannot write a notification into "${this.#notifyFolder}": ${messageOf(cause)}`;
      return { outcome: 'retry', error, isGeneral: true };
    }
  }

  async #toMail(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    if (this.#email === null) {
      const error = 'The config has no [email] section any more';
      return { outcome: 'hold', error, isGeneral: true };
    }
    const { event, key } = row;
    const details = event.kind === 'alert' ? await this.#lookup.detailsOf(key, event) : null;
    this.#mail ??= openMail(this.#email, this.#mailOptions);
    const door = await this.#mail;
    const name = `${row.recipient} ${key}`;
    const attempt = this.#refused.has(name)
      ? REFUSED
      : await door.send(mailOf(row, this.#context, details), signal);
    if (attempt.isForContent !== true) return attempt;
    this.#refused.add(name);
    const [oldest = ''] = this.#refused;
    if (this.#refused.size > REFUSED_MAX) this.#refused.delete(oldest);
    const fields = { notification: key, recipient: row.recipient, reason: attempt.error };
    this.#log.warn(
      fields,
      'A mail was refused for what is in it, and goes without lines and values',
    );
    await this.#clock.sleep(BARE_PAUSE_MS, { signal });
    return door.send(bareMailOf(row, this.#context), signal);
  }

  async #toWebhook(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    const hook = this.#webhooks.get(row.recipient);
    if (hook === undefined) return gone('webhook', row);
    const { timezone, configName } = this.#context;
    const context = { timezone, configName, links: linksOf(row, this.#context) };
    const { sendToWebhook } = await import('./webhook.ts');
    return sendToWebhook(hook, row, { context, signal, nowMs: this.#clock.nowMs() });
  }

  async #toCommand(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    const command = this.#commands.get(row.recipient);
    if (command === undefined) return gone('command', row);
    const { runCommand } = await import('./command.ts');
    return runCommand(command, fileNoticeOf(row, this.#plain).json, signal);
  }
}

async function openMail(email: EmailSettings, options: MailDoorOptions): Promise<MailDoor> {
  const { MailDoor } = await import('./mail.ts');
  return MailDoor.open(email, options);
}

function gone(kind: string, { recipient }: OutboxRow): Attempt {
  const error = `The config has no [${kind}:${recipient}] section any more`;
  return { outcome: 'hold', error, isGeneral: false };
}
