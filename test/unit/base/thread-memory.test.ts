/** What a burst leaves behind is given back once a thread is idle, sooner where it may be stopped; small copies hold no more than themselves. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { keptCopy, ThreadMemory } from '../../../src/base/thread-memory.ts';

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
    await burst();
    workFor(300);
    await pause(1);
    const busyMib = usedMib();
    expect(memory.look()).toBe(false);
    expect(usedMib()).toBeLessThan(busyMib - 30);
  });
});

test('keptCopy() has memory of its own', () => {
  const bytes = Buffer.from('the last bytes before a position');
  const copy = keptCopy(bytes);
  expect(copy).toEqual(bytes);
  expect(copy.buffer.byteLength).toBe(bytes.length);
});
