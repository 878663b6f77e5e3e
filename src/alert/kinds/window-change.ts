/**
 * What changed of a window since it was written: a window of many lines, or of many known values, is not written whole with
 * every commit.
 *
 * `withChanges` is what reading does: the window as it was written, and what changed since, in order.
 */
import { type KnownChange, knownWith } from './new-window.ts';
import { type TimesChange, timesWith } from './threshold-window.ts';

/** Plain data for `JSON.stringify`. */
export type WindowChange = KnownChange | TimesChange;

export function withChanges(saved: unknown, changes: readonly WindowChange[]): unknown {
  let window = saved;
  for (const change of changes) {
    window =
      change.kind === 'known'
        ? knownWith(window as Parameters<typeof knownWith>[0], change)
        : timesWith(window as Parameters<typeof timesWith>[0], change);
  }
  return window;
}
