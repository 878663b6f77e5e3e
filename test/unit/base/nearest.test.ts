/** The name that was probably meant. */
import { expect, test } from 'vitest';
import { nearestName } from '../../../src/base/nearest.ts';

const NAMES = ['threshold', 'window', 'cooldown', 'to', 'from', 'Europe/Berlin'];

test.each([
  ['treshold', 'threshold'],
  ['THRESHOLD', 'threshold'],
  ['windwo', 'window'],
  ['europe/berln', 'Europe/Berlin'],
  ['form', 'from'],
  ['xyz', null],
  ['colour', null],
  ['', null],
  ['threshold'.repeat(20), null],
])('nearestName() of %j is %j', (given, name) => {
  expect(nearestName(given, NAMES)).toBe(name);
});

test('nearestName() is null where there is nothing to choose from', () => {
  expect(nearestName('a', [])).toBeNull();
});
