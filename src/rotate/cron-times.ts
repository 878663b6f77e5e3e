/**
 * The one door to node-cron: which wall times a cron expression names. They are written as if they were UTC, which leaves
 * none out and has none twice.
 */
import { createTask, parse, type ScheduledTask, validateDetailed } from 'node-cron';

const DAY_MS = 86_400_000;
/** Within so long 29 February comes on every weekday. */
export const EVERY_DAY_WITHIN_MS = 41 * 366 * DAY_MS;

export class CronTimes implements Disposable {
  /** Only to be asked what matches. */
  readonly #task: ScheduledTask;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];
  readonly #seconds: readonly number[];

  /** The expression has been checked by `checkSchedule`. */
  constructor(expression: string) {
    const { hour, minute, second } = parse(expression);
    this.#task = createTask(expression, () => {}, { timezone: 'UTC' });
    [this.#hours, this.#minutes, this.#seconds] = [sorted(hour), sorted(minute), sorted(second)];
  }

  /** Its next time comes soon. */
  get isEveryHour(): boolean {
    return this.#hours.length === 24;
  }

  /** The first one in `[fromMs, untilMs)`; null: there is none. */
  firstIn({ fromMs, untilMs }: Readonly<{ fromMs: number; untilMs: number }>): number | null {
    for (let day = Math.floor(fromMs / DAY_MS); day * DAY_MS < untilMs; day += 1) {
      if (!this.#hasDay(day)) continue;
      const inDay = this.#firstOfDay(fromMs - day * DAY_MS);
      if (inDay === null) continue;
      const atMs = day * DAY_MS + inDay;
      return atMs < untilMs ? atMs : null;
    }
    return null;
  }

  [Symbol.dispose](): void {
    void this.#task.destroy();
  }

  /** Fields of the day do not look at those of the time. */
  #hasDay(day: number): boolean {
    const minutes = this.#hours[0]! * 60 + this.#minutes[0]!;
    const inDay = (minutes * 60 + this.#seconds[0]!) * 1000;
    return this.#task.match(new Date(day * DAY_MS + inDay));
  }

  #firstOfDay(fromMs: number): number | null {
    for (const hour of this.#hours) {
      for (const minute of this.#minutes) {
        const minuteMs = (hour * 60 + minute) * 60_000;
        if (minuteMs + 60_000 <= fromMs) continue;
        for (const second of this.#seconds) {
          if (minuteMs + second * 1000 >= fromMs) return minuteMs + second * 1000;
        }
      }
    }
    return null;
  }
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** What is wrong with a cron expression, as the end of a sentence; null: nothing. */
export function checkSchedule(expression: string): string | null {
  const fieldCount = expression.trim().split(/\s+/).length;
  if (fieldCount !== 5 && fieldCount !== 6) {
    return `a cron expression has five fields (minute hour day month weekday) or six (second first), found ${fieldCount}`;
  }
  const { valid, errors } = validateDetailed(expression);
  if (valid) return comesNever(expression) ? 'no day is like that' : null;
  const error = errors[0];
  return error === undefined ? 'not a cron expression' : `field "${error.field}": ${error.message}`;
}

/** The fifth of a month as its fifth Monday, say. */
function comesNever(expression: string): boolean {
  using times = new CronTimes(expression);
  const fromMs = Date.UTC(2000, 0, 1);
  return times.firstIn({ fromMs, untilMs: fromMs + EVERY_DAY_WITHIN_MS }) === null;
}
