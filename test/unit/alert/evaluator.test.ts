import { expect, test } from 'vitest';
import { FLAG } from '../../../src/model/entry-columns.ts';
import { mailOf } from '../../../src/notify/mail-message.ts';
import { AlertLife, lifeRule, said, usOf } from '../../support/alert-life.ts';
import { outboxRow } from '../../support/notices.ts';

test('Evaluator fires on the N-th match inside the window', () => {
  const life = new AlertLife([lifeRule()]);
  expect(said(life.lines(0, 5))).toEqual([]);
  expect(said(life.lines(9.9))).toEqual(['opened 9.9 x3']);
  expect(said(life.read(11))).toEqual(['resolved 9.9-10 x3']);
});

test('Evaluator lets two matches exactly one window apart never share one', () => {
  expect(said(new AlertLife([lifeRule()]).lines(0, 5, 10))).toEqual([]);
});

test('Evaluator counts matches of one moment, each', () => {
  const life = new AlertLife([lifeRule()]);
  expect(said(life.lines(7, 7, 7))).toEqual(['opened 7 x3']);
  expect(said(life.read(18))).toEqual(['resolved 7-17 x3']);
});

test('Evaluator finds the same whatever the order of arrival', () => {
  expect(said(new AlertLife([lifeRule()]).lines(9, 0, 5))).toEqual(['opened 9 x3']);
});

test('Evaluator makes one incident of two when a late line closes the gap', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, window: 5, resolveAfter: 9 })]);
  expect(said(life.lines(0, 1, 14, 15))).toEqual(['opened 1 x2', 'opened 15 x2']);
  const [merged] = life.lines(10);
  expect(merged).toMatchObject({
    name: 'merged',
    incident: { id: life.events[1]!.incident.id },
    mergedInto: life.events[0]!.incident.id,
  });
  expect(said(life.read(30))).toEqual(['resolved 1-19 x5']);
});

test('Evaluator opens an incident again when a late line belongs to it', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, window: 5, resolveAfter: 2 })]);
  life.lines(0, 1);
  expect(said(life.read(7.5))).toEqual(['resolved 1-5 x2']);
  life.at(8);
  expect(said(life.lines(4))).toEqual(['reopened 1 x3']);
  expect(said(life.read(8.1))).toEqual(['resolved 1-6 x3']);
});

test('the mail that an incident is over replies to the one that it began, whatever came late', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, window: 5 })]);
  life.lines(4, 5, 3);
  life.read(30);
  expect(said(life.events)).toEqual(['opened 5 x2', 'resolved 4-9 x3']);
  const [opened, over] = life.events.map(({ notification }) => {
    const { key, createdAtMs, event } = notification!;
    const row = outboxRow(event, { key, createdAtMs });
    return mailOf(row, { timezone: 'UTC', configName: 'config.ini' });
  });
  expect(over!.inReplyTo).toBe(opened!.messageId);
});

test('Evaluator says in one message that something happened and is over', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, window: 5 })]);
  life.lines(0);
  life.at(13);
  const events = life.lines(3);
  expect(said(events)).toEqual(['opened 3-5 x2', 'resolved 3-5 x2 (told)']);
  expect(events[0]!.notification!.event).toMatchObject({
    what: 'opened',
    resolvedAtMs: usOf(5) / 1000,
  });
});

test('Evaluator fires on every match where the threshold is one', () => {
  const life = new AlertLife([lifeRule({ threshold: 1, resolveAfter: 5 })]);
  expect(said(life.lines(1, 4))).toEqual(['opened 1 x1']);
  expect(said(life.lines(10))).toEqual(['opened 10 x1']);
  expect(said(life.read(20))).toEqual(['resolved 1-4 x2', 'resolved 10-10 x1']);
});

test('Evaluator counts a stamp in the future at its arrival', () => {
  const life = new AlertLife([lifeRule({ threshold: 2 })]);
  life.read(100);
  const events = life.rows([
    { etUs: usOf(1e9), level: 'ERROR', flags: FLAG.FUTURE },
    { etUs: usOf(99), level: 'ERROR' },
  ]);
  expect(said(events)).toEqual(['opened 100 x2']);
});

