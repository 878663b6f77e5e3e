/**
 * The one door to node-cron: runs something at the times of a cron expression, in a time zone.
 *
 * - Runs never overlap: a time that comes while a run is going is counted as missed and not made up at once.
 * - A time that passed unnoticed (the machine slept, the thread was busy) is counted as missed too.
 * - A time that clocks leave out because they go forward comes at the moment they do. node-cron knows no such time, so a
 *   second task looks for it; schedules of every hour go without.
 * - `run` reports its own failures; if it throws all the same, `onError` gets it and the schedule goes on.
 */
import {
  createTask,
  parse,
  type ScheduledTask,
  type TaskContext,
  validateDetailed,
} from 'node-cron';
import { LocalDays } from '../base/zoned-time.ts';
import { type ClockGap, gapBetween, momentOfWall, QUARTER_MS } from './clock-gaps.ts';

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

/** When clocks may go forward, in UTC. */
const QUARTER_HOURS = '*/15 * * * *';

export class Schedule implements AsyncDisposable {
  readonly #options: ScheduleOptions;
  readonly #due: ScheduledTask;
  readonly #gaps: ScheduledTask;
  readonly #wallTimes: ScheduledTask;
  #running: Promise<void> | null = null;

  private constructor(options: ScheduleOptions) {
    this.#options = options;
    const { expression, timezone, onMissed } = options;
    const due = createTask(expression, ({ date }) => this.#run(date), {
      timezone,
      noOverlap: true,
      ...TASK,
    });
    const missed = (why: MissedRun['why']) => (context: TaskContext) =>
      onMissed({ dueAtMs: context.date.getTime(), why });
    due.on('execution:overlap', missed('still running'));
    due.on('execution:missed', missed('not awake'));

    const gaps = createTask(QUARTER_HOURS, ({ date }) => this.#runAfterGap(date), {
      timezone: 'UTC',
      ...TASK,
    });
    gaps.on('execution:missed', ({ date }) => {
      if (this.#isDueAfterGap(date)) onMissed({ dueAtMs: date.getTime(), why: 'not awake' });
    });
    this.#due = due;
    this.#gaps = gaps;
    this.#wallTimes = wallTimesOf(expression);
  }

  /** The expression and the zone have been checked by `checkSchedule`. */
  static async start(options: ScheduleOptions): Promise<Schedule> {
    const schedule = new Schedule(options);
    await schedule.#due.start();
    await schedule.#gaps.start();
    return schedule;
  }

  nextRunAtMs(): number | null {
    const nextMs = this.#due.getNextRun()?.getTime() ?? null;
    const nextQuarterMs = this.#gaps.getNextRun()?.getTime() ?? null;
    if (nextMs === null || nextQuarterMs === null) return nextMs;
    const { timezone } = this.#options;
    const gap = gapBetween(nextQuarterMs - QUARTER_MS, nextMs, timezone);
    return gap !== null && this.#isLeftOutIn(gap) ? gap.atMs : nextMs;
  }

  /** No run starts any more; one that is going is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of [this.#due, this.#gaps, this.#wallTimes]) await task.destroy();
    await this.#running;
  }

  /** node-cron keeps those of one task apart, but not of both. */
  #run(date: Date): Promise<void> {
    const { run, onError, onMissed } = this.#options;
    if (this.#running !== null) {
      onMissed({ dueAtMs: date.getTime(), why: 'still running' });
      return Promise.resolve();
    }
    this.#running = run()
      .catch(onError)
      .finally(() => {
        this.#running = null;
      });
    return this.#running;
  }

  async #runAfterGap(date: Date): Promise<void> {
    if (this.#isDueAfterGap(date)) await this.#run(date);
  }

  #isDueAfterGap(date: Date): boolean {
    const atMs = date.getTime();
    const gap = gapBetween(atMs - QUARTER_MS, atMs, this.#options.timezone);
    return gap !== null && this.#isLeftOutIn(gap);
  }

  /** Whether a gap has a time of the schedule, which does not come at its end anyway. */
  #isLeftOutIn({ fromWallMs, untilWallMs }: ClockGap): boolean {
    const fields = parse(this.#options.expression);
    if (isEveryHour(fields)) return false;
    const isDue = (wallMs: number): boolean =>
      this.#wallTimes.match(new Date(wallMs + fields.second[0]! * 1000));
    if (isDue(untilWallMs)) return false;
    for (let wallMs = fromWallMs; wallMs < untilWallMs; wallMs += 60_000) {
      if (isDue(wallMs)) return true;
    }
    return false;
  }
}

/** Only to be asked what matches: wall times are told to it as UTC, which leaves none out. */
function wallTimesOf(expression: string): ScheduledTask {
  return createTask(expression, () => {}, { timezone: 'UTC' });
}

/** Its next time comes soon. */
function isEveryHour({ hour }: Readonly<{ hour: readonly number[] }>): boolean {
  return hour.length === 24;
}

/** How far back a missed time is looked for: a monthly schedule, and a machine that was off for a while. */
const LOOK_BACK_DAYS = 40;
const DAY_MS = 86_400_000;
/** No zone is further from UTC than this. */
const ZONE_AHEAD_MS_MAX = 15 * 3_600_000;
const ZONE_BEHIND_MS_MAX = 13 * 3_600_000;

/**
 * The last time in `(sinceMs, nowMs]` at which the schedule was due; null: none. For a machine that was off
 * then: the run is made up once, however many times it missed.
 */
export function lastDueAtMs(
  schedule: Readonly<{ expression: string; timezone: string }>,
  range: Readonly<{ sinceMs: number; nowMs: number }>,
): number | null {
  const wallTimes = wallTimesOf(schedule.expression);
  try {
    return lastDueOf(wallTimes, schedule, range);
  } finally {
    void wallTimes.destroy();
  }
}

function lastDueOf(
  wallTimes: ScheduledTask,
  { expression, timezone }: Readonly<{ expression: string; timezone: string }>,
  { sinceMs, nowMs }: Readonly<{ sinceMs: number; nowMs: number }>,
): number | null {
  const fields = parse(expression);
  const { second, minute, hour } = fields;
  const today = new LocalDays(timezone).dayOf(nowMs);
  for (let day = today; day > today - LOOK_BACK_DAYS; day -= 1) {
    for (const atHour of hour.toReversed()) {
      for (const atMinute of minute.toReversed()) {
        const wallMs = day * DAY_MS + (atHour * 60 + atMinute) * 60_000 + second[0]! * 1000;
        if (wallMs - ZONE_AHEAD_MS_MAX > nowMs) continue;
        if (wallMs + ZONE_BEHIND_MS_MAX <= sinceMs) return null;
        if (!wallTimes.match(new Date(wallMs))) continue;
        const { atMs, isLeftOut } = momentOfWall(wallMs, timezone);
        if (atMs > nowMs || (isLeftOut && isEveryHour(fields))) continue;
        return atMs <= sinceMs ? null : atMs;
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

const TASK = {
  suppressMissedWarning: true,
  missedExecutionTolerance: LATE_MS_MAX,
  logger: QUIET,
};
