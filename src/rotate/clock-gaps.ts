/**
 * Wall times that a zone leaves out, because its clocks go forward: a schedule that names one of them is due at the moment
 * they do. Zones change their offset on quarter hours of UTC.
 */
import { localInstants, zonedToUtcMs, zoneOffsetMs } from '../base/zoned-time.ts';

export type ClockGap = Readonly<{
  /** When clocks go forward. */
  atMs: number;
  /** The wall times `[from, until)`, written as if they were UTC, are left out. */
  fromWallMs: number;
  untilWallMs: number;
}>;

export const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

/** The first gap in `(fromMs, untilMs]`; null: there is none. */
export function gapBetween(fromMs: number, untilMs: number, timezone: string): ClockGap | null {
  const last = Math.floor(untilMs / QUARTER_MS) * QUARTER_MS;
  for (let low = Math.floor(fromMs / QUARTER_MS) * QUARTER_MS; low < last; ) {
    const high = Math.min(low + DAY_MS, last);
    const gap = gapWithin(low, high, timezone);
    if (gap !== null) return gap;
    low = high;
  }
  return null;
}

/** Between two quarter hours, where one change at most lies. */
function gapWithin(lowMs: number, highMs: number, timezone: string): ClockGap | null {
  const before = zoneOffsetMs(lowMs, timezone);
  const after = zoneOffsetMs(highMs, timezone);
  if (after <= before) return null;
  let low = lowMs / QUARTER_MS;
  let high = highMs / QUARTER_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zoneOffsetMs(middle * QUARTER_MS, timezone) === before) low = middle;
    else high = middle;
  }
  const atMs = high * QUARTER_MS;
  return { atMs, fromWallMs: atMs + before, untilWallMs: atMs + after };
}

/** When clocks show a wall time, written as if it were UTC: the first time they do, or where they leave it out when they go forward. */
export function momentOfWall(
  wallMs: number,
  timezone: string,
): Readonly<{ atMs: number; isLeftOut: boolean }> {
  const { isSkipped } = localInstants(wallMs, (atMs) => zoneOffsetMs(atMs, timezone));
  return { atMs: zonedToUtcMs(wallMs, timezone), isLeftOut: isSkipped };
}
