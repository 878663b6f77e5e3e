/**
 * The evaluator against the naive model, kind by kind, on small numbers, where ties and edges are common: disorder
 * inside and beyond the lateness, slow and fast read-complete times, batches of many rows, restarts from saved state.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rule } from '../../../src/alert/rule.ts';
import { AGGREGATES } from '../../../src/config/alert-settings.ts';
import { type Case, checkCase, type Op, SECOND, WHEN } from './rule-case.ts';

/** More with `ALERT_CASES=100000`. */
const CASES = Number(process.env.ALERT_CASES ?? 2_000);

const oneIn = (count: number): fc.Arbitrary<boolean> => fc.nat(count - 1).map((dice) => dice === 0);

const op: fc.Arbitrary<Op> = fc.record({
  advance: fc.oneof({ weight: 5, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(40) }),
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(25) }),
  group: fc.nat(1),
  roles: fc.nat(3),
  value: fc.oneof(fc.nat(3), fc.constantFrom(-2, 0.5, 7, 1_000)),
  file: fc.nat(2),
  isTick: oneIn(8),
  reading: fc.constantFrom('stays', 'slow', 'behind', 'tight'),
  joinsBatch: fc.boolean(),
  restarts: oneIn(12),
} as const);

const ops = fc.array(op, { minLength: 1, maxLength: 90 });

/** What all kinds have. */
const common = fc
  .record({
    resolveAfterUs: fc.constantFrom(0, 1, 3, 9, 20),
    latenessUs: fc.constantFrom(0, 3, 10, 40),
  })
  .map((times) => ({
    name: 'errors',
    description: '',
    severity: 'high' as const,
    notify: ['file' as const],
    when: WHEN,
    groupBy: ['g'],
    groupsMax: 10_000,
    cooldownUs: 0,
    remindEveryUs: null,
    worse: 4,
    inhibitedBy: [],
    inhibitEqual: [],
    late: 'drop' as const,
    backfill: true,
    backfillAfterUs: 1e15,
    ...times,
  }));

const small = fc.integer({ min: 1, max: 15 });
const few = fc.integer({ min: 1, max: 5 });
/** Windows of fifty whole slots. */
const slotted = fc.integer({ min: 1, max: 3 }).map((width) => width * 50);

function check<Bounds extends object>(
  name: string,
  bounds: fc.Arbitrary<Bounds>,
  unitUs = 1,
  timesUnitUs = 1,
): void {
  test(`${name}: the evaluator agrees with the naive model at every line`, () => {
    const anyCase = fc.record({ common, bounds, ops }).map((each): Case => {
      const times = {
        resolveAfterUs: each.common.resolveAfterUs * timesUnitUs,
        latenessUs: each.common.latenessUs * timesUnitUs,
      };
      const rule = { ...each.common, ...times, ...each.bounds } as unknown as Rule;
      return { rule, unitUs, ops: each.ops };
    });
    fc.assert(
      fc.property(anyCase, (each) => {
        const { said, expected } = checkCase(each);
        expect(said).toEqual(expected);
      }),
      { numRuns: Math.ceil(CASES / 10) },
    );
  }, 3_600_000);
}

const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);

check('any', fc.record({ kind: kind('any') }));
check(
  'threshold',
  fc.record({
    kind: kind('threshold'),
    threshold: fc.integer({ min: 2, max: 5 }),
    windowUs: small,
  }),
);
check(
  'cardinality, at least',
  fc.record({
    kind: kind('cardinality'),
    field: kind('v'),
    comparison: kind('atLeast'),
    distinct: few,
    windowUs: small,
  }),
);
check(
  'cardinality, below',
  fc.record({
    kind: kind('cardinality'),
    field: kind('v'),
    comparison: kind('below'),
    distinct: few,
    windowUs: small,
  }),
);
check(
  'absence',
  fc.record({
    kind: kind('absence'),
    silenceUs: small,
    expect: fc.constantFrom([], ['g0'], ['g1', 'g7']),
    schedule: fc.constant(null),
    forgetAfterUs: fc.constantFrom(1e12, 30),
  }),
);
/** A day of fifteen units. */
const SCHEDULE_UNIT_US = 96 * 60_000_000;
check(
  'absence, at a part of the day',
  fc.record({
    kind: kind('absence'),
    silenceUs: fc.constantFrom(1, 2, 3).map((units) => units * SCHEDULE_UNIT_US),
    expect: fc.constantFrom([], ['g0'], ['g1', 'g7']),
    schedule: fc.tuple(fc.nat(9), fc.integer({ min: 3, max: 5 })).map(([from, units]) => ({
      fromMinute: from * 96,
      untilMinute: (from + units) * 96,
      timezone: 'UTC',
    })),
    forgetAfterUs: fc.constantFrom(1e15, 30 * SCHEDULE_UNIT_US),
  }),
  SCHEDULE_UNIT_US,
  SCHEDULE_UNIT_US,
);
check(
  'sequence',
  fc.record({ kind: kind('sequence'), next: fc.constant(SECOND), withinUs: small, holdUs: small }),
);
check('change', fc.record({ kind: kind('change'), field: kind('v') }));
check(
  'rate',
  fc.record({
    kind: kind('rate'),
    percent: fc.constantFrom(1, 30, 50, 90, 100),
    minimum: few,
    windowUs: slotted,
    of: fc.constant({ kind: 'query', text: '*', filter: { kind: 'everything' } }),
  }),
  10,
);
check(
  'metric',
  fc.record({
    kind: kind('metric'),
    field: kind('v'),
    aggregate: fc.constantFrom(...AGGREGATES),
    comparison: fc.constantFrom('>', '<'),
    limit: fc.constantFrom(-1, 1, 3, 6.5),
    minimum: few,
    windowUs: slotted,
  }),
  10,
);
check(
  'spike and drop',
  fc.record({
    kind: fc.constantFrom('spike', 'drop'),
    ratio: fc.constantFrom(1, 1.5, 3),
    minimum: fc.constantFrom(0.5, 1, 2),
    windowUs: fc.constant(50),
    baselineWindows: fc.constant(12),
    season: kind('none'),
  }),
  20,
);
