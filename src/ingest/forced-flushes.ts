/**
 * How often a rule that fired may ask for a flush at once: 20 times a second in the long run, the first few without a
 * pause, so that what happens now and then is told without waiting, and a storm costs no more than the machine can bear.
 */

/** One more flush is allowed after so long. */
export const FORCED_FLUSH_MS_MIN = 50;
/** Flushes that may follow each other at once after a quiet time. */
const AT_ONCE_MAX = 4;

export class ForcedFlushes {
  #left = AT_ONCE_MAX;
  #filledMs = 0;

  /** How long until one is allowed; 0: now. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#left >= 1 ? 0 : Math.ceil((1 - this.#left) * FORCED_FLUSH_MS_MIN);
  }

  /** One was made, whoever asked for it. */
  take(nowMs: number): void {
    this.#fill(nowMs);
    this.#left = Math.max(0, this.#left - 1);
  }

  /** A clock that was set back fills nothing. */
  #fill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#filledMs);
    this.#left = Math.min(AT_ONCE_MAX, this.#left + passedMs / FORCED_FLUSH_MS_MIN);
    this.#filledMs = nowMs;
  }
}
