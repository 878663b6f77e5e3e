/** Which entries are shown with an alert: those it is about, however many came before and after them. Seconds. */
import { expect, test } from 'vitest';
import type { AlertEvent } from '../../../src/alert/alert-event.ts';
import type { Rule } from '../../../src/alert/rule.ts';
import type { EntryRecord } from '../../../src/model/entry.ts';
import type { Level } from '../../../src/model/level.ts';
import { AlertLife, lifeRule, SECOND_US, usOf } from '../../support/alert-life.ts';

const LATENESS = 10;
/** Many more than are kept. */
const MANY = Array.from({ length: 60 }, (_, index) => index + 1);

/** `readAt`: later than it was written. */
type Line = Readonly<{ at: number; readAt?: number; level?: Level; value?: string }>;

/** A rule over ERROR and WARN lines; DEBUG and WARN are the second condition. */
function rule(bounds: object): Rule {
  const second = { kind: 'level', comparison: '=', level: 'DEBUG' };
  return {
    ...lifeRule(),
    threshold: undefined,
    latenessUs: LATENESS * SECOND_US,
    schedule: null,
    forgetAfterUs: 1e15,
    season: 'none',
    next: { kind: 'query', text: 'level:debug', filter: second },
    ...bounds,
  } as unknown as Rule;
}

/** Each line is read when it is written, unless it says another time; at the end everything up to `until` has been. */
function shownOf(each: Rule, lines: readonly Line[], until = 1_000): string[] {
  const life = new AlertLife([each]);
  life.read(0);
  for (const { at, readAt = at, level = 'ERROR', value } of lines) {
    life.read(readAt);
    const fields = value === undefined ? {} : { v: value };
    life.rows([{ etUs: usOf(at), level, fields, message: `at ${at}` }]);
  }
  life.read(until);
  return life.events.filter(({ name }) => name === 'opened').map(shown);
}

function shown({ notification }: AlertEvent): string {
  const { samples } = notification!.event as { samples?: readonly EntryRecord[] };
  return samples!.map(({ message }) => message).join(', ');
}

test('a change is shown with the line that has another value, not with one of long before it', () => {
  const lines = MANY.map((at) => ({ at, value: at < 30 ? 'v1' : 'v2' }));
  expect(shownOf(rule({ kind: 'change', field: 'v' }), lines)).toEqual(['at 30']);
});

test('a new value is shown with its line', () => {
  const lines = MANY.map((at) => ({ at, value: at === 30 ? 'b' : 'a' }));
  const found = shownOf(rule({ kind: 'new', field: 'v', learnUs: 0 }), lines);
  expect(found).toEqual(['at 1', 'at 30']);
});

test('what was not followed is shown, not what was', () => {
  const lines = MANY.flatMap((at): Line[] => {
    const asked = { at };
    return at >= 30 && at < 36 ? [asked] : [asked, { at: at + 0.1, level: 'DEBUG' }];
  });
  const found = shownOf(rule({ kind: 'sequence', withinUs: 5 * SECOND_US, holdUs: 1e12 }), lines);
  expect(found).toEqual([expect.stringMatching(/^at 30/)]);
});

test('what was not followed is shown, also where the answer to what came before it is late', () => {
  const lines = MANY.flatMap((at): Line[] => {
    const asked = { at };
    if (at === 30) return [asked, { at: 29.9, readAt: 30.1, level: 'DEBUG' }];
    return at > 30 && at < 36 ? [asked] : [asked, { at: at + 0.1, level: 'DEBUG' }];
  });
  const found = shownOf(rule({ kind: 'sequence', withinUs: 5 * SECOND_US, holdUs: 1e12 }), lines);
  expect(found).toEqual([expect.stringMatching(/^at 30/)]);
});

test('silence is shown with the last line before it', () => {
  const lines = MANY.map((at) => ({ at }));
  const absence = { kind: 'absence', silenceUs: 20 * SECOND_US, expect: [] };
  expect(shownOf(rule(absence), lines)).toEqual(['at 60']);
});

test('a spike is shown with its own lines, not with what was usual before', () => {
  const usual = MANY.map((at) => ({ at }));
  const lines = [...usual, ...MANY.map((at) => ({ at: 60 + at / 10 }))];
  const spike = { kind: 'spike', windowUs: 5 * SECOND_US, minimum: 20, ratio: 3 };
  const [found] = shownOf(rule({ ...spike, baselineWindows: 10 }), lines);
  expect(found!.split(', ').every((text) => Number(text.slice(3)) > 58)).toBe(true);
  expect(found).not.toBe('');
});
