/** The clock that tests turn by hand. */
import { expect, test } from 'vitest';
import { FAKE_START_MS, FakeClock } from '../../support/fake-clock.ts';

test('FakeClock wakes sleepers in order of time, at their time', async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  const sleeper = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    seen.push(`${name} ${clock.nowMs() - FAKE_START_MS} ${clock.monotonicMs()}`);
  };
  const all = [sleeper('c', 30), sleeper('a', 10), sleeper('b', 10)];
  await clock.advance(9);
  expect(seen).toEqual([]);
  await clock.advance(1);
  expect(seen).toEqual(['a 10 10', 'b 10 10']);
  await clock.advance(1_000);
  await Promise.all(all);
  expect(seen).toEqual(['a 10 10', 'b 10 10', 'c 30 30']);
  expect(clock.sleeping).toBe(0);
});

test('FakeClock wakes a loop as often as a real clock would', async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  let rounds = 0;
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(100, { signal: stop.signal });
      rounds += 1;
    }
  })();
  await clock.advance(1_050);
  expect(rounds).toBe(10);
  stop.abort();
  await loop;
  expect(rounds).toBe(11);
  expect(clock.sleeping).toBe(0);
});

test('FakeClock moves the wall clock without the monotonic one', async () => {
  const clock = new FakeClock();
  clock.setWallClock(5);
  await clock.advance(10);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([15, 10]);
});
