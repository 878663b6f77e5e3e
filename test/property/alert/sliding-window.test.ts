/**
 * The evaluator against the naive model, on small numbers, where ties and edges are common: disorder inside and
 * beyond the lateness, slow and fast read-complete times, batches of many rows, restarts from saved state.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Case, checkCase } from './sliding-window-case.ts';

/** More with `ALERT_CASES=100000`. */
const CASES = Number(process.env.ALERT_CASES ?? 3_000);

const op = fc.record({
  advance: fc.oneof({ weight: 5, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(40) }),
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(25) }),
  group: fc.nat(1),
  matches: fc.boolean(),
  isTick: fc.nat(9).map((dice) => dice === 0),
  reading: fc.constantFrom('stays', 'slow', 'behind', 'tight'),
  joinsBatch: fc.boolean(),
  restarts: fc.nat(11).map((dice) => dice === 0),
} as const);

const anyCase: fc.Arbitrary<Case> = fc.record({
  threshold: fc.integer({ min: 1, max: 5 }),
  windowUs: fc.integer({ min: 1, max: 15 }),
  resolveAfterUs: fc.constantFrom(0, 1, 3, 9, 20),
  latenessUs: fc.constantFrom(0, 3, 10, 40),
  ops: fc.array(op, { minLength: 1, maxLength: 90 }),
});

test('Evaluator agrees with the naive model at every line, whatever the order, batches and restarts', () => {
  fc.assert(
    fc.property(anyCase, (each) => {
      const { said, expected } = checkCase(each);
      expect(said).toEqual(expected);
    }),
    { numRuns: CASES },
  );
}, 3_600_000);
