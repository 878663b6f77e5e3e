/** The cases that are easy to get wrong, kind by kind. Seconds; the reading follows at the end. */
import { expect, test } from 'vitest';
import { RateKind } from '../../../src/alert/kinds/rate-kind.ts';
import type { Rule } from '../../../src/alert/rule.ts';
import { OperatorError } from '../../../src/base/errors.ts';
import { AlertLife, lifeRule, SECOND_US, said, usOf } from '../../support/alert-life.ts';
import { columnsOf } from '../../support/alert-rows.ts';

const US = SECOND_US;

type Line = Readonly<{
  at: number;
  level?: 'ERROR' | 'DEBUG' | 'WARN';
  value?: string | number;
  file?: number;
}>;

/** A rule over ERROR and WARN lines; DEBUG and WARN are the second condition. */
function rule(bounds: object, lateness = 0): Rule {
  const when = {
    kind: 'query',
    text: 'level>=warn',
    filter: { kind: 'level', comparison: '>=', level: 'WARN' },
  };
  return {
    ...lifeRule(),
    threshold: undefined,
    windowUs: undefined,
    when,
    latenessUs: lateness * US,
    schedule: null,
    forgetAfterUs: 1e15,
    baselineWindows: 12,
    season: 'none',
    ...bounds,
  } as unknown as Rule;
}

/** What is said of these lines, and once everything up to `until` has been read. */
function outcome(each: Rule, lines: readonly (Line | number)[], until = 1_000): string[] {
  const life = new AlertLife([each]);
  life.read(0);
  const rows = lines.map((line) => (typeof line === 'number' ? { at: line } : line));
  for (const [offset, line] of rows.entries()) {
    life.rows([
      {
        etUs: usOf(line.at),
        level: line.level ?? 'ERROR',
        fields: line.value === undefined ? {} : { v: line.value },
        generation: line.file ?? 0,
        offset,
      },
    ]);
  }
  life.read(until);
  return said(life.events);
}

const absence = { kind: 'absence', silenceUs: 10 * US, expect: [] };

test('absence: a line exactly in time is in time, the next one ends the trouble', () => {
  expect(outcome(rule(absence), [0, 10, 20.1], 25)).toEqual([
    'opened 20-20.1 x0',
    'resolved 20-20.1 x0 (told)',
  ]);
});

test('absence: a group that never came is missed from when the rule was armed', () => {
  const life = new AlertLife([rule({ ...absence, expect: ['x'], groupBy: ['source'] }, 2)]);
  life.read(0);
  expect(said(life.read(12))).toEqual([]);
  const [opened] = life.read(12.001);
  expect(said([opened!])).toEqual(['opened 10 x0']);
  expect(opened!.incident.group).toEqual({ source: 'x' });
  expect(opened!.notification!.event).toMatchObject({ finding: 'nothing for 10 s' });
});

test('absence: a line that comes late, but in its lateness, was there', () => {
  expect(outcome(rule(absence, 5), [0, 12, 8], 15)).toEqual([]);
});

const rate = {
  kind: 'rate',
  percent: 50,
  minimum: 4,
  windowUs: 50 * US,
  of: { kind: 'query', text: '*', filter: { kind: 'everything' } },
};

test('rate: too few lines say nothing, half is half', () => {
  expect(outcome(rule({ ...rate, minimum: 5 }), [0, 1, 2, 3])).toEqual([]);
  const [opened] = outcome(rule(rate), [
    { at: 0, level: 'DEBUG' },
    { at: 1, level: 'DEBUG' },
    2,
    3,
  ]);
  expect(opened).toBe('opened 4-51 x2');
});

test('rate: 33 of 3,000 are 1.1 percent, 32 are not', () => {
  const kind = new RateKind({ percent: 1.1, minimum: 3_000 });
  const judged = (matching: number): string | null =>
    kind.judge((age) => (age === 1 ? { all: 3_000, matching } : undefined));
  expect(judged(32)).toBeNull();
  expect(judged(33)).toBe('33 of 3,000 (1.10 %)');
});

test('rate: good lines that leave the window make it true', () => {
  const good = Array.from({ length: 5 }, () => ({ at: 0.5, level: 'DEBUG' as const }));
  const bad = [10, 10, 10, 10];
  const said = outcome(rule({ ...rate, percent: 90 }), [...good, ...bad]);
  expect(said[0]).toBe('opened 51-61 x4');
});

