/**
 * The time by which retention reckons how old something is: that of the wall clock, but where it went forward by days at once
 * only after a while. A clock that is wrong is mostly set right within minutes, and what was let go of by it is gone.
 *
 * A machine that was off or asleep for days looks the same, and only keeps a little more for that while; so does a run without
 * a daemon (`once`) days after the last one, which lets go of what was too old at that one.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** Less is a night, or a day between two runs without a daemon. */
const JUMP_MS_MIN = 2 * 24 * 3_600_000;
export const BELIEVED_AFTER_MS = 3_600_000;

export class AgeClock {
  readonly #clock: Clock;
  readonly #log: Log;
  /** The last wall time that was believed, and the monotonic time at that moment. */
  #wallMs: number;
  #upMs: number;
  /** Monotonic; null: the wall clock is believed. */
  #doubtedSinceMs: number | null = null;

  /** `lastMs`: wall time at which somebody was last there before this start; null: just now, or not known. */
  constructor(clock: Clock, log: Log, lastMs: number | null) {
    this.#clock = clock;
    this.#log = log;
    this.#wallMs = lastMs ?? clock.nowMs();
    this.#upMs = clock.monotonicMs();
  }

  nowMs(): number {
    return this.#clock.nowMs() - this.behindMs();
  }

  /** How far the wall clock is ahead of it; 0: it is believed. */
  behindMs(): number {
    const wallMs = this.#clock.nowMs();
    const upMs = this.#clock.monotonicMs();
    const expectedMs = this.#wallMs + (upMs - this.#upMs);
    if (this.#isDoubted({ wallMs, upMs, expectedMs })) return wallMs - expectedMs;
    this.#doubtedSinceMs = null;
    this.#wallMs = wallMs;
    this.#upMs = upMs;
    return 0;
  }

  #isDoubted(at: Readonly<{ wallMs: number; upMs: number; expectedMs: number }>): boolean {
    const { wallMs, upMs, expectedMs } = at;
    if (wallMs - expectedMs <= JUMP_MS_MIN) return false;
    if (this.#doubtedSinceMs === null) {
      this.#doubtedSinceMs = upMs;
      this.#log.warn(
        { fromMs: Math.round(expectedMs), toMs: wallMs },
        'The clock is days ahead of when somebody was last here: what is too old by it is kept for an hour more, or until the next run, in case it is set right',
      );
    }
    return upMs - this.#doubtedSinceMs < BELIEVED_AFTER_MS;
  }
}
