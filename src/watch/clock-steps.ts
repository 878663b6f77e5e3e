/**
 * When the wall clock was set back, while somebody watched or while nobody did. The times of files tell which of two is
 * younger only where the clock was not set back between them; where it was, their contents decide.
 *
 * A step is known by the uptime of the machine, and after a boot by a clock that says less than it did. Not known: a clock
 * that was wrong from the boot on and was set right before the daemon came.
 */
import { uptime } from 'node:os';
import { bootId } from '../base/boot-id.ts';
import type { Clock } from '../base/clock.ts';
import type { Ledger } from './ledger.ts';
import { CLOCK_SLACK_MS } from './limits.ts';

/** From `fromMs` at most, back to `toMs` at least. */
export type ClockStep = Readonly<{ fromMs: number; toMs: number }>;

/** What a process that was there says of the clock. */
export type ClockReading = Readonly<{
  boot: string;
  /** Wall time when the machine came up, by the clock as it was. */
  bootedAtMs: number;
  atMs: number;
}>;

/** Steps that are remembered; a clock that is set back more often is set back all the time. */
const STEPS_MAX = 16;

/** How often the clocks are looked at. */
const LOOK_MS = 1_000;

export class ClockSteps {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #boot = bootId();
  /** When a process before this one is last known to have been there, and to have seen what is; 0: none is. */
  readonly formerMs: number;
  /** By this process. */
  #wereAllSeen = false;
  #steps: ClockStep[];
  #last: ClockReading;
  #lookedAtMs: number;

  constructor(clock: Clock, ledger: Ledger) {
    this.#clock = clock;
    this.#ledger = ledger;
    this.#steps = ledger.clockSteps();
    this.#lookedAtMs = clock.monotonicMs();
    const former = ledger.clockReading();
    this.formerMs = former?.atMs ?? 0;
    this.#last = former ?? this.#reading();
    this.#look();
  }

  /** Look at the clocks, if it is time. Call often. */
  look(): void {
    const monotonicMs = this.#clock.monotonicMs();
    if (monotonicMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = monotonicMs;
    this.#look();
  }

  /** Every file that is there was seen: what comes to be from now on is met as it comes. */
  allSeen(): void {
    this.#wereAllSeen = true;
  }

  /** For the next process. Call inside the transaction of a checkpoint. */
  save(): void {
    // A process that ends before has not met what came to be before it: the next one is to ask since when that may be.
    if (this.#wereAllSeen) this.#ledger.saveClockReading(this.#reading());
  }

  /**
   * Whether the clock was set back between two times, so that what bears the lesser one, `atMs`, may be younger than what
   * bears `thanMs`.
   */
  areBetween(atMs: number, thanMs: number): boolean {
    if (this.#steps.length === 0) return false;
    const nowMs = this.#clock.nowMs();
    return this.#steps.some(
      ({ fromMs, toMs }) =>
        thanMs <= fromMs && atMs >= toMs - CLOCK_SLACK_MS && atMs <= nowMs + CLOCK_SLACK_MS,
    );
  }

  #reading(): ClockReading {
    const atMs = this.#clock.nowMs();
    return { boot: this.#boot, bootedAtMs: atMs - uptime() * 1_000, atMs };
  }

  #look(): void {
    const reading = this.#reading();
    const step = stepBetween(this.#last, reading);
    this.#last = reading;
    if (step === null) return;
    this.#steps = [step, ...this.#steps].slice(0, STEPS_MAX);
    this.#ledger.transaction(() => {
      this.#ledger.saveClockSteps(this.#steps);
      this.#ledger.saveClockReading(reading);
    });
  }
}

/** Null: as far as is known the clock was not set back. */
function stepBetween(before: ClockReading, now: ClockReading): ClockStep | null {
  if (before.boot !== now.boot) {
    if (now.atMs >= before.atMs - CLOCK_SLACK_MS) return null;
    return { fromMs: before.atMs, toMs: now.bootedAtMs };
  }
  const backMs = before.bootedAtMs - now.bootedAtMs;
  if (backMs <= CLOCK_SLACK_MS) return null;
  return { fromMs: now.atMs + backMs, toMs: before.atMs - backMs };
}
