/**
 * Runs something whenever a cron expression is due.
 *
 * - Runs never overlap: a time that comes while a run is going is told of and not made up for.
 * - Times that passed unnoticed (the machine slept, its clock was set forward) are made up for by one run.
 * - A clock that is set back repeats nothing; one that is set back by hours was wrong, and times are counted from what it
 *   says now.
 * - `run` reports its own failures; if it throws all the same, `onError` gets it and the schedule goes on.
 */
import type { Clock } from '../base/clock.ts';
import { DueTimes } from './due-times.ts';

export type ScheduleOptions = Readonly<{
  clock: Clock;
  /** Five or six fields. */
  expression: string;
  /** IANA name. */
  timezone: string;
  run: (dueAtMs: number) => Promise<void>;
  /** A run was due and did not start, because the one before was going. */
  onMissed: (dueAtMs: number) => void;
  onError: (cause: unknown) => void;
}>;

/** Timers stand still while a machine sleeps, and know nothing of a clock that is set: so often it is looked at. */
const LOOK_MS = 60_000;
/** As in cron: less is a clock that is put right, or that went back for the winter without a zone. */
const SET_BACK_MS = 3 * 3_600_000;

export class Schedule implements AsyncDisposable {
  readonly #options: ScheduleOptions;
  readonly #times: DueTimes;
  readonly #ended = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #running: Promise<void> | null = null;
  /** The latest the clock has said. */
  #latestMs: number;
  #nextMs: number | null;

  private constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#times = new DueTimes(options);
    this.#latestMs = options.clock.nowMs();
    this.#nextMs = this.#times.firstAfter(this.#latestMs);
  }

  /** The expression and the zone have been checked by `checkSchedule`. */
  static start(options: ScheduleOptions): Schedule {
    const schedule = new Schedule(options);
    schedule.#watching = schedule.#watch();
    return schedule;
  }

  get nextRunAtMs(): number | null {
    return this.#nextMs;
  }

  /** Start what is due by now, and nothing any more. */
  end(): void {
    if (this.#ended.signal.aborted) return;
    this.#look();
    this.#ended.abort();
  }

  /** No run starts any more; one that is going is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#watching;
    await this.#running;
    this.#times[Symbol.dispose]();
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const waitMs = (this.#nextMs ?? Infinity) - clock.nowMs();
      await clock.sleep(Math.min(Math.max(waitMs, 0), LOOK_MS), { signal });
      if (!signal.aborted) this.#look();
    }
  }

  #look(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs < this.#latestMs - SET_BACK_MS) {
      this.#latestMs = nowMs;
      this.#nextMs = this.#times.firstAfter(nowMs);
    }
    this.#latestMs = Math.max(this.#latestMs, nowMs);
    const dueMs = this.#nextMs;
    if (dueMs === null || nowMs < dueMs) return;
    this.#nextMs = this.#times.firstAfter(nowMs);
    this.#run(dueMs);
  }

  #run(dueAtMs: number): void {
    const { run, onError, onMissed } = this.#options;
    if (this.#running !== null) {
      onMissed(dueAtMs);
      return;
    }
    this.#running = run(dueAtMs)
      .catch(onError)
      .finally(() => {
        this.#running = null;
      });
  }
}

/**
 * The last time in `(sinceMs, nowMs]` at which the schedule was due; null: none. For a machine that was off
 * then: the run is made up once, however many times it missed.
 */
export function lastDueAtMs(
  schedule: Readonly<{ expression: string; timezone: string }>,
  range: Readonly<{ sinceMs: number; nowMs: number }>,
): number | null {
  using times = new DueTimes(schedule);
  return times.lastIn(range);
}
