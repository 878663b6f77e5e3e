import { describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/alert/rule.ts';
import { worseRule } from '../../../src/alert/worsening.ts';
import { AlertLife, lifeRule, SECOND_US, said, usOf } from '../../support/alert-life.ts';

type Bound = Readonly<{ comparison: '>' | '<'; limit: number }>;

function metric({ comparison, limit }: Bound): Rule & { kind: 'metric' } {
  return {
    ...lifeRule({ lateness: 0, resolveAfter: 100 }),
    kind: 'metric',
    field: 'ms',
    aggregate: 'avg',
    comparison,
    limit,
    minimum: 1,
    windowUs: 50 * SECOND_US,
  };
}

describe('worseRule() of a metric', () => {
  test.each([
    ['>', 100, 400],
    ['>', -10, -2.5],
    ['<', 100, 25],
    ['<', -10, -40],
  ] as const)('%s %d is worse at %d', (comparison, limit, worse) => {
    expect(worseRule(metric({ comparison, limit }))).toMatchObject({ comparison, limit: worse });
  });

  test('has no limit that is worse than 0, whatever it is multiplied with', () => {
    expect(worseRule(metric({ comparison: '>', limit: 0 }))).toBeNull();
    expect(worseRule(metric({ comparison: '<', limit: 0 }))).toBeNull();
  });
});

test.each([
  [{ comparison: '>', limit: -10 }, -5, -1],
  [{ comparison: '<', limit: -10 }, -15, -90],
  [{ comparison: '>', limit: 0 }, 5, null],
] as const)(
  'trouble %o that stays as it is leaves an acknowledgement alone',
  (bound, bad, worse) => {
    const life = new AlertLife([metric(bound)]);
    const second = (number: number, value: number): string[] => {
      life.rows([{ etUs: usOf(number), level: 'ERROR', fields: { ms: value } }]);
      return said(life.read(number + 0.5)).map((text) => text.split(' ')[0]!);
    };
    expect([...second(1, bad), ...second(3, bad)]).toEqual(['opened']);
    const incident = life.events[0]!.incident.id;
    life.control({ kind: 'acknowledge', incident, who: 'ann', why: '' });
    for (let number = 5; number < 60; number += 2) expect(second(number, bad)).toEqual([]);
    if (worse === null) return;
    const after = [60, 62, 64, 80, 100, 120].flatMap((number) => second(number, worse));
    expect(after).toEqual(['worsened']);
  },
);
