/**
 * Whether the wall clock moved by itself: compared with the monotonic clock in every round.
 *
 * Linux stops the monotonic clock while the machine sleeps, so a suspend looks like a clock set forward, and means the same:
 * nothing was written meanwhile. A process that was stopped sees both clocks move on.
 */
import type { Clock } from '../base/clock.ts';

/** What clocks do by themselves, corrected step by step, is less. */
const JUMP_MS_MIN = 60_000;

export type ClockJump = Readonly<{ kind: 'gap' | 'step'; fromMs: number; toMs: number }>;

export class ClockWatch {
  readonly #clock: Clock;
  #wallMs: number;
  #monotonicMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallMs = clock.nowMs();
    this.#monotonicMs = clock.monotonicMs();
  }

  /** Null: it went as it should since the last look. */
  look(): ClockJump | null {
    const wallMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const fromMs = this.#wallMs + (monotonicMs - this.#monotonicMs);
    const jumpMs = wallMs - fromMs;
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    if (Math.abs(jumpMs) <= JUMP_MS_MIN) return null;
    return { kind: jumpMs > 0 ? 'gap' : 'step', fromMs, toMs: wallMs };
  }
}
