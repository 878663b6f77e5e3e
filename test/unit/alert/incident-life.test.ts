/** What holds notifications back, and what ends that. Seconds. */
import { expect, test } from 'vitest';
import type { AlertControl } from '../../../src/alert/alert-control.ts';
import type { Rule } from '../../../src/alert/rule.ts';
import { AlertLife, lifeRule, SECOND_US, said, usOf } from '../../support/alert-life.ts';

function silence(
  change: Partial<{ query: string; from: number; until: number }> = {},
): AlertControl {
  const { query = 'rule:errors', from = 0, until = 60 } = change;
  const fields = {
    query,
    fromUs: usOf(from),
    untilUs: usOf(until),
    who: 'ann',
    why: 'works on it',
  };
  return { kind: 'silence', silence: { id: 'abcd1234', ...fields } };
}

function any(change: Parameters<typeof lifeRule>[0] = {}, more: Partial<Rule> = {}): Rule {
  return { ...lifeRule({ threshold: 1, resolveAfter: 15, ...change }), ...more } as Rule;
}

/** A match every five seconds in [from, until]. */
function every5(from: number, until: number): number[] {
  return Array.from({ length: (until - from) / 5 + 1 }, (_, index) => from + index * 5);
}

test('an open incident is reminded of; several reminders due at once are one', () => {
  const life = new AlertLife([any({}, { remindEveryUs: 30 * SECOND_US })]);
  expect(said(life.lines(0))).toEqual(['opened 0 x1']);
  for (const second of every5(5, 25)) life.lines(second);
  expect(said(life.read(30))).toEqual([]);
  const [reminded] = life.read(30.1);
  expect(said([reminded!])).toEqual(['reminded 0 x6']);
  expect(reminded!.notification!.event).toMatchObject({
    what: 'reminded',
    opening: { key: expect.stringContaining(':1:opened') },
  });
  life.lines(...every5(30, 110));
  expect(said(life.read(110))).toEqual(['reminded 0 x23']);
  expect(said(life.read(126))).toEqual(['resolved 0-110 x23']);
});

test('an acknowledged incident is not reminded of, and its end is told', () => {
  const life = new AlertLife([any({}, { remindEveryUs: 30 * SECOND_US })]);
  const [opened] = life.lines(0);
  const acknowledged = life.control({
    kind: 'acknowledge',
    incident: opened!.incident.id,
    who: 'ann',
    why: 'disk',
  });
  expect(said(acknowledged)).toEqual(['acknowledged 0 x1 (none)']);
  expect(acknowledged[0]).toMatchObject({ note: 'by ann: disk' });
  life.restart();
  life.lines(...every5(5, 35));
  expect(said(life.read(36))).toEqual(['reminded 0 x8 (acknowledged)']);
  expect(said(life.read(60))).toEqual(['resolved 0-35 x8']);
});

test('getting worse ends an acknowledgement, and is told as a reply', () => {
  const life = new AlertLife([lifeRule({ threshold: 2, window: 10, resolveAfter: 100 })]);
  const [opened] = life.lines(0, 1);
  life.control({ kind: 'acknowledge', incident: opened!.incident.id, who: 'ann', why: '' });
  life.restart();
  expect(said(life.lines(2, 3, 4, 5, 6))).toEqual([]);
  const [worsened] = life.lines(7);
  expect(said([worsened!])).toEqual(['worsened 0 x8'.replace('0 x', '1 x')]);
  expect(worsened!.incident.acknowledgedAtMs).toBeNull();
  expect(worsened!.notification!.event).toMatchObject({ what: 'worsened' });
});

test('an acknowledgement taken back: reminders go on, and nothing is measured from it', () => {
  const life = new AlertLife([any({}, { remindEveryUs: 30 * SECOND_US })]);
  const [opened] = life.lines(0);
  const ann = { incident: opened!.incident.id, who: 'ann', why: '' };
  expect(life.control({ kind: 'unacknowledge', ...ann })).toEqual([]);
  life.control({ kind: 'acknowledge', ...ann });
  life.lines(...every5(5, 35));
  expect(said(life.read(36))).toEqual(['reminded 0 x8 (acknowledged)']);
  const back = life.control({ kind: 'unacknowledge', ...ann, who: 'ben', why: 'wrong row' });
  expect(said(back)).toEqual(['unacknowledged 0 x8 (none)']);
  expect(back[0]).toMatchObject({
    note: 'by ben: wrong row',
    incident: { acknowledgedAtMs: null },
  });
  expect(life.control({ kind: 'unacknowledge', ...ann })).toEqual([]);
  life.restart();
  life.lines(...every5(40, 60));
  expect(said(life.read(61))).toEqual(['reminded 0 x13']);

  const counted = new AlertLife([lifeRule({ threshold: 2, window: 10, resolveAfter: 100 })]);
  const incident = counted.lines(0, 1)[0]!.incident.id;
  counted.control({ kind: 'acknowledge', incident, who: 'ann', why: '' });
  counted.control({ kind: 'unacknowledge', incident, who: 'ann', why: '' });
  expect(said(counted.lines(2, 3, 4, 5, 6, 7, 8))).toEqual([]);
});

test('an acknowledgement taken back tells of what only it kept back', () => {
  const life = new AlertLife([any()]);
  life.control(silence());
  const incident = life.lines(30)[0]!.incident.id;
  life.control({ kind: 'acknowledge', incident, who: 'ann', why: '' });
  for (const second of every5(35, 60)) life.lines(second);
  expect(said(life.read(60))).toEqual([]);
  expect(said(life.control({ kind: 'unacknowledge', incident, who: 'ann', why: '' }))).toEqual([
    'unacknowledged 30 x7 (none)',
    'released 30 x7',
  ]);
});

