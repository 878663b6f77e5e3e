/**
 * Durations: as settings write them (`90s`, `2m`, `7d`), and as people read them (`28 min`, `12 h 5 min`).
 *
 * The setting notation is exact in both directions. The other one is for reading only: it keeps at most
 * two units and three significant digits. (Packages such as `ms` and `pretty-ms` accept and print other
 * units than the settings do, `1 year` and negative times among them.)
 */
import { formatMeasured } from './number-text.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: WEEK_MS,
};

/** The units a setting may use, smallest first. */
export const DURATION_UNITS: readonly string[] = Object.keys(UNIT_MS);

/** Milliseconds of `90s`, `250ms`, `7d`; null if it is no duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,15}) ?(ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return null;
  const durationMs = Number(match[1]) * UNIT_MS[match[2]!]!;
  return Number.isSafeInteger(durationMs) ? durationMs : null;
}

/** The shortest setting that means exactly `durationMs` (a whole number): `90s`, `2m`, `7d`. */
export function durationSetting(durationMs: number): string {
  if (durationMs === 0) return '0s';
  for (const unit of ['d', 'h', 'm', 's']) {
    const unitMs = UNIT_MS[unit]!;
    if (durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`;
  }
  return `${durationMs}ms`;
}

/** For people: `190 ms`, `2.91 s`, `68 s`, `28 min`, `12 h 5 min`, `4 d 6 h`, `30 days`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (Math.round(durationMs) < SECOND_MS) return `${formatMeasured(durationMs)} ms`;
  const seconds = durationMs / SECOND_MS;
  if (seconds < 59.95) return `${formatMeasured(seconds)} s`;
  const wholeSeconds = Math.round(seconds);
  if (wholeSeconds < 120 && wholeSeconds !== 60) return `${wholeSeconds} s`;
  if (wholeSeconds < 600) return twoUnits(wholeSeconds, [60, 'min'], [1, 's']);
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return twoUnits(minutes, [60, 'h'], [1, 'min']);
  const hours = Math.round(seconds / 3600);
  if (hours % 24 === 0) return `${hours / 24} days`;
  if (hours < 10 * 24) return twoUnits(hours, [24, 'd'], [1, 'h']);
  return `${formatMeasured(Math.round(hours / 24))} days`;
}

type Unit = readonly [size: number, name: string];

function twoUnits(amount: number, large: Unit, small: Unit): string {
  const whole = Math.floor(amount / large[0]);
  const rest = amount - whole * large[0];
  const head = `${whole} ${large[1]}`;
  return rest === 0 ? head : `${head} ${rest} ${small[1]}`;
}
