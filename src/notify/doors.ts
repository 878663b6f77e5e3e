/** From a delivery that is due to the door of its channel. */
import { basename } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { type Attempt, SENT } from './attempt.ts';
import type { DocumentContext } from './document.ts';
import { writeNotificationFiles } from './file.ts';
import { fileNoticeOf } from './file-notice.ts';
import { MailDoor, type MailDoorOptions } from './mail.ts';
import { mailOf } from './mail-message.ts';
import type { OutboxRow } from './outbox.ts';

export class DeliveryDoors {
  readonly #notifyFolder: string;
  readonly #mail: MailDoor | null;
  readonly #context: Omit<DocumentContext, 'recipient'>;

  private constructor(settings: Settings, options: MailDoorOptions) {
    this.#notifyFolder = settings.paths.notifyDir;
    this.#mail = settings.email === null ? null : MailDoor.open(settings.email, options);
    this.#context = {
      timezone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
      configName: settings.configPath === null ? 'its settings' : basename(settings.configPath),
    };
  }

  /** Opens no connection yet. */
  static open(settings: Settings, options: MailDoorOptions = {}): DeliveryDoors {
    return new DeliveryDoors(settings, options);
  }

  /** Never rejects. */
  async deliver(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    switch (row.channel) {
      case 'file':
        return this.#toFile(row);
      case 'email':
        return this.#toMail(row, signal);
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
}