test('Evaluator keeps windows and incidents of groups apart', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, groupBy: ['user'] })]);
  const row = (second: number, user: string) => ({
    etUs: usOf(second),
    level: 'ERROR' as const,
    fields: { user },
  });
  expect(said(life.rows([row(1, 'ann'), row(2, 'bob')]))).toEqual([]);
  const [opened] = life.rows([row(3, 'ann')]);
  expect(opened!.incident.group).toEqual({ user: 'ann' });
  life.lines(4);
  expect(life.lines(5)[0]!.incident.group).toEqual({ user: '(none)' });
});

test('Evaluator takes one field as another however it is written, and groups by source and level', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, groupBy: ['code', 'source', 'level'] })]);
  const row = (code: string | number) => ({
    etUs: usOf(1),
    level: 'ERROR' as const,
    source: 'api',
    fields: { code },
  });
  const [opened] = life.rows([row(1), row('1')]);
  expect(opened!.incident.group).toEqual({ code: '1', source: 'api', level: 'ERROR' });
});

test('Evaluator carries the matching entries, the first and the newest', () => {
  const life = new AlertLife([lifeRule({ threshold: 12, window: 60 })]);
  const rows = Array.from({ length: 12 }, (_, index) => ({
    etUs: usOf(index),
    level: 'ERROR' as const,
    message: `failure ${index}`,
  }));
  const events = life.rows(rows);
  const notice = events[0]!.notification!.event;
  if (notice.kind !== 'alert') throw new Error('an alert was expected');
  expect(notice.samples.map(({ message }) => message)).toEqual(
    [0, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((index) => `failure ${index}`),
  );
  expect(notice).toMatchObject({
    what: 'opened',
    count: 12,
    finding: '12 in 11 s',
    bound: '12 in 1 min',
    firstAtMs: usOf(0) / 1000,
    lastAtMs: usOf(11) / 1000,
    condition: 'level:error',
    host: 'web-01',
  });
});

test('Evaluator evaluates a line beyond the lateness with what it remembers, and counts it', () => {
  const life = new AlertLife([lifeRule({ lateness: 60, backfillAfter: 10_000 })]);
  life.read(1_000);
  expect(said(life.lines(500, 501, 502))).toEqual([
    'opened 502-510 x3',
    'resolved 502-510 x3 (told)',
  ]);
  // The same incident goes on, whatever else arrived meanwhile.
  expect(said(life.lines(999, 503, 504))).toEqual([]);
  expect(life.evaluator.unsaved().incidents.at(-1)).toMatchObject({ count: 5 });
  expect(life.evaluator.describe()[0]!.counters).toMatchObject({ matchedCount: 6, lateCount: 5 });
});

test('Evaluator can drop late lines instead', () => {
  const life = new AlertLife([lifeRule({ late: 'drop' })]);
  life.read(1_000);
  expect(said(life.lines(500, 501, 502))).toEqual([]);
});

test('Evaluator says what it says whether it runs on or was restarted after every line', () => {
  const rules = [
    lifeRule({ cooldown: 30, groupBy: ['user'] }),
    lifeRule({ name: 'any', threshold: 1 }),
  ];
  const lives = [new AlertLife(rules), new AlertLife(rules)] as const;
  for (let index = 0; index < 60; index += 1) {
    for (const [which, life] of lives.entries()) {
      if (which === 1) life.restart();
      life.rows([
        { etUs: usOf((index * 7) % 50), level: 'ERROR', fields: { user: `u${index % 3}` } },
      ]);
      life.read(index * 1.5);
    }
  }
  expect(lives[1].events).toEqual(lives[0].events);
  expect(lives[0].events.length).toBeGreaterThan(10);
});

test('Evaluator restarted from the last commit says again what was lost with the crash', () => {
  const life = new AlertLife([lifeRule()]);
  life.lines(1);
  life.restart();
  const crashed = life.lines(2, 3);
  const again = new AlertLife([lifeRule()]);
  again.lines(1);
  again.restart();
  expect(again.lines(2, 3)).toEqual(crashed);
  expect(said(crashed)).toEqual(['opened 3 x3']);
});

test('Evaluator has the counters of lines to store that changed nothing else', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, window: 10, lateness: 5, late: 'drop' })]);
  life.read(100);
  life.evaluator.markSaved();
  expect(life.evaluator.unsaved().rules).toEqual([]);
  life.lines(1);
  const [rule] = life.evaluator.unsaved().rules;
  expect(rule).toMatchObject({ counters: { matchedCount: 1, lateCount: 1 }, groups: [] });
});
