/**
 * The one door to node-cron: runs something at the times of a cron expression, in a time zone.
 *
 * - Runs never overlap: a time that comes while a run is going is counted as missed and not made up at once.
 * - A time that passed unnoticed (the machine slept, the thread was busy) is counted as missed too.
 * - `run` reports its own failures; if it throws all the same, `onError` gets it and the schedule goes on.
 */
import {
  createTask,
  parse,
  type ScheduledTask,
  type TaskContext,
  validateDetailed,
} from 'node-cron';
import { LocalDays, zonedToUtcMs } from '../base/zoned-time.ts';

export type ScheduleOptions = Readonly<{
  /** Five or six fields. */
  expression: string;
  /** IANA name. */
  timezone: string;
  run: () => Promise<void>;
  /** A run was due and did not start. */
  onMissed: (missed: MissedRun) => void;
  onError: (cause: unknown) => void;
}>;

export type MissedRun = Readonly<{ dueAtMs: number; why: 'still running' | 'not awake' }>;

/** A machine that was asleep or too busy for this long has missed the time. Cron knows minutes; be generous. */
const LATE_MS_MAX = 60_000;

export class Schedule implements AsyncDisposable {
  readonly #task: ScheduledTask;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: ScheduleOptions) {
    this.#task = createTask(
      options.expression,
      () => {
        this.#running = options.run().catch(options.onError);
        return this.#running;
      },
      {
        timezone: options.timezone,
        noOverlap: true,
        suppressMissedWarning: true,
        missedExecutionTolerance: LATE_MS_MAX,
        logger: QUIET,
      },
    );
    const missed = (why: MissedRun['why']) => (context: TaskContext) =>
      options.onMissed({ dueAtMs: context.date.getTime(), why });
    this.#task.on('execution:overlap', missed('still running'));
    this.#task.on('execution:missed', missed('not awake'));
  }

  /** The expression and the zone have been checked by `checkSchedule`. */
  static async start(options: ScheduleOptions): Promise<Schedule> {
    const schedule = new Schedule(options);
    await schedule.#task.start();
    return schedule;
  }

  nextRunAtMs(): number | null {
    return this.#task.getNextRun()?.getTime() ?? null;
  }

  /** No run starts any more; one that is going is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.destroy();
    await this.#running;
  }
}

/** How far back a missed time is looked for: a monthly schedule, and a machine that was off for a while. */
const LOOK_BACK_DAYS = 40;
const DAY_MS = 86_400_000;

/**
 * The last time in `(sinceMs, nowMs]` at which the schedule was due; null: none. For a machine that was off
 * then: the run is made up once, however many times it missed.
 */
export function lastDueAtMs(
  schedule: Readonly<{ expression: string; timezone: string }>,
  range: Readonly<{ sinceMs: number; nowMs: number }>,
): number | null {
  const { expression, timezone } = schedule;
  const { sinceMs, nowMs } = range;
  const { second, minute, hour } = parse(expression);
  const task = createTask(expression, () => {}, { timezone });
  const today = new LocalDays(timezone).dayOf(nowMs);
  for (let day = today; day > today - LOOK_BACK_DAYS; day -= 1) {
    for (const atHour of hour.toReversed()) {
      for (const atMinute of minute.toReversed()) {
        const wallMs = day * DAY_MS + (atHour * 60 + atMinute) * 60_000 + second[0]! * 1000;
        const dueMs = zonedToUtcMs(wallMs, timezone);
        if (dueMs > nowMs) continue;
        if (dueMs <= sinceMs) return null;
        if (task.match(new Date(dueMs))) return dueMs;
      }
    }
  }
  return null;
}

/** What is wrong with a cron expression, as the end of a sentence; null: nothing. */
export function checkSchedule(expression: string): string | null {
  const fieldCount = expression.trim().split(/\s+/).length;
  if (fieldCount !== 5 && fieldCount !== 6) {
    return `a cron expression has five fields (minute hour day month weekday) or six (second first), found ${fieldCount}`;
  }
  const { valid, errors } = validateDetailed(expression);
  if (valid) return null;
  const error = errors[0];
  return error === undefined ? 'not a cron expression' : `field "${error.field}": ${error.message}`;
}

/** The daemon's own log says what is worth saying; node-cron would write to the console. */
const QUIET = { info() {}, warn() {}, error() {}, debug() {} };
