/**
 * What the index needs now and then: small segments merged, old ones let go of.
 *
 * Merging runs on the engine's own thread, one at a time, and never holds up reading. A merge that fails is said
 * and tried again later: the small segments answer as well.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { RetentionSettings } from '../config/settings.ts';
import type { Engine } from '../engine/engine.ts';

/** A quiet machine makes two segments a second at most: eight are waiting after some seconds. */
const COMPACT_EVERY_MS = 5_000;
/** Segments are hours or days: retention need not be exact to the minute. */
const EXPIRE_EVERY_MS = 10 * 60_000;

export class Maintenance {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #engine: Engine;
  #retention: RetentionSettings;
  #nextCompactMs = 0;
  #nextExpireMs = 0;
  #compacting: Promise<void> = Promise.resolve();
  #isCompacting = false;

  constructor(
    parts: Readonly<{ clock: Clock; log: Log; engine: Engine }>,
    retention: RetentionSettings,
  ) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#engine = parts.engine;
    this.#retention = retention;
  }

  /** Called by the loop whenever it likes; does what is due. */
  step(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#nextExpireMs) this.expire();
    if (nowMs < this.#nextCompactMs || this.#isCompacting) return;
    this.#nextCompactMs = nowMs + COMPACT_EVERY_MS;
    this.#isCompacting = true;
    this.#compacting = this.#compact();
  }

  /** Let go of segments that the retention gives up, now. */
  expire(): void {
    const nowMs = this.#clock.nowMs();
    this.#nextExpireMs = nowMs + EXPIRE_EVERY_MS;
    const { ageMs, indexBytesMax } = this.#retention;
    const expired = this.#engine.expire({
      beforeUs: ageMs === null ? null : (nowMs - ageMs) * 1000,
      bytesMax: indexBytesMax,
    });
    const entryCount = expired.reduce((sum, segment) => sum + segment.rowCount, 0);
    if (entryCount > 0)
      this.#log.info({ entryCount }, 'Removed entries that the retention gives up');
  }

  reconfigure(retention: RetentionSettings): void {
    this.#retention = retention;
    this.#nextExpireMs = 0;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#compacting;
  }

  async #compact(): Promise<void> {
    try {
      // As long as there is something, but only one merge each time the loop comes by: reading goes first.
      if (await this.#engine.compact()) this.#nextCompactMs = 0;
    } catch (cause) {
      this.#log.warn({ cause }, 'Small segments could not be merged; it is tried again');
    } finally {
      this.#isCompacting = false;
    }
  }
}
