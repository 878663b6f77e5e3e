/** Times as people read them: in one zone, the date once, the clock in every row. */
import { zoneOffsetMs } from '../base/zoned-time.ts';
import type { TimeContext } from '../query/time-text.ts';

/** Zones change their offset on a quarter of an hour. */
const OFFSET_PERIOD_MS = 15 * 60_000;

export class LocalTime {
  /** Null: that of the user. */
  readonly timezone: string | null;
  #period = Number.NaN;
  #offsetMs = 0;

  constructor(timezone: string | null) {
    this.timezone = timezone;
  }

  /** `14:31:58.204`. */
  clock(atMs: number): string {
    return this.#shifted(atMs).toISOString().slice(-13, -1);
  }

  /** `2026-11-20`. */
  isoDate(atMs: number): string {
    return this.#shifted(atMs).toISOString().slice(0, -14);
  }

  /** A number for the local day; equal for two times of one day. */
  day(atMs: number): number {
    return Math.floor((withinDates(atMs) + this.#offsetAt(atMs)) / 86_400_000);
  }

  /** `Fri 20 Nov 2026`. */
  date(atMs: number): string {
    const [weekday, day, month, year] = this.#shifted(atMs).toUTCString().split(' ');
    return `${weekday!.slice(0, 3)} ${Number(day)} ${month} ${year}`;
  }

  /** `14:31` today, `Thu 22:31` within a week, `20 Nov 2026` else. */
  short(atMs: number, nowMs: number): string {
    const daysAgo = this.day(nowMs) - this.day(atMs);
    const clock = this.clock(atMs);
    if (daysAgo === 0) return clock.slice(0, 8);
    if (daysAgo > 0 && daysAgo < 7) return `${this.date(atMs).slice(0, 3)} ${clock.slice(0, 5)}`;
    return this.date(atMs).slice(4);
  }

  /** `UTC+1`, `UTC-3:30`, `UTC`. */
  offset(atMs: number): string {
    const minutes = Math.round(this.#offsetAt(atMs) / 60_000);
    if (minutes === 0) return 'UTC';
    const rest = Math.abs(minutes) % 60;
    const hours = Math.floor(Math.abs(minutes) / 60);
    return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
  }

  /** Of that time: `UTC`, or `local time (UTC+1)`. */
  zone(atMs: number): string {
    const isUtc = this.timezone === null ? isUserInUtc() : this.timezone === 'UTC';
    return isUtc ? 'UTC' : `local time (${this.offset(atMs)})`;
  }

  #shifted(atMs: number): Date {
    return new Date(withinDates(atMs) + this.#offsetAt(atMs));
  }

  #offsetAt(givenMs: number): number {
    const atMs = withinDates(givenMs);
    const period = Math.floor(atMs / OFFSET_PERIOD_MS);
    if (period !== this.#period) {
      this.#period = period;
      this.#offsetMs =
        this.timezone === null
          ? -60_000 * new Date(atMs).getTimezoneOffset()
          : zoneOffsetMs(atMs, this.timezone);
    }
    return this.#offsetMs;
  }
}

/** What a `Date` can hold in any zone; a line may claim any year. */
const DATE_MS_MAX = 8.64e15 - 86_400_000;

function withinDates(atMs: number): number {
  return Number.isNaN(atMs) ? 0 : Math.max(-DATE_MS_MAX, Math.min(DATE_MS_MAX, atMs));
}

/** Not just now: whatever the season. */
function isUserInUtc(): boolean {
  return [0, 6].every((month) => new Date(2026, month).getTimezoneOffset() === 0);
}

/** The zone of the user: `TZ`, else the machine's. */
export function userTimezone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * What times in a query mean to the user. The zone is found out when a time without one is met: it takes longer than
 * many a search.
 */
export class UserTime implements TimeContext {
  readonly nowMs: number;
  readonly #isUtc: boolean;
  #timezone: string | null = null;

  constructor(nowMs: number, { utc = false }: Readonly<{ utc?: boolean | undefined }> = {}) {
    this.nowMs = nowMs;
    this.#isUtc = utc;
  }

  /** Times as the user reads them. The system knows that zone; its name, which takes long to find out, is not needed. */
  get local(): LocalTime {
    return new LocalTime(this.#isUtc ? 'UTC' : null);
  }

  get timezone(): string {
    this.#timezone ??= this.#isUtc ? 'UTC' : userTimezone();
    return this.#timezone;
  }
}
