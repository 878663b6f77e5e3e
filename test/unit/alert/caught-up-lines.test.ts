/**
 * Hours of lines that are caught up with, behind a reading that stands still: kinds that settle hold what is not decided, and
 * beyond the bound of a rule they let go of lines. What they say of all lines they say then, too. Seconds.
 */
import { expect, test } from 'vitest';
import type { Rule } from '../../../src/alert/rule.ts';
import { AlertLife, lifeRule, SECOND_US, said, usOf } from '../../support/alert-life.ts';

type Line = Readonly<{ level?: 'ERROR' | 'DEBUG'; value?: string }>;

const COUNT = 400;
const HELD_MAX = 80;
const [TROUBLE_FROM, TROUBLE_UNTIL] = [100, 130];

function isTrouble(second: number): boolean {
  return second >= TROUBLE_FROM && second < TROUBLE_UNTIL;
}

/** What is said of one line a second, where `lineAt` has one, once all of it has been read. */
function outcome(bounds: object, lineAt: (second: number) => Line | null): string[] {
  const rule = {
    ...lifeRule({ threshold: 1 }),
    latenessUs: 10 * SECOND_US,
    schedule: null,
    forgetAfterUs: 1e15,
    ...bounds,
  } as unknown as Rule;
  const life = new AlertLife([rule], { heldLinesMax: HELD_MAX });
  life.read(0);
  for (let second = 0; second < COUNT; second += 1) {
    const line = lineAt(second);
    if (line === null) continue;
    const { level = 'ERROR', value = 'a' } = line;
    life.rows([{ etUs: usOf(second), level, fields: { v: value }, offset: second }]);
    expect(life.evaluator.describe()[0]!.heldLineCount).toBeLessThanOrEqual(HELD_MAX);
  }
  life.read(COUNT + 5);
  return said(life.events);
}

test('absence misses nothing but what was missing', () => {
  const absence = { kind: 'absence', silenceUs: 10 * SECOND_US, expect: [] };
  expect(outcome(absence, (second) => (isTrouble(second) ? null : {}))).toEqual([
    'opened 109-130 x0',
    'resolved 109-130 x0 (told)',
  ]);
});

test('cardinality, below, has too few values where there were', () => {
  const fewer = { kind: 'cardinality', field: 'v', comparison: 'below', distinct: 2 };
  const bounds = { ...fewer, windowUs: 10 * SECOND_US };
  const values = (second: number): Line => ({
    value: second % 2 === 0 || isTrouble(second) ? 'a' : 'b',
  });
  expect(outcome(bounds, values)).toEqual(['opened 109-131 x0', 'resolved 109-131 x0 (told)']);
});

test('change sees the change', () => {
  const change = { kind: 'change', field: 'v' };
  const values = (second: number): Line => ({ value: second < TROUBLE_FROM ? 'a' : 'b' });
  expect(outcome(change, values)).toEqual(['opened 100-100 x1', 'resolved 100-100 x1 (told)']);
});

test('sequence misses the answer that did not come', () => {
  const debug = { kind: 'level', comparison: '=', level: 'DEBUG' };
  const next = { kind: 'query', text: 'level:debug', filter: debug };
  const bounds = { kind: 'sequence', next, withinUs: 10 * SECOND_US, holdUs: 1e12 };
  const lines = (second: number): Line | null => {
    if (isTrouble(second)) return second === TROUBLE_FROM ? {} : null;
    return { level: second % 2 === 0 ? 'ERROR' : 'DEBUG' };
  };
  expect(outcome(bounds, lines)).toEqual(['opened 110-131 x1', 'resolved 110-131 x1 (told)']);
});
