/** The ladder of disk pressure, with a disk whose free space is turned by hand. */
import { expect, test } from 'vitest';
import { Pressure } from '../../../src/ingest/pressure.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MIN = 100;

function scene(): { at: (free: number) => Promise<string>; pressure: Pressure; changes: string[] } {
  const clock = new FakeClock();
  let free = 1_000;
  const changes: string[] = [];
  const pressure = new Pressure(clock, () => free, MIN);
  const at = async (now: number): Promise<string> => {
    free = now;
    await clock.advance(1_000);
    const change = pressure.look();
    if (change !== null) changes.push(`${change.from} to ${change.to}`);
    return pressure.step;
  };
  return { at, pressure, changes };
}

test('Pressure goes up one step after the other as the disk fills, and down again', async () => {
  const { at, changes } = scene();
  expect([await at(400), await at(399), await at(299), await at(199), await at(99)]).toEqual([
    'calm',
    'warn',
    'compact',
    'shorten',
    'rest',
  ]);
  expect([await at(150), await at(250), await at(350), await at(450)]).toEqual([
    'shorten',
    'compact',
    'warn',
    'calm',
  ]);
  expect(changes).toHaveLength(8);
});

test('Pressure jumps where the disk does, and says each change once', async () => {
  const { at, changes } = scene();
  expect([await at(0), await at(0), await at(10_000), await at(10_000)]).toEqual([
    'rest',
    'rest',
    'calm',
    'calm',
  ]);
  expect(changes).toEqual(['calm to rest', 'rest to calm']);
});

test('Pressure does not flutter at the edge of a step', async () => {
  const { at, changes } = scene();
  for (let round = 0; round < 10; round += 1) {
    await at(399);
    await at(405);
  }
  expect(changes).toEqual(['calm to warn']);
  expect(await at(441)).toBe('calm');
});

test('Pressure looks again at once when what must stay free is another', async () => {
  const { at, pressure } = scene();
  expect(await at(1_000)).toBe('calm');
  pressure.reconfigure(2_000);
  pressure.look();
  expect(pressure.step).toBe('rest');
  expect(pressure.isAtLeast('warn')).toBe(true);
});

test('Pressure says nothing where nobody knows how much is free', async () => {
  const { at, changes } = scene();
  expect(await at(Number.POSITIVE_INFINITY)).toBe('calm');
  expect([await at(99), await at(Number.POSITIVE_INFINITY)]).toEqual(['rest', 'calm']);
  expect(changes).toEqual(['calm to rest', 'rest to calm']);
});
