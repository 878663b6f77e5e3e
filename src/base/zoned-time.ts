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

/** One formatter a zone: making one costs more than a thousand uses. */
const formatters = new Map<string, Intl.DateTimeFormat>();

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

/** `20261120-140712`: sorts as time does, and is safe in every file name. */
export function fileStamp(time: ZonedTime): string {
  const { year, month, day, hour, minute, second } = time;
  return `${padded(year, 4)}${padded(month)}${padded(day)}-${padded(hour)}${padded(minute)}${padded(second)}`;
}

/** A number with leading zeros. */
export function padded(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}
