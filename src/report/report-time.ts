/** Times as a report shows them: local, 24 h, as short as the period allows; the zone is said once, at the top. */
import {
  MONTHS,
  momentInDay,
  padded,
  WEEKDAYS,
  type ZonedTime,
  zonedTime,
} from '../base/zoned-time.ts';

export type TimeStyle = Readonly<{
  timezone: string;
  /** Times on this day are shown without it. */
  day: ZonedTime | null;
  /** Times of this year are shown without it; null: all are shown with theirs. */
  year: number | null;
}>;

/** Days are left out where the whole period is one, years where it lies in one. */
export function timeStyleOf(
  period: Readonly<{ firstMs: number; lastMs: number }> | null,
  timezone: string,
): TimeStyle {
  if (period === null) return { timezone, day: null, year: null };
  const first = zonedTime(period.firstMs, timezone);
  const last = zonedTime(period.lastMs, timezone);
  return {
    timezone,
    day: isSameDay(first, last) ? first : null,
    year: first.year === last.year ? first.year : null,
  };
}

/** `14:07:12`, or `19 Nov 14:07`, or `19 Nov 2025 14:07`. */
export function momentText(atMs: number, style: TimeStyle): string {
  const time = zonedTime(atMs, style.timezone);
  if (style.day !== null && isSameDay(time, style.day)) return clockText(time);
  return `${dateText(time, style)} ${minuteText(time)}`;
}

function dateText(time: ZonedTime, { year }: TimeStyle): string {
  const day = `${time.day} ${MONTHS[time.month - 1]}`;
  return time.year === year ? day : `${day} ${time.year}`;
}

/** `13:56:04.118`, for an example line. */
export function exactText(atMs: number, style: TimeStyle): string {
  const time = zonedTime(atMs, style.timezone);
  const clock = `${clockText(time)}.${padded(time.millisecond, 3)}`;
  return style.day !== null && isSameDay(time, style.day)
    ? clock
    : `${dateText(time, style)} ${clock}`;
}

/** `Fri 20 Nov 2026`. */
export function dayText(atMs: number, timezone: string): string {
  const time = zonedTime(atMs, timezone);
  return `${WEEKDAYS[time.weekday]} ${time.day} ${MONTHS[time.month - 1]} ${time.year}`;
}

/** `Fri 20 Nov`, for the subject of a mail. */
export function mailDayText(atMs: number, timezone: string): string {
  const time = zonedTime(atMs, timezone);
  return `${WEEKDAYS[time.weekday]} ${time.day} ${MONTHS[time.month - 1]}`;
}

/** `Fri 20 Nov 2026, 00:00:04 to 23:59:58 (UTC+1)`; behind a change of clocks `(UTC+2, at its end UTC+1)`. */
export function periodText(
  period: Readonly<{ firstMs: number; lastMs: number }>,
  timezone: string,
): string {
  const first = zonedTime(period.firstMs, timezone);
  const last = zonedTime(period.lastMs, timezone);
  const [begins, ends] = [offsetText(first.offsetMinutes), offsetText(last.offsetMinutes)];
  const zone = begins === ends ? `(${ends})` : `(${begins}, at its end ${ends})`;
  const start = dayText(period.firstMs, timezone);
  if (isSameDay(first, last)) return `${start}, ${clockText(first)} to ${clockText(last)} ${zone}`;
  return `${start} ${minuteText(first)} to ${dayText(period.lastMs, timezone)} ${minuteText(last)} ${zone}`;
}

/** `Thu` of a numbered local day, for column heads and sentences about last week. */
export function weekdayOf(day: number, timezone: string): string {
  return WEEKDAYS[zonedTime(momentInDay(day, timezone), timezone).weekday]!;
}

/** `Fri 13`: a day further back. */
export function shortDayOf(day: number, timezone: string): string {
  const time = zonedTime(momentInDay(day, timezone), timezone);
  return `${WEEKDAYS[time.weekday]} ${time.day}`;
}

/** `20 Nov 2026 00:05:02`. */
export function writtenText(atMs: number, timezone: string): string {
  const time = zonedTime(atMs, timezone);
  return `${time.day} ${MONTHS[time.month - 1]} ${time.year} ${clockText(time)}`;
}

type Bars = Readonly<{ startMs: number; widthMs: number; bars: readonly unknown[] }>;

/** What the marks under a chart say: `isDated` where the time of day alone could mean two of its days. */
export type Axis = Readonly<{ timezone: string; widthMs: number; isDated: boolean }>;

export function axisOf({ startMs, widthMs, bars }: Bars, timezone: string): Axis {
  const spanMs = widthMs * bars.length;
  const [start, last] = [startMs, startMs + spanMs - 1].map((atMs) => zonedTime(atMs, timezone));
  return { timezone, widthMs, isDated: spanMs > DAY_MS && !isSameDay(start!, last!) };
}

/** A mark under a chart: the time of day, its date, or both; months where bars are weeks. The last one may be 24:00. */
export function axisText(atMs: number, axis: Axis & Readonly<{ isEnd: boolean }>): string {
  const { timezone, widthMs, isDated, isEnd } = axis;
  // Behind a change of clocks bars of days begin an hour off midnight: their noon says which day each is.
  const time = zonedTime(widthMs >= DAY_MS ? atMs + DAY_MS / 2 : atMs, timezone);
  const date = `${time.day} ${MONTHS[time.month - 1]}`;
  if (widthMs >= WIDTH_OF_YEARS_MS) return `${MONTHS[time.month - 1]} ${time.year}`;
  const text = minuteText(time);
  if (widthMs >= DAY_MS || (isDated && text === '00:00')) return date;
  if (isDated) return `${date} ${text}`;
  return isEnd && text === '00:00' ? '24:00' : text;
}
const DAY_MS = 86_400_000;
/** A chart of such bars may be longer than a year. */
const WIDTH_OF_YEARS_MS = 14 * DAY_MS;

/** Five of them, at the quarters of a chart. */
export function axisMarks(chart: Bars, timezone: string): string[] {
  const { startMs, widthMs, bars } = chart;
  const axis = axisOf(chart, timezone);
  return [0, 1, 2, 3, 4].map((quarter) => {
    const bar = Math.round((bars.length * quarter) / 4);
    return axisText(startMs + bar * widthMs, { ...axis, isEnd: quarter === 4 });
  });
}

/** `UTC`, `UTC+1`, `UTC-3:30`. */
function offsetText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC';
  const whole = Math.abs(offsetMinutes);
  const minutes = whole % 60 === 0 ? '' : `:${padded(whole % 60)}`;
  return `UTC${offsetMinutes < 0 ? '-' : '+'}${Math.floor(whole / 60)}${minutes}`;
}

function clockText(time: ZonedTime): string {
  return `${minuteText(time)}:${padded(time.second)}`;
}

function minuteText(time: ZonedTime): string {
  return `${padded(time.hour)}:${padded(time.minute)}`;
}

function isSameDay(a: ZonedTime, b: ZonedTime): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day;
}
