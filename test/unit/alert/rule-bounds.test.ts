import { expect, test } from 'vitest';
import type { Rule } from '../../../src/alert/rule.ts';
import { waterLevel } from '../../../src/alert/rule-groups.ts';
import { AlertLife, lifeRule, said, usOf } from '../../support/alert-life.ts';

function row(second: number, user: string) {
  return { etUs: usOf(second), level: 'ERROR' as const, fields: { user } };
}

test('a rule with too many groups forgets the one that was quiet longest', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, groupBy: ['user'] })], { groupsMax: 2 });
  life.rows([row(1, 'ann'), row(1, 'bob'), row(2, 'ann'.repeat(1)), row(2, 'cyd')]);
  expect(life.evaluator.describe()[0]).toMatchObject({
    groupCount: 2,
    counters: { evictedGroupCount: 1 },
  });
  // Bob was forgotten: his second line is a first one.
  expect(said(life.rows([row(3, 'bob')]))).toEqual([]);
});

test('a rule with nothing but open incidents counts further groups as one, and forgets nothing', () => {
  const life = new AlertLife([lifeRule({ threshold: 1, groupBy: ['user'], resolveAfter: 100 })], {
    groupsMax: 2,
  });
  const events = life.rows([row(1, 'ann'), row(1, 'bob'), row(1, 'cyd'), row(1, 'dan')]);
  expect(events.map(({ incident }) => incident.group.user)).toEqual(['ann', 'bob', '(other)']);
  expect(life.evaluator.describe()[0]!.counters).toMatchObject({ otherCount: 2 });
});

test('groups without lines and incidents are gone by themselves', () => {
  const life = new AlertLife([lifeRule({ groupBy: ['user'], lateness: 60 })]);
  life.rows([row(1, 'ann'), row(2, 'bob')]);
  life.read(71);
  expect(life.evaluator.describe()[0]!.groupCount).toBe(2);
  life.read(73);
  expect(life.evaluator.describe()[0]).toMatchObject({ groupCount: 0, heldLineCount: 0 });
});

test('a flood holds few lines however long it lasts', () => {
  const life = new AlertLife([lifeRule({ threshold: 5, window: 10 })]);
  for (let second = 0; second < 2_000; second += 1) {
    life.lines(...Array.from({ length: 20 }, (_, index) => second + index / 20));
  }
  expect(life.evaluator.describe()[0]!.heldLineCount).toBeLessThanOrEqual(32);
  expect(life.evaluator.unsaved().incidents).toMatchObject([{ count: 40_000 }]);
  expect(said(life.events)).toEqual(['opened 0.2 x5']);
});

test('a rule that holds too many lines lets go of the oldest, where most are held', () => {
  const life = new AlertLife([lifeRule({ threshold: 1_000, window: 600, groupBy: ['user'] })], {
    heldLinesMax: 100,
  });
  life.rows(Array.from({ length: 30 }, (_, index) => row(index, 'few')));
  life.rows(Array.from({ length: 200 }, (_, index) => row(index, 'many')));
  const [status] = life.evaluator.describe();
  expect(status!.heldLineCount).toBeLessThanOrEqual(100);
  expect(status!.counters.cutLineCount).toBe(230 - status!.heldLineCount);
});

test('waterLevel() shares what there is, and takes only from those above it', () => {
  expect(waterLevel([1, 2, 100], 50)).toBe(47);
  expect(waterLevel([10, 10, 10], 15)).toBe(5);
  expect(waterLevel([1, 1], 10)).toBe(1);
  expect(waterLevel([], 10)).toBe(0);
});

test('a group that came once costs little where usual is what came in the last four weeks', () => {
  const season = { kind: 'spike', ratio: 3, minimum: 20, baselineWindows: 12, season: '7d' };
  const common = lifeRule({ window: 300, lateness: 10, groupBy: ['user'] });
  const life = new AlertLife([{ ...common, ...season } as unknown as Rule]);
  life.read(0);
  life.rows(Array.from({ length: 1_000 }, (_, index) => row(index % 60, `user ${index}`)));
  life.read(3_600);
  const [status] = life.evaluator.describe();
  expect(status!.groupCount).toBe(1_000);
  expect(status!.bytes / 1_000).toBeLessThan(10_000);
});

test('a flood of the largest threshold, which holds twice as many, does not meet the bound with every other line', () => {
  const largest = lifeRule({ threshold: 100_000, window: 86_400, lateness: 3_600 });
  const life = new AlertLife([largest]);
  let second = 0;
  const held = [200_000, 500, 500].map((count) => {
    const rows = Array.from({ length: count }, (_, index) => row(second + index / 1_000, 'ann'));
    second += count / 1_000;
    life.rows(rows);
    return life.evaluator.describe()[0]!.heldLineCount;
  });
  expect(held).toEqual([200_000, 200_500, 201_000]);
});
