/** Wait for a condition instead of for time: a slow machine takes longer, and nothing fails because of it. */
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;
/** Long enough for the slowest machine; reached only when the condition never comes true. */
const TIMEOUT_MS_DEFAULT = 40_000;

export type WaitOptions = Readonly<{
  /** What is waited for, for the error. */
  what?: string;
  timeoutMs?: number;
  /** Added to the error: what was seen instead. */
  found?: () => string;
}>;

/** Ask until the answer is neither false, null nor undefined, and return it. */
export async function waitFor<T>(
  ask: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { what = 'the condition', timeoutMs = TIMEOUT_MS_DEFAULT } = options;
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null && answer !== undefined) {
      return answer as Exclude<T, false | null | undefined>;
    }
    if (performance.now() > deadlineMs) {
      const found = options.found === undefined ? '' : `; found: ${options.found()}`;
      throw new Error(`Waited ${timeoutMs} ms for ${what}${found}`);
    }
    await pause(POLL_MS);
  }
}
