/**
 * Times as people write them: `1h`, `-6h`, `2d`, `now`, `today`, `yesterday`, `yesterday 14:00`, `monday`, `14:30`,
 * `2026-11-20`, `2026-11-20 14:30`, ISO 8601 with or without zone, `@1763640000` (seconds since the epoch).
 *
 * Times without a zone are in the given one: of two that a clock set back has, the earlier; a time that a clock set forward
 * skips is the moment of that change. A duration means that long ago; with `+`, that long from now.
 */
import { zonedTime, zonedToUtcMs } from '../base/zoned-time.ts';

export type TimeContext = Readonly<{
  nowMs: number;
  /** IANA name. */
  timezone: string;
}>;

const UNITS: readonly Readonly<{ names: string; ms: number }>[] = [
  { names: 'ms', ms: 1 },
  { names: 's sec secs second seconds', ms: 1_000 },
  { names: 'm min mins minute minutes', ms: 60_000 },
  { names: 'h hour hours', ms: 3_600_000 },
  { names: 'd day days', ms: 86_400_000 },
  { names: 'w week weeks', ms: 7 * 86_400_000 },
];
const UNIT_MS = new Map(
  UNITS.flatMap(({ names, ms }) => names.split(' ').map((name) => [name, ms])),
);
const DAY_MS = 86_400_000;

const DURATION = /^([+-]?)((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+?)(ago)?$/;
const DURATION_PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/g;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?$/;
const STAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}:?\d{2})?)?$/;
/** A day by its name, and perhaps a time of it: `yesterday`, `last monday at 14:00`. */
const NAMED_DAY =
  /^(?:(today|yesterday|tomorrow)|(last )?(sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:day)?)(?:,? (?:at )?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?)?$/;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_OFFSETS: Readonly<Record<string, number>> = { today: 0, yesterday: -1, tomorrow: 1 };
const EPOCH = /^@(\d{1,11})(?:\.(\d{1,6}))?$/;

/** What to say where a time was expected and this was found; null: a pattern. */
export function expectedTime(text: string | null): string {
  const trimmed = text?.trim() ?? '';
  if (isAmbiguous(trimmed)) return 'a time without M, which could be months: m for minutes, 30d';
  if (isFar(trimmed)) return 'a time from 1970-01-01T00:00Z on, before the year 10000';
  const zone = STAMP.exec(trimmed)?.[8];
  if (zone !== undefined && offsetOf(zone) === null) return 'a time zone from -12:00 to +14:00';
  return 'a time (1h, 2d, today, "yesterday 14:00", monday, 14:30, 2026-11-20, "2026-11-20 14:30")';
}

/** `1M` is a month to systemd and a minute to others: guessing would search a range that was not asked for. */
function isAmbiguous(text: string): boolean {
  return DURATION.test(text.toLowerCase()) && /\d\s*M(?![A-Za-z])/.test(text);
}

/** A time that is refused only for being before 1970 in UTC, as the first day of that year is in some zones, or behind the year 9999. */
function isFar(text: string): boolean {
  const duration = DURATION.exec(text.toLowerCase());
  if (duration !== null) return sumOfParts(duration[2]!) !== null;
  return STAMP.test(text) && (text < '1970' || text.startsWith('1970-01-01'));
}

