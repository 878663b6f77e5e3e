/**
 * When a cron expression is due in a time zone, one time after the other.
 *
 * - A time that clocks leave out because they go forward is due at the moment they do.
 * - A time that clocks show twice because they go back is due when they show it first.
 * - A schedule of every hour goes by the time that passes: nothing is made up for, and what comes twice is due twice.
 */
import { zoneOffsetMs } from '../base/zoned-time.ts';
import { CronTimes, EVERY_DAY_WITHIN_MS } from './cron-times.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** No zone is further from UTC, and none is changed by more or twice within it. */
const OFFSET_MS_MAX = DAY_MS;
/** A last time is looked for in the minute before, and then in stretches so many times as long. */
const STRETCH_GROWTH = 30;

/** Clocks that were so far ahead of UTC are set to another offset. */
type ClockChange = Readonly<{ atMs: number; before: number; after: number }>;

export class DueTimes implements Disposable {
  readonly #cron: CronTimes;
  readonly #timezone: string;

  /** Both have been checked. */
  constructor({ expression, timezone }: Readonly<{ expression: string; timezone: string }>) {
    this.#cron = new CronTimes(expression);
    this.#timezone = timezone;
  }

  /** The first time later than that; null: there is none for decades. */
  firstAfter(afterMs: number): number | null {
    let fromMs = Math.floor(afterMs) + 1;
    const endMs = fromMs + EVERY_DAY_WITHIN_MS;
    while (fromMs < endMs) {
      const range = { fromMs: fromMs - OFFSET_MS_MAX, untilMs: endMs };
      const wallMs = this.#cron.firstIn(range);
      if (wallMs === null) return null;
      fromMs = Math.max(fromMs, wallMs - OFFSET_MS_MAX);
      const untilMs = this.#changeIn(fromMs, fromMs + DAY_MS)?.atMs ?? fromMs + DAY_MS;
      const dueMs = this.#firstWithin(fromMs, untilMs);
      if (dueMs !== null) return dueMs;
      fromMs = untilMs;
    }
    return null;
  }

  /** The last time in `(sinceMs, nowMs]`; null: there is none. */
  lastIn({ sinceMs, nowMs }: Readonly<{ sinceMs: number; nowMs: number }>): number | null {
    for (let stretchMs = MINUTE_MS; ; stretchMs *= STRETCH_GROWTH) {
      const fromMs = Math.max(sinceMs, nowMs - stretchMs);
      const lastMs = this.#lastWithin(fromMs, nowMs);
      if (lastMs !== null || fromMs === sinceMs) return lastMs;
    }
  }

  [Symbol.dispose](): void {
    this.#cron[Symbol.dispose]();
  }

  #lastWithin(fromMs: number, untilMs: number): number | null {
    let lastMs: number | null = null;
    for (;;) {
      const atMs = this.firstAfter(lastMs ?? fromMs);
      if (atMs === null || atMs > untilMs) return lastMs;
      lastMs = atMs;
    }
  }

  /** In `[fromMs, untilMs)`, in which clocks run evenly. */
  #firstWithin(fromMs: number, untilMs: number): number | null {
    const change = this.#cron.isEveryHour ? null : this.#changeIn(fromMs - DAY_MS, fromMs);
    if (change?.atMs === fromMs && this.#leavesOneOut(change)) return fromMs;
    const offsetMs = zoneOffsetMs(fromMs, this.#timezone);
    // Clocks that were set back show again what they showed before.
    const isNewFromMs = change === null ? fromMs : change.atMs + change.before - offsetMs;
    const wallMs = this.#cron.firstIn({
      fromMs: Math.max(fromMs, isNewFromMs) + offsetMs,
      untilMs: untilMs + offsetMs,
    });
    return wallMs === null ? null : wallMs - offsetMs;
  }

  #leavesOneOut({ atMs, before, after }: ClockChange): boolean {
    return this.#cron.firstIn({ fromMs: atMs + before, untilMs: atMs + after }) !== null;
  }

  /** The change in `(fromMs, untilMs]`, which is a day: clocks are set on whole minutes. */
  #changeIn(fromMs: number, untilMs: number): ClockChange | null {
    const before = zoneOffsetMs(fromMs, this.#timezone);
    const after = zoneOffsetMs(untilMs, this.#timezone);
    if (before === after) return null;
    let low = Math.floor(fromMs / MINUTE_MS);
    let high = Math.floor(untilMs / MINUTE_MS);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (zoneOffsetMs(middle * MINUTE_MS, this.#timezone) === before) low = middle;
      else high = middle;
    }
    return { atMs: high * MINUTE_MS, before, after };
  }
}
