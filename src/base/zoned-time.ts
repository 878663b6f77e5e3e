/** Wall clock of a time zone: what a moment is called there. For names of files and folders, and for reading people. */

export type ZonedTime = Readonly<{
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  /** 0 is Sunday. */
  weekday: number;
  /** How far the zone is ahead of UTC at that moment. */
  offsetMinutes: number;
}>;

const DAY_MS = 86_400_000;

/** One formatter a zone: making one costs more than a thousand uses. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** As people are told them; `ZonedTime.weekday` is an index. */
export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
/** The first has the index 0, and is month 1. */
export const MONTHS = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;

/** `timezone` is an IANA name that the config has checked. */
export function zonedTime(atMs: number, timezone: string): ZonedTime {
  let formatter = formatters.get(timezone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timezone, formatter);
  }
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const part of formatter.formatToParts(atMs)) parts[part.type] = part.value;
  const numberOf = (name: Intl.DateTimeFormatPartTypes): number => Number(parts[name]);
  const year = parts.era === 'BC' ? 1 - numberOf('year') : numberOf('year');
  const month = numberOf('month');
  const day = numberOf('day');
  const hour = numberOf('hour');
  const minute = numberOf('minute');
  const second = numberOf('second');
  const millisecond = ((Math.floor(atMs) % 1000) + 1000) % 1000;
  const asUtc = new Date(0);
  asUtc.setUTCFullYear(year, month - 1, day);
  asUtc.setUTCHours(hour, minute, second, millisecond);
  return {
    year,
    month,
    day,
    hour,
    minute,
    second,
    millisecond,
    weekday: asUtc.getUTCDay(),
    offsetMinutes: Math.round((asUtc.getTime() - Math.floor(atMs)) / 60_000),
  };
}

/** How far the zone is ahead of UTC at an instant, in ms. */
export function zoneOffsetMs(atMs: number, timezone: string): number {
  return timezone === 'UTC' ? 0 : zonedTime(atMs, timezone).offsetMinutes * 60_000;
}

/**
 * The instant of a local time given as if it were UTC. Of two where clocks are set back the earlier; where they are set
 * forward over it, the instant of that change: a day that has no midnight begins there.
 */
export function zonedToUtcMs(localMs: number, timezone: string): number {
  if (timezone === 'UTC') return localMs;
  const offsetAt = (atMs: number): number => zoneOffsetMs(atMs, timezone);
  const { first, second, isSkipped } = localInstants(localMs, offsetAt);
  if (!isSkipped) return first;
  let before = first;
  let after = second;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (middle + offsetAt(middle) < localMs) before = middle;
    else after = middle;
  }
  return after;
}

/** The instants with one local time: mostly the same one twice. Skipped: those it would be by the clock after and before. */
export type LocalInstants = Readonly<{ first: number; second: number; isSkipped: boolean }>;

/** `offsetAt`: local minus UTC at an instant, in ms. */
export function localInstants(localMs: number, offsetAt: (utcMs: number) => number): LocalInstants {
  const before = offsetAt(localMs - DAY_MS);
  const after = offsetAt(localMs + DAY_MS);
  const byOld = localMs - before;
  const byNew = localMs - after;
  const oldHolds = offsetAt(byOld) === before;
  const newHolds = offsetAt(byNew) === after;
  if (oldHolds && !newHolds) return { first: byOld, second: byOld, isSkipped: false };
  if (newHolds && !oldHolds) return { first: byNew, second: byNew, isSkipped: false };
  return {
    first: Math.min(byOld, byNew),
    second: Math.max(byOld, byNew),
    isSkipped: !oldHolds,
  };
}

/** `20261120-140712`: sorts as time does, and is safe in every file name. */
export function fileStamp(time: ZonedTime): string {
  const { year, month, day, hour, minute, second } = time;
  return `${padded(year, 4)}${padded(month)}${padded(day)}-${padded(hour)}${padded(minute)}${padded(second)}`;
}

/** A number with leading zeros. */
export function padded(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

const SLOT_MS = 15 * 60_000;

/**
 * Days of a time zone, numbered: midnight to midnight there, day 0 is 1 January 1970.
 *
 * For many moments: zones change their offset on quarter hours only, so one answer serves each quarter.
 */
export class LocalDays {
  readonly #timezone: string;
  readonly #days = new Map<number, number>();
  #lastSlot = Number.NaN;
  #lastDay = 0;

  constructor(timezone: string) {
    this.#timezone = timezone;
  }

  dayOf(atMs: number): number {
    const slot = Math.floor(atMs / SLOT_MS);
    if (slot === this.#lastSlot) return this.#lastDay;
    let day = this.#days.get(slot);
    if (day === undefined) {
      const startMs = slot * SLOT_MS;
      const { offsetMinutes } = zonedTime(startMs, this.#timezone);
      day = Math.floor((startMs + offsetMinutes * 60_000) / DAY_MS);
      if (this.#days.size >= SLOTS_KEPT_MAX) this.#days.clear();
      this.#days.set(slot, day);
    }
    this.#lastSlot = slot;
    this.#lastDay = day;
    return day;
  }
}

/** A year of quarter hours; stamps that jump further than that are answered without being kept for long. */
const SLOTS_KEPT_MAX = 35_136;

/** A moment inside a numbered day, for printing its date: noon there, or an hour or two beside it. */
export function momentInDay(day: number, timezone: string): number {
  const noonMs = day * DAY_MS + DAY_MS / 2;
  return noonMs - zonedTime(noonMs, timezone).offsetMinutes * 60_000;
}
