/** What a burst leaves behind is given back once a thread is idle, sooner where it may be stopped; small copies hold no more than themselves. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { kept, keptCopy, ThreadMemory } from '../../../src/base/thread-memory.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MIB = 1024 * 1024;

function heapMib(): number {
  return process.memoryUsage().heapTotal / MIB;
}

function usedMib(): number {
  return process.memoryUsage().heapUsed / MIB;
}

/** Objects that live long enough to be moved to where V8 collects seldom. */
async function burst(): Promise<void> {
  const held: { text: string }[] = [];
  for (let index = 0; index < 1_000_000; index += 1) held.push({ text: `entry ${index}` });
  await pause(1);
  expect(held).toHaveLength(1_000_000);
}

function workFor(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('ThreadMemory', () => {
  test('gives back what a burst held once the thread is idle, and not before', async () => {
    const memory = new ThreadMemory(systemClock);
    await burst();
    workFor(300);
    await pause(1);
    const busyMib = heapMib();
    expect(memory.look()).toBe(false);
    expect(heapMib()).toBeGreaterThan(busyMib - 30);
    await pause(500);
    memory.look();
    expect(heapMib()).toBeLessThan(busyMib - 30);
    await pause(800);
    expect(memory.look()).toBe(true);
  });

  test('collects the garbage of a busy thread that may be stopped', async () => {
    const memory = new ThreadMemory(systemClock, { mayPause: true });
    const calmMib = usedMib();
    await burst();
    workFor(300);
    await pause(1);
    expect(memory.look()).toBe(false);
    // What it was before: on a busy machine V8 has sometimes collected before the look.
    expect(usedMib()).toBeLessThan(calmMib + 10);
  });

  test('collects the garbage of one that others wait for once a minute, while it has little to do', async () => {
    const clock = new FakeClock();
    const memory = new ThreadMemory(clock);
    /** MiB that a look gives back of what was let go right before it. */
    const given = async (busyMs: number): Promise<number> => {
      const held = Array.from({ length: 500_000 }, (_, index) => ({ text: `entry ${index}` }));
      memory.look();
      const since = performance.eventLoopUtilization();
      workFor(busyMs);
      // On a busy machine a thread that has nothing to do takes a while to look like one.
      do await pause(500);
      while (busyMs === 0 && performance.eventLoopUtilization(since).utilization > 0.2);
      expect(held).toHaveLength(500_000);
      held.length = 0;
      const beforeMib = usedMib();
      memory.look();
      return beforeMib - usedMib();
    };
    // The first takes all, which is done every ten minutes.
    await given(0);
    await clock.advance(59_000);
    expect(await given(0)).toBeLessThan(5);
    await clock.advance(2_000);
    expect(await given(500)).toBeLessThan(5);
    expect(await given(0)).toBeGreaterThan(15);
  });
});

test('keptCopy() has memory of its own', () => {
  const bytes = Buffer.from('the last bytes before a position');
  const copy = keptCopy(bytes);
  expect(copy).toEqual(bytes);
  expect(copy.buffer.byteLength).toBe(bytes.length);
});

test('kept() copies what would hold more memory than it is, and only that', () => {
  const part = Buffer.allocUnsafeSlow(MIB).fill('x').subarray(10, 20);
  expect(kept(part)).toEqual(part);
  expect(kept(part).buffer.byteLength).toBe(part.length);
  const whole = Buffer.allocUnsafeSlow(100);
  expect(kept(whole)).toBe(whole);
});