test('rate: an incident counts all lines of its windows, those among them that one before it has counted, too', () => {
  const good = Array.from({ length: 5 }, () => ({ at: 10.5, level: 'DEBUG' as const }));
  const said = outcome(rule(rate), [0, 1, 2, 3, ...good, 20.5, 20.5, 20.5, 20.5, 20.5, 20.5]);
  expect(said.filter((text) => text.startsWith('opened'))).toEqual([
    'opened 4-11 x4',
    'opened 21-71 x10',
  ]);
});

test('rate: lines of a pause in an incident count with it, as they are found with it', () => {
  const pause = { ...rule(rate), resolveAfterUs: 100 * US };
  const good = Array.from({ length: 15 }, () => ({ at: 10.5, level: 'DEBUG' as const }));
  const said = outcome(pause, [0, 1, 2, 3, ...good, 15, 70, 100, 101, 102, 103]);
  expect(said.at(-1)).toMatch(/^resolved 4-\d+ x10 /);
});

const sequence = (withinUs: number, holdUs = 100 * US) => ({
  kind: 'sequence',
  withinUs: withinUs * US,
  holdUs,
  next: {
    kind: 'query',
    text: 'level<=debug',
    filter: { kind: 'level', comparison: '<=', level: 'DEBUG' },
  },
});
const A = (at: number, file = 0): Line => ({ at, level: 'ERROR', file });
const B = (at: number, file = 0): Line => ({ at, level: 'DEBUG', file });

test('sequence: of one stamp in one file, order counts; between files both come before each other', () => {
  expect(outcome(rule(sequence(5)), [A(1), B(1)], 8)).toEqual([]);
  expect(outcome(rule(sequence(5)), [B(1), A(1)], 8)).toEqual(['opened 6 x1']);
  expect(outcome(rule(sequence(5)), [B(1, 1), A(1, 2)], 8)).toEqual([]);
  expect(outcome(rule(sequence(5)), [A(1, 2), B(1, 1)], 8)).toEqual([]);
});

test('sequence: the deadline is in time, one answer is for all, and trouble ends with the answer or in the end', () => {
  expect(outcome(rule(sequence(5)), [A(0), B(5)])).toEqual([]);
  expect(outcome(rule(sequence(5)), [A(0), A(3), B(6)], 7)).toEqual([
    'opened 5-6 x1',
    'resolved 5-6 x1 (told)',
  ]);
  expect(outcome(rule(sequence(5)), [A(0)])).toEqual([
    'opened 5-105 x1',
    'resolved 5-105 x1 (told)',
  ]);
});

const distinct = {
  kind: 'cardinality',
  field: 'v',
  comparison: 'atLeast',
  distinct: 3,
  windowUs: 10 * US,
};
const V = (at: number, value: string): Line => ({ at, value });

test('cardinality: equal values are one, whatever the order of arrival', () => {
  expect(outcome(rule(distinct, 60), [V(1, 'a'), V(2, 'a'), V(3, 'a'), V(4, 'b')], 5)).toEqual([]);
  expect(outcome(rule(distinct, 60), [V(0, 'a'), V(5, 'b'), V(8, 'a'), V(12, 'c')], 13)).toEqual([
    'opened 12 x3',
  ]);
  expect(outcome(rule(distinct, 60), [V(12, 'c'), V(5, 'b'), V(0, 'a'), V(8, 'a')], 16)).toEqual([
    'opened 12 x3',
    'resolved 12-15 x3',
  ]);
});

test('cardinality: a value that comes all the time counts all the time, also when state is written meanwhile', () => {
  const life = new AlertLife([rule(distinct, 60)]);
  life.read(0);
  const see = (...lines: readonly Line[]) =>
    said(
      life.rows(
        lines.map(({ at, value }) => ({ etUs: usOf(at), level: 'ERROR', fields: { v: value! } })),
      ),
    );
  expect(see(V(0, 'a'), V(5, 'a'), V(9, 'a'), V(14, 'a'))).toEqual([]);
  // What adds nothing is let go of with it: both in the middle would be too many.
  life.evaluator.unsaved();
  expect(see(V(11, 'b'), V(12, 'c'))).toEqual(['opened 12 x3']);
});

