/**
 * What was lost on the way into the index, or in it, and what keeps it from taking anything, on its way to whoever the config names for
 * failures now. Of a disk that is full or fails is told from memory, where the database on it takes no notification.
 */
import type { Clock } from '../base/clock.ts';
import { type Database, isDatabaseFailure } from '../base/database.ts';
import type { Log } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import type { Damage } from '../engine/open-segments.ts';
import type { Notification } from '../model/notification.ts';
import { MemoryOutbox } from '../notify/memory-outbox.ts';
import type { DeliveryResult, DueRequest, Outbox, OutboxRow } from '../notify/outbox.ts';
import { recipientsOf } from '../notify/recipients.ts';
import type { Loss } from '../watch/ledger.ts';
import type { Trouble } from './commit-trouble.ts';
import {
  damageNotification,
  lossNotification,
  pressureNotification,
  troubleNotification,
} from './internal-notices.ts';
import type { PressureChange } from './pressure.ts';

export type FailureNoticeParts = Readonly<{
  clock: Clock;
  log: Log;
  database: Database;
  outbox: Outbox;
}>;

export class FailureNotices {
  readonly #parts: FailureNoticeParts;
  #settings: Settings;
  /** Null: all that was in memory is delivered. */
  #memory: MemoryOutbox | null = null;

  constructor(parts: FailureNoticeParts, settings: Settings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  reconfigure(settings: Settings): void {
    this.#settings = settings;
    this.#memory?.reconfigure(recipientsOf(settings), this.#parts.clock.nowMs());
  }

  /** Inside the transaction that records it. */
  lost(loss: Loss): void {
    const { clock, outbox } = this.#parts;
    outbox.enqueue(lossNotification(loss, this.#settings, clock.nowMs()));
  }

  cannotCommit(trouble: Trouble): void {
    this.#tell(troubleNotification(trouble, this.#settings, this.#parts.clock.nowMs()));
  }

  pressureChanged(change: PressureChange): void {
    this.#tell(pressureNotification(change, this.#settings, this.#parts.clock.nowMs()));
  }

  /** Inside the transaction that sets the segment aside. */
  damaged(damage: Damage): void {
    const { clock, log, outbox } = this.#parts;
    log.error({ ...damage }, 'A damaged segment was set aside');
    outbox.enqueue(damageNotification(damage, this.#settings, clock.nowMs()));
  }

  /** Deliveries that are due and may begin, of the database and in memory. */
  due(request: DueRequest): OutboxRow[] {
    const { clock, outbox } = this.#parts;
    const told = this.#dueInMemory(request);
    try {
      return [...told, ...outbox.due(clock.nowMs(), request)];
    } catch (cause) {
      if (told.length === 0) throw cause;
      return told;
    }
  }

  record(result: DeliveryResult): void {
    if (MemoryOutbox.owns(result)) this.#memory?.record(result);
    else this.#parts.outbox.record(result);
  }

  #dueInMemory(request: DueRequest): OutboxRow[] {
    if (this.#memory === null) return [];
    if (this.#memory.isDone) {
      this.#memory[Symbol.dispose]();
      this.#memory = null;
      return [];
    }
    return this.#memory.due(this.#parts.clock.nowMs(), request);
  }

  /** In a transaction of its own. */
  #tell(notification: Notification): void {
    const { database, log, outbox } = this.#parts;
    try {
      database.transaction(() => outbox.enqueue(notification));
      // It takes them again: what could not be delivered for the same disk is tried at once.
      this.#memory?.reconfigure(recipientsOf(this.#settings), this.#parts.clock.nowMs());
    } catch (cause) {
      if (!isDatabaseFailure(cause)) throw cause;
      log.warn({ cause, notification: notification.key }, 'A notification is sent from memory');
      this.#memory ??= new MemoryOutbox(recipientsOf(this.#settings));
      this.#memory.enqueue(notification);
    }
  }
}
