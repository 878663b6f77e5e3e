import { expect, test } from 'vitest';
import { customRule, windowKeyOf } from '../../../src/alert/rule.ts';
import { ruleOf, rulesOf } from '../../../src/alert/rule-from-settings.ts';
import type { AlertSettings } from '../../../src/config/alert-settings.ts';
import { AlertLife, lifeRule, said, usOf } from '../../support/alert-life.ts';
import { alertSettings } from '../../support/alert-settings.ts';

function settings(change: Partial<AlertSettings> = {}): AlertSettings {
  return {
    ...alertSettings({ description: 'Too many errors', threshold: 5, window: '1m' }),
    cooldownMs: 900_000,
    severity: 'high',
    notify: ['file', 'email'],
    ...change,
  };
}

test('ruleOf() makes a rule of settings, with all times in µs', () => {
  expect(ruleOf(settings())).toMatchObject({
    kind: 'threshold',
    threshold: 5,
    windowUs: 60_000_000,
    cooldownUs: 900_000_000,
    latenessUs: 3_600_000_000,
    when: { text: 'level>=error', filter: { kind: 'level', comparison: '>=', level: 'ERROR' } },
  });
  expect(ruleOf(alertSettings()).kind).toBe('any');
  expect(ruleOf(settings({ backfillAfterMs: 60_000 })).latenessUs).toBe(60_000_000);
});

test('ruleOf() refuses what is no query, and a condition that is bound to a time', () => {
  expect(() => ruleOf(settings({ when: '(level>=error' }))).toThrow(/column/);
  expect(() => ruleOf(settings({ when: 'timeout since:1h' }))).toThrow(/without times/);
  expect(() => ruleOf(settings({ when: 'a OR NOT (b until:now)' }))).toThrow(/without times/);
});

test('rulesOf() leaves out what is switched off', () => {
  expect(rulesOf([settings(), settings({ name: 'off', enabled: false })])).toHaveLength(1);
});

test('windowKeyOf() is that of what the rule finds, not of whom it tells', () => {
  const key = windowKeyOf(ruleOf(settings()));
  for (const same of [
    { name: 'other' },
    { severity: 'low' as const },
    { cooldownMs: 1 },
    { notify: [] },
  ]) {
    expect(windowKeyOf(ruleOf(settings(same))), JSON.stringify(same)).toBe(key);
  }
  for (const other of [
    { when: 'level>=warn' },
    { threshold: 6 },
    { windowMs: 1 },
    { groupBy: ['a'] },
  ]) {
    expect(windowKeyOf(ruleOf(settings(other))), JSON.stringify(other)).not.toBe(key);
  }
});

test('customRule() matches with a function of the program', () => {
  const life = new AlertLife([
    customRule({
      name: 'slow',
      test: (entry) => Number(entry.metadata.ms) > 100,
      threshold: 2,
      windowMs: 10_000,
      notify: ['file'],
    }),
  ]);
  const row = (second: number, ms: number) => ({ etUs: usOf(second), fields: { ms } });
  expect(said(life.rows([row(1, 150), row(2, 50), row(3, 200)]))).toEqual(['opened 3 x2']);
});

test('a rule whose function throws goes on with the next entry, and counts it', () => {
  const life = new AlertLife([
    customRule({
      name: 'fragile',
      test: (entry) => {
        if (entry.message === 'bad') throw new Error('no');
        return true;
      },
    }),
  ]);
  expect(said(life.rows([{ etUs: usOf(1), message: 'bad' }, { etUs: usOf(2) }]))).toEqual([
    'opened 2 x1',
  ]);
  expect(life.evaluator.describe()[0]!.failedCount).toBe(1);
});

test('a reload keeps windows and incidents of rules that find the same, whatever their names', () => {
  const life = new AlertLife([lifeRule({ name: 'old', resolveAfter: 5 })]);
  life.lines(1, 2);
  expect(said(life.reconfigure([lifeRule({ name: 'new', resolveAfter: 5 })]))).toEqual([]);
  const [opened] = life.lines(3);
  expect(opened!.incident).toMatchObject({ rule: 'new', count: 3 });
  life.reconfigure([lifeRule({ name: 'newer', resolveAfter: 5 })]);
  expect(life.read(30)[0]!.incident).toMatchObject({ rule: 'newer', id: opened!.incident.id });
});

test('a reload closes incidents of rules that are gone or find something else', () => {
  const life = new AlertLife([lifeRule(), lifeRule({ name: 'kept', threshold: 2 })]);
  life.lines(1, 2, 3);
  const events = life.reconfigure([
    lifeRule({ window: 20 }),
    lifeRule({ name: 'kept', threshold: 2 }),
  ]);
  expect(said(events)).toEqual(['closed 3-11 x3 (none)']);
  expect(events[0]!.incident.rule).toBe('errors');
  expect(said(life.lines(4))).toEqual([]);
});

test('two rules that find the same have incidents of their own', () => {
  const life = new AlertLife([lifeRule({ name: 'a' }), lifeRule({ name: 'b' })]);
  const events = life.lines(1, 2, 3);
  expect(events.map(({ incident }) => incident.rule)).toEqual(['a', 'b']);
  expect(events[0]!.incident.id).not.toBe(events[1]!.incident.id);
});
