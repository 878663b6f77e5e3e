/** What a burst leaves behind is given back once a thread is idle, and not while it is busy. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { IdleMemory } from '../../../src/base/idle-memory.ts';

const MIB = 1024 * 1024;

function heapMib(): number {
  return process.memoryUsage().heapTotal / MIB;
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

test('IdleMemory gives back what a burst held once the thread is idle, and not before', async () => {
  const memory = new IdleMemory();
  await burst();
  workFor(300);
  await pause(1);
  const busyMib = heapMib();
  expect(memory.look()).toBe(false);
  expect(heapMib()).toBeGreaterThan(busyMib - 30);
  await pause(500);
  expect(memory.look()).toBe(true);
  expect(heapMib()).toBeLessThan(busyMib - 30);
});
