/**
 * The one door to node-cron: runs something at the times of a cron expression, in a time zone.
 *
 * - Runs never overlap: a time that comes while a run is going is counted as missed and not made up at once.
 * - A time that passed unnoticed (the machine slept, the thread was busy) is counted as missed too.
 * - `run` reports its own failures; if it throws all the same, `onError` gets it and the schedule goes on.
 */
import { createTask, type ScheduledTask, type TaskContext, validateDetailed } from 'node-cron';

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
