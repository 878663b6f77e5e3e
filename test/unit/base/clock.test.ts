import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';

const DAY_MS = 86_400_000;
/** Long after a timer that fired at once would have. */
const SEEN_MS = 50;

describe('systemClock.sleep()', () => {
  let warnings: string[];
  const note = (warning: Error) => void warnings.push(warning.name);

  beforeEach(() => {
    warnings = [];
    process.on('warning', note);
  });

  afterEach(() => {
    process.off('warning', note);
  });

  it('takes a time that is past as none, without a word on stderr', async () => {
    await systemClock.sleep(-3.6);
    await systemClock.sleep(SEEN_MS);
    expect(warnings).toEqual([]);
  });

  it('does not end at once where the time is longer than a timer can hold', async () => {
    const stop = new AbortController();
    let hasEnded = false;
    const slept = systemClock.sleep(40 * DAY_MS, { signal: stop.signal }).then(() => {
      hasEnded = true;
    });
    await systemClock.sleep(SEEN_MS);
    expect({ hasEnded, warnings }).toEqual({ hasEnded: false, warnings: [] });
    stop.abort();
    await slept;
  });
});
