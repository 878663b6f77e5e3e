/** A moment still to come, as people write it beside other times: `2h` is from now on, not ago. */
import { parseDuration } from './duration.ts';

/** Null: it is no duration. */
export function comingMs(text: string, nowMs: number): number | null {
  const durationMs = parseDuration(text.trim());
  return durationMs === null ? null : nowMs + durationMs;
}