/** The instant in µs since the epoch, or null where the text is no time. */
export function parseTime(text: string, context: TimeContext): number | null {
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase();
  const { nowMs, timezone } = context;
  if (lower === 'now') return Math.round(nowMs * 1_000);
  const named = NAMED_DAY.exec(lower);
  if (named !== null) return namedDayUs(named, context);

  const duration = DURATION.exec(lower);
  if (duration !== null) {
    if (isAmbiguous(trimmed)) return null;
    const ms = sumOfParts(duration[2]!);
    if (ms === null) return null;
    return inRange(Math.round((nowMs + (duration[1] === '+' ? ms : -ms)) * 1_000));
  }
  const epoch = EPOCH.exec(trimmed);
  if (epoch !== null) return inRange(Number(epoch[1]) * 1_000_000 + microsecondsOf(epoch[2]));
  const clock = CLOCK.exec(trimmed);
  if (clock !== null) {
    const { year, month, day } = zonedTime(nowMs, timezone);
    return instantUs({ year, month, day, clock: clock.slice(1), zone: undefined }, timezone);
  }
  const stamp = STAMP.exec(trimmed);
  if (stamp === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = stamp;
  return instantUs(
    {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      clock: [hour, minute, second, fraction],
      zone,
    },
    timezone,
  );
}

/** A weekday is the newest day of this name, today among them; with `last` in front, one before today. */
function namedDayUs(named: RegExpExecArray, { nowMs, timezone }: TimeContext): number | null {
  const [, name, last, weekday, ...clock] = named;
  let dayOffset = DAY_OFFSETS[name ?? ''];
  if (dayOffset === undefined) {
    const { year, month, day } = zonedTime(nowMs, timezone);
    const today = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
    const daysAgo = (today - WEEKDAYS.indexOf(weekday!.slice(0, 3)) + 7) % 7;
    dayOffset = -(daysAgo === 0 && last !== undefined ? 7 : daysAgo);
  }
  const startMs = dayStartMs(nowMs, { timezone, dayOffset });
  if (clock[0] === undefined) return startMs * 1_000;
  const { year, month, day } = zonedTime(startMs, timezone);
  return instantUs({ year, month, day, clock, zone: undefined }, timezone);
}

/** `2026-11-20T14:30:00.000000Z`: the form that every `parseTime` reads as the same instant. */
export function printTimeUs(timestampUs: number): string {
  const ms = Math.floor(timestampUs / 1_000);
  const us = timestampUs - ms * 1_000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(us).padStart(3, '0')}Z`;
}

/** Midnight of the day that holds `atMs` in the zone, or of a day before or after it. */
function dayStartMs(
  atMs: number,
  { timezone, dayOffset }: Readonly<{ timezone: string; dayOffset: number }>,
): number {
  const { year, month, day } = zonedTime(atMs, timezone);
  return zonedToUtcMs(Date.UTC(year, month - 1, day + dayOffset), timezone);
}

function sumOfParts(text: string): number | null {
  let ms = 0;
  for (const [, count, unit] of text.matchAll(DURATION_PART)) {
    const unitMs = UNIT_MS.get(unit!);
    if (unitMs === undefined) return null;
    ms += Number(count) * unitMs;
  }
  return ms;
}

type WrittenTime = Readonly<{
  year: number;
  month: number;
  day: number;
  /** Hour, minute, second, fraction; undefined where not written. */
  clock: readonly (string | undefined)[];
  zone: string | undefined;
}>;

function instantUs(written: WrittenTime, timezone: string): number | null {
  const { year, month, day, zone } = written;
  const [hour, minute, second] = written.clock.map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
  ];
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth) return null;
  if (hour > 24 || minute > 59 || second > 60 || (localMs % DAY_MS !== 0 && hour === 24))
    return null;
  const offsetMs = zone === undefined ? 0 : offsetOf(zone);
  if (offsetMs === null) return null;
  const ms = zone === undefined ? zonedToUtcMs(localMs, timezone) : localMs - offsetMs;
  return inRange(ms * 1_000 + microsecondsOf(written.clock[3]));
}

/** Ends of the zones in use, in minutes east of UTC. */
const OFFSET_MINUTES_MIN = -12 * 60;
const OFFSET_MINUTES_MAX = 14 * 60;

/** In ms; null where no zone has it. */
function offsetOf(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const minutesOfHour = Number(zone.slice(-2));
  const minutes = Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + minutesOfHour);
  const isInUse = minutes >= OFFSET_MINUTES_MIN && minutes <= OFFSET_MINUTES_MAX;
  return isInUse && minutesOfHour < 60 ? minutes * 60_000 : null;
}

function microsecondsOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** What `Date` can print with a four-digit year. */
const TIME_US_MAX = Date.UTC(9999, 11, 31, 23, 59, 59) * 1_000;

function inRange(timestampUs: number): number | null {
  return timestampUs >= 0 && timestampUs <= TIME_US_MAX ? timestampUs : null;
}