test('cardinality: an incident begins with the lines by which it does, and its newest is a line', () => {
  const life = new AlertLife([rule(distinct, 60)]);
  life.read(0);
  const see = (at: number, value: string) =>
    life.rows([{ etUs: usOf(at), level: 'ERROR', fields: { v: value } }]);
  for (const [at, value] of [
    [0, 'a'],
    [3, 'b'],
    [6, 'a'],
  ] as const)
    see(at, value);
  const [opened] = see(7, 'c');
  expect(opened!.incident).toMatchObject({ firstAtMs: usOf(3) / 1000, lastAtMs: usOf(7) / 1000 });
  life.evaluator.markSaved();
  see(8, 'a');
  // It holds no longer for that, and is to be stored all the same.
  expect(life.evaluator.unsaved().incidents).toMatchObject([{ lastAtMs: usOf(8) / 1000 }]);
});

test('threshold: a line between two incidents counts for both, and both are to be stored', () => {
  const life = new AlertLife([lifeRule({ threshold: 3, window: 10, resolveAfter: 0 })]);
  life.lines(0, 1, 2, 3, 3, 5, 21, 21.5, 22);
  // Lets go of the lines inside: the next adds nothing to the first incident but itself.
  life.evaluator.unsaved();
  life.evaluator.markSaved();
  life.lines(12.5);
  const { incidents } = life.evaluator.unsaved();
  const texts = incidents.map(
    ({ openedAtMs, count }) => `${openedAtMs - usOf(0) / 1_000} ms x${count}`,
  );
  expect(texts).toEqual(['2000 ms x7', '21500 ms x4']);
});

test('cardinality below: not before a whole window, then from when the last value leaves', () => {
  const fewer = { ...distinct, comparison: 'below', distinct: 2 };
  expect(outcome(rule(fewer), [V(0, 'a'), V(1, 'b'), V(9, 'a')], 12)).toEqual(['opened 11 x0']);
  expect(outcome(rule(fewer), [V(5, 'a')], 14)).toEqual([]);
});

test('metric: the 95th percentile of twenty is the nineteenth', () => {
  const metric = {
    kind: 'metric',
    field: 'v',
    aggregate: 'p95',
    comparison: '>',
    limit: 2,
    minimum: 20,
    windowUs: 50 * US,
  };
  const lines = (slow: number): Line[] =>
    Array.from({ length: 20 }, (_, index) => ({ at: index / 10, value: index < slow ? 9 : 1 }));
  expect(outcome(rule(metric), lines(1), 3)).toEqual([]);
  expect(outcome(rule(metric), lines(2), 3)).toEqual(['opened 2 x20']);
});

test.for([
  ['p95', '>', 5, 5, null],
  ['p95', '>', 2_899, 2_898, null],
  ['p50', '>', 2_897, 2_898, 'p50 2,904'],
  ['p50', '>', 2_000, 2_001, 'p50 2,004'],
  ['p99', '<', 5, 5, null],
  ['p50', '<', 1_500, 1_500, null],
  ['p50', '<', 2_001, 2_000, 'p50 2,000'],
  ['p90', '<', -5, -5, null],
  ['p90', '>', -5, -5, null],
  ['avg', '>', 0.0012, 0.0014, 'avg 0.0014'],
  ['sum', '>', 0.00009, 0.000_05, 'sum 0.0001'],
  ['avg', '>', 1_234_567_890, 1_234_567_890, null],
] as const)(
  'metric: %s %s %d of values of %d',
  ([aggregate, comparison, limit, value, finding]) => {
    const bounds = { kind: 'metric', field: 'v', minimum: 2, windowUs: 50 * US };
    const life = new AlertLife([rule({ ...bounds, aggregate, comparison, limit })]);
    life.rows(
      [1, 2].map((at) => ({
        etUs: usOf(at),
        level: 'ERROR' as const,
        fields: { v: String(value) },
      })),
    );
    const findings = life.read(30).flatMap(({ notification }) => {
      const event = notification?.event;
      return event?.kind === 'alert' && event.what === 'opened' ? [event.finding] : [];
    });
    expect(findings).toEqual(finding === null ? [] : [finding]);
  },
);

test('metric: what is no number is counted and left out', () => {
  const metric = {
    kind: 'metric',
    field: 'v',
    aggregate: 'max',
    comparison: '>',
    limit: 5,
    minimum: 1,
    windowUs: 50 * US,
  };
  const life = new AlertLife([rule(metric)]);
  life.rows(
    ['', 'x', ' ', '1e400', '7 ms'].map((v) => ({
      etUs: usOf(1),
      level: 'ERROR' as const,
      fields: { v },
    })),
  );
  life.rows([{ etUs: usOf(1), level: 'ERROR' }]);
  expect(said(life.read(10))).toEqual([]);
  expect(life.evaluator.describe()[0]!.counters.valuelessCount).toBe(6);
});

