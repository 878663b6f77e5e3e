import { expect, test } from 'vitest';
import type { Incident } from '../../../src/model/incident.ts';
import { differenceOf } from '../../../src/rehearsal/difference.ts';

function incident(openedAtMs: number, resolvedAtMs: number | null, change = {}): Incident {
  return {
    id: `${openedAtMs}`,
    rule: 'errors',
    severity: 'high',
    group: {},
    openedAtMs,
    resolvedAtMs,
    count: 1,
    firstAtMs: openedAtMs,
    lastAtMs: openedAtMs,
    notified: 1,
    backfill: false,
    condition: null,
    heldBy: null,
    heldUntilMs: null,
    acknowledgedAtMs: null,
    ...change,
  };
}

function check(before: readonly Incident[], after: readonly Incident[], want: string[]): void {
  const rows = differenceOf(before, after, 10).map((row) => {
    return `${row.kind} ${row.before.map(({ id }) => id)}>${row.after.map(({ id }) => id)}`;
  });
  expect(rows).toEqual(want);
}

test('differenceOf() pairs incidents that touch, and puts what is gone first', () => {
  const north = { group: { shop: 'north' } };
  check([incident(0, 5)], [incident(0, 5)], ['same 0>0']);
  check([incident(0, 5)], [incident(3, 5)], ['moved 0>3']);
  check([incident(0, 5)], [incident(15, 20)], ['moved 0>15']);
  check([incident(0, 5)], [incident(16, 20)], ['gone 0>', 'added >16']);
  check([incident(0, 5), incident(100, null)], [incident(100, null)], ['gone 0>', 'same 100>100']);
  check([incident(0, 100)], [incident(0, 5), incident(50, 60)], ['split 0>0,50']);
  check([incident(0, 5), incident(50, 60)], [incident(0, 100)], ['joined 0,50>0']);
  check([incident(0, 5, north)], [incident(0, 5)], ['same 0>0']);
  check(
    [incident(0, 5, north)],
    [incident(0, 5, { group: { shop: 'south' } })],
    ['gone 0>', 'added >0'],
  );
});
