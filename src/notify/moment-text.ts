/** Moments as mails and notification files name them: in one zone, which is said once. */
import { MONTHS, padded, WEEKDAYS, type ZonedTime, zonedTime } from '../base/zoned-time.ts';

/** A chart of such steps spans days. */
const STEP_OF_DAYS_MS = 3_600_000;

/** `14:07:12`. */
export function clockText(atMs: number, timezone: string): string {
  const time = zonedTime(atMs, timezone);
  return `${padded(time.hour)}:${padded(time.minute)}:${padded(time.second)}`;
}

/** `14:07`. */
export function minuteText(atMs: number, timezone: string): string {
  const time = zonedTime(atMs, timezone);
  return `${padded(time.hour)}:${padded(time.minute)}`;
}

/** A mark of a chart: `14:07`, or `20 Nov` where its steps are too long for clocks. */
export function stepText(
  atMs: number,
  { stepMs, timezone }: Readonly<{ stepMs: number; timezone: string }>,
): string {
  if (stepMs < STEP_OF_DAYS_MS) return minuteText(atMs, timezone);
  const { day, month } = zonedTime(atMs, timezone);
  return `${day} ${MONTHS[month - 1]}`;
}

/** `14:07:12.118`. */
export function clockTextMs(atMs: number, timezone: string): string {
  return `${clockText(atMs, timezone)}.${padded(zonedTime(atMs, timezone).millisecond, 3)}`;
}

/** Of lines that stand below each other: `14:07:12.118`, or `20 Nov 14:07:12.118` where they are of several days. */
export function lineClocks(times: readonly number[], timezone: string): (atMs: number) => string {
  const dates = times.map((atMs) => dayText(zonedTime(atMs, timezone)));
  if (dates.every((date) => date === dates[0])) return (atMs) => clockTextMs(atMs, timezone);
  return (atMs) => {
    const { day, month } = zonedTime(atMs, timezone);
    return `${day} ${MONTHS[month - 1]} ${clockTextMs(atMs, timezone)}`;
  };
}

/** `Fri 20 Nov 2026 (UTC+1)`. */
export function dateText(atMs: number, timezone: string): string {
  const time = zonedTime(atMs, timezone);
  return `${dayText(time)} (${offsetText(time.offsetMinutes)})`;
}

/** The clock alone on the same day as `besideMs`, else day and clock. */
export function momentText(
  atMs: number,
  beside: Readonly<{ besideMs: number; timezone: string }>,
): string {
  const time = zonedTime(atMs, beside.timezone);
  const clock = clockText(atMs, beside.timezone);
  const isSameDay = dayText(time) === dayText(zonedTime(beside.besideMs, beside.timezone));
  return isSameDay ? clock : `${clock}, ${dayText(time)}`;
}

/** The same without seconds: `14:07`, or `14:07, Fri 20 Nov 2026,` inside a sentence. */
export function minuteMomentText(
  atMs: number,
  { besideMs, timezone }: Readonly<{ besideMs: number; timezone: string }>,
): string {
  const day = dayText(zonedTime(atMs, timezone));
  const minute = minuteText(atMs, timezone);
  return day === dayText(zonedTime(besideMs, timezone)) ? minute : `${minute}, ${day},`;
}

function dayText({ weekday, day, month, year }: ZonedTime): string {
  return `${WEEKDAYS[weekday]} ${day} ${MONTHS[month - 1]} ${year}`;
}

function offsetText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC';
  const minutes = Math.abs(offsetMinutes);
  const rest = minutes % 60 === 0 ? '' : `:${padded(minutes % 60)}`;
  return `UTC${offsetMinutes < 0 ? '-' : '+'}${Math.floor(minutes / 60)}${rest}`;
}
