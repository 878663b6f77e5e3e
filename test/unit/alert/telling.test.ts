import { expect, test } from 'vitest';
import { AlertLife, lifeRule, said, usOf } from '../../support/alert-life.ts';

test('the cooldown holds back the notification, never the incident', () => {
  const life = new AlertLife([lifeRule({ threshold: 1, cooldown: 100, resolveAfter: 5 })]);
  expect(said(life.lines(0))).toEqual(['opened 0 x1']);
  expect(said(life.read(10))).toEqual(['resolved 0-0 x1']);
  expect(said(life.lines(50))).toEqual(['opened 50 x1 (cooldown)']);
  expect(said(life.read(60))).toEqual(['resolved 50-50 x1 (untold)']);
  expect(said(life.lines(99, 100))).toEqual(['opened 99 x1 (cooldown)']);
});

test('an incident that is still open when the cooldown ends is told then', () => {
  const life = new AlertLife([lifeRule({ threshold: 1, cooldown: 60, resolveAfter: 15 })]);
  life.lines(0);
  life.read(20);
  expect(said(life.lines(30))).toEqual(['opened 30 x1 (cooldown)']);
  for (const second of [40, 50]) life.lines(second);
  expect(said(life.read(59.9))).toEqual([]);
  const [released] = life.read(60);
  expect(said([released!])).toEqual(['released 30 x3']);
  expect(released!.notification!.event).toMatchObject({ what: 'opened', count: 3 });
  expect(said(life.read(70))).toEqual(['resolved 30-50 x3']);
});

test('a group flaps however long its openings lie behind its cooldown, and however few it had', () => {
  const minute = 60;
  const life = new AlertLife([
    lifeRule({ threshold: 1, cooldown: minute, lateness: 10, resolveAfter: 5 }),
  ]);
  for (const at of [0, 12, 24]) {
    expect(said(life.lines(at * minute))).toEqual([`opened ${at * minute} x1`]);
    life.read((at + 11) * minute);
    life.restart();
  }
  expect(said(life.lines(36 * minute))).toEqual(['opened 2160 x1 (flapping)']);
});

test('where one thing after the other holds it back, people are told when the last has ended, also when nobody looked meanwhile', () => {
  for (const [untilSecond, expected] of [
    [119, ['released 30 x9']],
    [400, ['released 30-115 x9', 'resolved 30-115 x9 (told)']],
  ] as const) {
    const life = new AlertLife([lifeRule({ threshold: 1, cooldown: 60, resolveAfter: 15 })]);
    life.lines(0);
    life.read(20);
    expect(said(life.lines(30, 40, 50, 60, 70, 80, 90, 100))).toEqual(['opened 30 x1 (cooldown)']);
    const [fromUs, untilUs] = [usOf(55), usOf(110)];
    const silence = { id: 'a', query: 'rule:errors', fromUs, untilUs, who: 'ann', why: '' };
    life.control({ kind: 'silence', silence });
    expect(said(life.lines(115))).toEqual([]);
    expect(said(life.read(untilSecond))).toEqual(expected);
  }
});

test('groups have cooldowns of their own', () => {
  const life = new AlertLife([lifeRule({ threshold: 1, cooldown: 100, groupBy: ['source'] })]);
  const [a, b] = ['a', 'b'].map((source) =>
    life.rows([{ etUs: life.batch.atUs, level: 'ERROR', source }]),
  );
  expect(a![0]!.notification).not.toBeNull();
  expect(b![0]!.notification).not.toBeNull();
});

test('the cooldown outlives a restart and the group it belongs to', () => {
  const life = new AlertLife([lifeRule({ threshold: 1, cooldown: 10_000, lateness: 10 })]);
  life.lines(0);
  life.read(5_000);
  life.restart();
  expect(said(life.lines(5_001))).toEqual(['opened 5001 x1 (cooldown)']);
  life.read(10_200);
  expect(said(life.lines(10_201))).toEqual(['opened 10201 x1']);
});

test('history tells nobody unless the rule says so, and is kept', () => {
  const history = new AlertLife([lifeRule({ threshold: 1, backfillAfter: 100 })]);
  history.read(1_000);
  const [opened] = history.lines(10);
  expect(said([opened!])).toEqual(['opened 10-10 x1 (backfill)']);
  expect(opened!.incident).toMatchObject({ backfill: true, notified: 0 });

  const wanted = new AlertLife([lifeRule({ threshold: 1, backfillAfter: 100, backfill: true })]);
  wanted.read(1_000);
  expect(said(wanted.lines(10))[0]).toBe('opened 10-10 x1');
});

test('a month of history in one file is one mail, not a month of mails', () => {
  const life = new AlertLife([
    lifeRule({ threshold: 1, backfill: true, backfillAfter: 100, cooldown: 60 }),
  ]);
  life.read(100_000);
  for (let second = 0; second < 50_000; second += 500) life.lines(second);
  expect(life.events.filter(({ notification }) => notification !== null)).toHaveLength(1);
  expect(life.events.filter(({ name }) => name === 'opened')).toHaveLength(100);
});

test('trouble that began in history and goes on is told when the present arrives', () => {
  const life = new AlertLife([
    lifeRule({ threshold: 1, backfillAfter: 100, lateness: 50, resolveAfter: 30, cooldown: 300 }),
  ]);
  life.read(500);
  const seconds = Array.from({ length: 26 }, (_, index) => 250 + index * 10);
  const told = life.lines(...seconds).filter(({ notification }) => notification !== null);
  expect(said(told)).toEqual(['released 250-400 x16']);
});

test('a resolved mail replies to the opening, and keys never repeat', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, window: 5, resolveAfter: 2 })]);
  life.lines(0, 1);
  life.read(7.5);
  life.at(8);
  life.lines(4);
  life.read(20);
  const notices = life.events.flatMap(({ notification }) => notification ?? []);
  const id = life.events[0]!.incident.id;
  expect(notices.map(({ key }) => key)).toEqual([
    `alert:${id}:1:opened`,
    `alert:${id}:2:resolved`,
    `alert:${id}:3:opened`,
    `alert:${id}:4:resolved`,
  ]);
  expect(notices.map(({ event }) => (event.kind === 'alert' ? event.opening.key : ''))).toEqual([
    `alert:${id}:1:opened`,
    `alert:${id}:1:opened`,
    `alert:${id}:3:opened`,
    `alert:${id}:3:opened`,
  ]);
});