test('change: a value that differs from the one before, by event time', () => {
  const change = { kind: 'change', field: 'v' };
  expect(outcome(rule(change, 5), [V(1, 'a'), V(3, 'a'), V(2, 'a'), V(4, 'b')], 20)).toEqual([
    'opened 4-4 x1',
    'resolved 4-4 x1 (told)',
  ]);
});

test('new: a value never seen before, once it has learnt; late lines and history teach too', () => {
  const life = new AlertLife([rule({ kind: 'new', field: 'v', learnUs: 100 * US }, 60)]);
  const line = (at: number, v: string) => ({
    etUs: usOf(at),
    level: 'ERROR' as const,
    fields: { v },
  });
  life.read(0);
  expect(said(life.rows([line(1, 'a'), line(2, 'b')]))).toEqual([]);
  life.read(200);
  life.restart();
  expect(said(life.rows([line(200, 'a'), line(10, 'b')]))).toEqual([]);
  const events = life.rows([line(201, 'c'), line(201, 'c')]);
  expect(said(events)).toEqual(['opened 201 x1']);
  expect(events[0]!.notification!.event).toMatchObject({ finding: '"c" for the first time' });
});

test('spike and drop: against the mean of the twelve windows before', () => {
  const bounds = { ratio: 3, minimum: 2, windowUs: 50 * US };
  const steady = Array.from({ length: 13 * 5 }, (_, index) => index * 10 + 5);
  const spike = rule({ kind: 'spike', ...bounds });
  const burst = Array.from({ length: 20 }, (_, index) => 700 + index / 100);
  expect(outcome(spike, steady, 800)).toEqual([]);
  expect(outcome(spike, [...steady, ...burst], 702)[0]).toMatch(/^opened 701 x20/);
  const drop = rule({ kind: 'drop', ...bounds });
  expect(outcome(drop, steady, 690)[0]).toMatch(/^opened 686 x1/);
});

test('the newest of an incident is a match: not the moment at which something was missed, nor what came instead', () => {
  const newestOf = (bounds: object, lines: readonly Line[], until: number): number[] => {
    const life = new AlertLife([rule(bounds)]);
    life.read(0);
    for (const { at, level = 'ERROR', value } of lines) {
      life.rows([{ etUs: usOf(at), level, fields: value === undefined ? {} : { v: value } }]);
    }
    life.read(until);
    return life.events.map(({ incident }) => (incident.lastAtMs * 1_000 - usOf(0)) / US);
  };
  expect(newestOf(sequence(5), [A(1), B(20)], 50)).toEqual([1, 1]);
  const fewer = { kind: 'cardinality', field: 'v', comparison: 'below', distinct: 2 };
  const lines = [V(1, 'a'), V(2, 'b'), V(30, 'a')];
  expect(newestOf({ ...fewer, windowUs: 10 * US }, lines, 20)).toEqual([2]);
});

test('new: a rule that could not look at all that is stored learns anew, also where it was changed', () => {
  const isNew = (learn: number): Rule => rule({ kind: 'new', field: 'v', learnUs: learn * US });
  const beginning = (isWhole: boolean): AlertLife => {
    const life = new AlertLife([rule({ kind: 'change', field: 'v' })]);
    life.read(0);
    life.read(100);
    life.reconfigure([isNew(50)], function* () {
      const columns = columnsOf([row(90, 'b')], { names: life.names });
      yield { columns, rows: Int32Array.of(0), count: 1 };
      if (!isWhole) throw new OperatorError('QUERY_STOPPED', 'more than can be looked at');
    });
    life.rows([row(101, 'a'), row(102, 'b')]);
    return life;
  };
  expect(said(beginning(true).events)).toEqual(['opened 101 x1']);
  const partial = beginning(false);
  expect(partial.evaluator.describe()[0]!.learnsUntilMs).toBe(usOf(150) / 1_000);
  expect(said(partial.events)).toEqual([]);
  partial.read(151);
  expect(said(partial.rows([row(152, 'b'), row(153, 'c')]))).toEqual(['opened 153 x1']);
});

function row(second: number, v: string) {
  return { etUs: usOf(second), level: 'ERROR' as const, fields: { v } };
}