test('a silence delays the opening to its end; over by then, it is history', () => {
  const life = new AlertLife([any()]);
  life.control(silence());
  expect(said(life.lines(30))).toEqual(['opened 30 x1 (silence)']);
  for (const second of every5(35, 60)) life.lines(second);
  expect(said(life.read(60))).toEqual(['released 30 x7']);

  const short = new AlertLife([any()]);
  short.control(silence());
  short.restart();
  short.lines(10);
  expect(said(short.read(70))).toEqual(['resolved 10-10 x1 (untold)']);
});

test('an end that lies behind the end of the silence is told though both are read at once', () => {
  const life = new AlertLife([any()]);
  life.control(silence());
  life.lines(...every5(30, 70));
  expect(said(life.read(200))).toEqual(['released 30-70 x9', 'resolved 30-70 x9 (told)']);
});

test('a silence is of what its query matches: rule, severity, fields of the group', () => {
  const rules = [any({ groupBy: ['user'] })];
  const line = (user: string) => ({ etUs: usOf(10), level: 'ERROR' as const, fields: { user } });
  for (const [query, isSilent] of [
    ['user:a', true],
    ['user:b', false],
    ['severity:high user:a', true],
    ['severity:low', false],
    ['rule:err*', true],
    ['NOT rule:errors', false],
  ] as const) {
    const life = new AlertLife(rules);
    life.control(silence({ query }));
    const [opened] = life.rows([line('a')]);
    expect([query, opened!.heldBy]).toEqual([query, isSilent ? 'silence' : null]);
  }
});

test('a silence taken back tells of what is still open', () => {
  const life = new AlertLife([any()]);
  life.control(silence({ until: 1_000 }));
  life.lines(5);
  const told = life.control({ kind: 'unsilence', silence: 'abcd1234', who: 'ann', why: '' });
  expect(said(told)).toEqual(['released 5 x1']);
});

test('what happened under a silence stays silenced when it is found after the silence was taken back, restarted or not', () => {
  for (const restarts of [false, true]) {
    const life = new AlertLife([any()]);
    life.read(1);
    life.control(silence({ until: 1_000 }));
    life.read(20);
    life.control({ kind: 'unsilence', silence: 'abcd1234', who: 'ann', why: '' });
    if (restarts) life.restart();
    life.read(40);
    expect(life.lines(10)[0]!.heldBy).toBe('silence');
    expect(life.lines(30)[0]!.heldBy).toBeNull();
  }
});

test('an open incident of a parent keeps its children quiet, where the groups are equal', () => {
  const parent = any({ name: 'down', when: 'FATAL', groupBy: ['host'] });
  const child = any(
    { groupBy: ['host', 'user'] },
    { inhibitedBy: ['down'], inhibitEqual: ['host'] },
  );
  // The child comes first in the config, and on the same line.
  const life = new AlertLife([child, parent]);
  const line = (host: string, level: 'ERROR' | 'FATAL', at = 0) => ({
    etUs: usOf(at),
    level,
    fields: { host, user: 'u' },
  });
  expect(said(life.rows([line('a', 'FATAL'), line('a', 'ERROR'), line('b', 'ERROR')]))).toEqual([
    'opened 0 x1',
    'opened 0 x1 (inhibited)',
    'opened 0 x1',
  ]);
  life.restart();
  life.rows([line('a', 'ERROR', 14)]);
  const over = life
    .read(16)
    .map(({ name, incident }) => `${name} ${incident.rule} ${incident.group.host}`);
  expect(over.toSorted()).toEqual(['released errors a', 'resolved down a', 'resolved errors b']);
});

test('quiet hours hold back by severity until they end', () => {
  // Noon to one o'clock: lives begin at noon.
  const quietHours = {
    part: { fromMinute: 720, untilMinute: 721 },
    timezone: 'UTC',
    severities: ['high' as const],
  };
  const life = new AlertLife(
    [
      any({ resolveAfter: 100 }),
      { ...any({ name: 'bad', resolveAfter: 100 }), severity: 'critical' },
    ],
    { quietHours },
  );
  expect(said(life.lines(10))).toEqual(['opened 10 x1', 'opened 10 x1 (quiet)']);
  expect(said(life.read(59.9))).toEqual([]);
  expect(said(life.read(60))).toEqual(['released 10 x1']);
});

/** Whether people were told of each of twenty openings, a minute apart. */
function toldOfOpenings(cooldown: number): string {
  const life = new AlertLife([
    any({ resolveAfter: 1, cooldown }, { remindEveryUs: 600 * SECOND_US }),
  ]);
  const told: boolean[] = [];
  for (let second = 0; second < 1_200; second += 60) {
    life.read(second);
    told.push(
      ...life
        .lines(second)
        .filter(({ name }) => name === 'opened')
        .map(({ heldBy }) => heldBy === null),
    );
  }
  return told.map((isTold) => (isTold ? 'T' : '.')).join('');
}

test('a group that opens again and again is told now and then', () => {
  expect(toldOfOpenings(1)).toBe('TTT.........T.......');
});

test('a group that opens again and again is told each time where the rule has no cooldown', () => {
  expect(toldOfOpenings(0)).toBe('T'.repeat(20));
});
