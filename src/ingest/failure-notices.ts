/** What was lost on the way into the index, or in it, on its way to whoever the config names for failures now. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import type { Damage } from '../engine/open-segments.ts';
import type { Outbox } from '../notify/outbox.ts';
import type { Loss } from '../watch/ledger.ts';
import type { Trouble } from './commit-trouble.ts';
import { damageNotification, lossNotification, troubleNotification } from './internal-notices.ts';

export type FailureNoticeParts = Readonly<{ clock: Clock; log: Log; outbox: Outbox }>;

export class FailureNotices {
  readonly #parts: FailureNoticeParts;
  #settings: Settings;

  constructor(parts: FailureNoticeParts, settings: Settings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  reconfigure(settings: Settings): void {
    this.#settings = settings;
  }

  /** Inside the transaction that records it. */
  lost(loss: Loss): void {
    const { clock, outbox } = this.#parts;
    outbox.enqueue(lossNotification(loss, this.#settings, clock.nowMs()));
  }

  /** Inside a transaction of its own. */
  cannotCommit(trouble: Trouble): void {
    const { clock, outbox } = this.#parts;
    outbox.enqueue(troubleNotification(trouble, this.#settings, clock.nowMs()));
  }

  /** Inside the transaction that sets the segment aside. */
  damaged(damage: Damage): void {
    const { clock, log, outbox } = this.#parts;
    log.error({ ...damage }, 'A damaged segment was set aside');
    outbox.enqueue(damageNotification(damage, this.#settings, clock.nowMs()));
  }
}
