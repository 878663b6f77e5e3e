/**
 * The evaluator against the naive model, kind by kind, on small numbers, where ties and edges are common: disorder
 * inside and beyond the lateness, slow and fast read-complete times, batches of many rows, restarts from saved state.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rule } from '../../../src/alert/rule.ts';
import { AGGREGATES } from '../../../src/config/alert-settings.ts';
import { RULE_KINDS } from '../../../src/model/incident.ts';
import {
  type Case,
  checkCase,
  type Op,
  SECOND,
  saidWithAndWithoutWriting,
  WHEN,
} from './rule-case.ts';

/** Of all kinds together, each as many. All of them: `npm run test:alerts`; a tenth in CI. */
const CASES = Number(process.env.ALERT_CASES ?? (process.env.CI === 'true' ? 10_000 : 2_000));
/** A tenth of the cases at least must not be worlds in which hardly anything concerns the rule. */
const DENSE_SHARE_MIN = 0.1;
const DENSE_MATCHES_MIN = 0.01;

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

type World = Readonly<{
  /** Share of a kind's cases: two tests of one kind have half each. */
  share?: number;
  unitUs?: number;
  timesUnitUs?: number;
  startUs?: number;
  opsMax?: number;
  /** Default: anything. */
  each?: fc.Arbitrary<Op>;
}>;

function check<Bounds extends object>(
  name: string,
  bounds: fc.Arbitrary<Bounds>,
  { share = 1, unitUs = 1, timesUnitUs = 1, startUs, opsMax = 70, each: eachOp = op }: World = {},
): void {
  test(`${name}: the evaluator agrees with the naive model at every line`, () => {
    let caseCount = 0;
    let denseCount = 0;
    const ops = fc.array(eachOp, { minLength: 1, maxLength: opsMax });
    const anyCase = fc.record({ common, bounds, ops }).map((each): Case => {
      const times = {
        resolveAfterUs: each.common.resolveAfterUs * timesUnitUs,
        latenessUs: each.common.latenessUs * timesUnitUs,
      };
      const rule = { ...each.common, ...times, ...each.bounds } as unknown as Rule;
      return { rule, unitUs, ops: each.ops, ...(startUs === undefined ? {} : { startUs }) };
    });
    fc.assert(
      fc.property(anyCase, (each) => {
        caseCount += 1;
        if (matchShare(each.ops) >= DENSE_MATCHES_MIN) denseCount += 1;
        const { said, expected } = checkCase(each);
        expect(said).toEqual(expected);
      }),
      { numRuns: Math.ceil((CASES / RULE_KINDS.length) * share) },
    );
    expect(denseCount / caseCount).toBeGreaterThanOrEqual(DENSE_SHARE_MIN);
  }, 3_600_000);
}

/** How many of the entries meet the rule's condition. */
function matchShare(ops: readonly Op[]): number {
  const entries = ops.filter(({ isTick }) => !isTick);
  const matches = entries.filter(({ roles }) => (roles & 1) !== 0);
  return entries.length === 0 ? 0 : matches.length / entries.length;
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
  { share: 0.5 },
);
/** Lines close to each other, of one group, all of which match. */
const denseOp: fc.Arbitrary<Op> = fc
  .record({ each: op, advance: fc.nat(3), value: fc.nat(4) })
  .map(({ each, ...dense }) => ({ ...each, ...dense, group: 0, roles: 1, isTick: false }));
check(
  'cardinality, of few values',
  fc.record({
    kind: kind('cardinality'),
    field: kind('v'),
    comparison: kind('atLeast'),
    distinct: fc.constantFrom(3, 4, 5),
    windowUs: fc.integer({ min: 4, max: 25 }),
  }),
  { share: 0.5, each: denseOp },
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
  { share: 0.5 },
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
  { share: 0.5 },
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
  { share: 0.5, unitUs: SCHEDULE_UNIT_US, timesUnitUs: SCHEDULE_UNIT_US },
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
  { unitUs: 10 },
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
  { unitUs: 10 },
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
  // Of two kinds.
  { unitUs: 20 },
);
/** Twenty to the day: a case lasts a week or two. */
const SEASON_UNIT_US = 86_400_000_000 / 20;
check(
  'spike and drop, with a season',
  fc.record({
    kind: fc.constantFrom('spike', 'drop'),
    ratio: fc.constantFrom(1, 1.5, 3),
    minimum: fc.constantFrom(0.5, 1, 2),
    windowUs: fc.constantFrom(6, 12, 24).map((hours) => hours * 3_600_000_000),
    baselineWindows: fc.constant(12),
    season: kind('1d'),
  }),
  {
    unitUs: SEASON_UNIT_US,
    timesUnitUs: SEASON_UNIT_US,
    // Long after the epoch: minutes are counted from there.
    startUs: 400 * 86_400_000_000,
    opsMax: 60,
  },
);
check(
  'new',
  fc.record({ kind: kind('new'), field: kind('v'), learnUs: fc.constantFrom(0, 10, 60) }),
);

/** Late lines meet what is remembered, and what is written remembers as little as it may. */
test('what late lines do does not depend on when state is written', () => {
  const bounds = fc.oneof(
    {
      weight: 1,
      arbitrary: fc.record({
        kind: kind('threshold'),
        threshold: fc.integer({ min: 2, max: 5 }),
        windowUs: small,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: kind('cardinality'),
        field: kind('v'),
        comparison: kind('atLeast'),
        distinct: fc.integer({ min: 2, max: 4 }),
        windowUs: small,
      }),
    },
  );
  const step = fc.record({ op, back: fc.nat(60), reading: fc.constantFrom('stays', 'tight') });
  const ops = fc
    .array(step, { minLength: 1, maxLength: 40 })
    .map((steps) =>
      steps.map(({ op: each, back, reading }) => ({ ...each, back, reading, group: 0, roles: 1 })),
    );
  let saidCount = 0;
  fc.assert(
    fc.property(common, bounds, ops, (times, kindOf, steps) => {
      const rule = { ...times, ...kindOf, late: 'evaluate' } as unknown as Rule;
      const said = saidWithAndWithoutWriting({ rule, unitUs: 1, ops: steps });
      expect(said.without).toEqual(said.with);
      saidCount += said.with.length;
    }),
    { numRuns: Math.ceil(CASES / RULE_KINDS.length) },
  );
  expect(saidCount).toBeGreaterThan(0);
}, 3_600_000);
