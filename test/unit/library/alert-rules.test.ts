/** A rule that cannot work is refused where it is added: what was there goes on, and the store with it. */
import { expect, test } from 'vitest';
import type { AlertRule } from '../../../src/library/options.ts';
import { Logstead } from '../../../src/library.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';

async function expectRefused(given: unknown, message: RegExp, kind: ErrorConstructor) {
  const told: string[] = [];
  await using logs = await Logstead.open({
    notifiers: { pager: () => {} },
    ruleKinds: { broken: () => undefined as never },
  });
  logs.onAlert((alert) => told.push(`${alert.event} ${alert.rule} ${alert.severity}`));
  await logs.addAlertRule({ name: 'mine', when: 'boom', severity: 'high' });
  const thrown = await logs.addAlertRule(given as AlertRule).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(kind);
  expect((thrown as Error).message).toMatch(message);
  await logs.ingestLogs([{ message: 'boom' }, { message: 'boom' }, { message: 'boom' }]);
  await logs.flush();
  expect(told).toEqual(['opened mine high']);
}

const RULE = { name: 'mine', when: 'boom' };

test.each<[given: unknown, message: RegExp]>([
  [undefined, /Cannot add undefined as a rule: expected an object/],
  [{ when: 'boom' }, /Cannot add a rule whose name is undefined: expected a string/],
  [{ ...RULE, name: 5 }, /Cannot add a rule whose name is 5/],
  [{ ...RULE, threshold: '3' }, /rule "mine": threshold is "3": expected a whole number/],
  [{ ...RULE, windowMs: '60s' }, /rule "mine": windowMs is "60s": expected a number of ms/],
  [{ ...RULE, description: 5 }, /description is 5: expected a string/],
  [{ ...RULE, groupBy: 'source' }, /groupBy is "source": expected an array of strings/],
  [{ ...RULE, groupBy: [5] }, /groupBy is an array: expected an array of strings/],
  [{ ...RULE, notify: 'pager' }, /notify is "pager": expected an array of strings/],
  [{ ...RULE, notify: ['phone'] }, /no notifier is called "phone"/],
  [{ ...RULE, when: 5 }, /when is 5: expected a string/],
  [{ name: 'mine', condition: 'boom' }, /condition is "boom": expected a function/],
  [{ name: 'mine', kind: 'broken' }, /rule kind "broken" gave undefined: expected a function/],
  [{ name: 'mine' }, /give one of when, condition, kind/],
])('addAlertRule() refuses %o', (given, message) => expectRefused(given, message, TypeError));

test.each<[given: unknown, message: RegExp]>([
  [{ ...RULE, name: '' }, /Cannot add a rule whose name is "": expected a string with at least/],
  ...[2.5, -1, 0, Number.NaN, Number.POSITIVE_INFINITY].map((threshold): [unknown, RegExp] => [
    { ...RULE, threshold },
    /rule "mine": threshold is .*: expected a whole number, at least 1/,
  ]),
  ...[0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e16].map((windowMs): [unknown, RegExp] => [
    { ...RULE, threshold: 3, windowMs },
    /rule "mine": windowMs is .*: expected a number of ms from 1 to/,
  ]),
  ...[-1, Number.NaN, Number.POSITIVE_INFINITY].map((cooldownMs): [unknown, RegExp] => [
    { ...RULE, cooldownMs },
    /rule "mine": cooldownMs is .*: expected a number of ms from 0 to/,
  ]),
  [{ ...RULE, severity: 'bogus' }, /severity is "bogus": expected one of low, medium, high/],
  [{ ...RULE, groupBy: [''] }, /groupBy names no field: expected/],
])('addAlertRule() refuses %o', (given, message) => expectRefused(given, message, RangeError));

test('addAlertRule() rounds times to whole ms, and takes a window of a century', async () => {
  await using logs = await Logstead.open();
  const found: string[] = [];
  logs.onAlert((alert) => found.push(alert.rule));
  await logs.addAlertRule({ name: 'third', when: '*', threshold: 2, windowMs: 1000 / 3 });
  await logs.addAlertRule({ name: 'cool', when: '*', cooldownMs: 1000 / 3 });
  await logs.addAlertRule({ name: 'century', when: '*', threshold: 2, windowMs: CENTURY_MS });
  const endMs = Date.parse('2255-06-03T00:00:00Z');
  for (const timestamp of [1_000, 1_100, 2_500, endMs, endMs + 10]) {
    await logs.ingestLog({ message: 'x', timestamp });
    await logs.flush();
  }
  expect(new Set(found)).toEqual(new Set(['third', 'cool', 'century']));
  expect((await logs.getAlerts()).length).toBeGreaterThan(3);
});

const CENTURY_MS = 36_525 * 86_400_000;

test('a condition that throws, or gives a promise, is told of, and counts no entry; nor does one that gives nothing', async () => {
  const errors: string[] = [];
  await using logs = await Logstead.open({ onError: (error) => errors.push(String(error)) });
  const broken = (): boolean => {
    throw new Error('broken');
  };
  const late = async (): Promise<boolean> => {
    throw new Error('late');
  };
  await logs.addAlertRule({ name: 'broken', condition: broken });
  await logs.addAlertRule({ name: 'late', condition: late as never });
  await logs.addAlertRule({ name: 'silent', condition: (() => undefined) as never });
  await logs.addAlertRule({ name: 'any', condition: () => true });
  await logs.ingestLog({ message: 'x' });
  expect((await logs.getAlerts()).map(({ rule }) => rule)).toEqual(['any']);
  expect(errors).toEqual([
    'Error: broken',
    'TypeError: Cannot ask the condition of the rule "late": it gave a promise: expected true or false at once',
  ]);
});

test('addAlertRule() counts in a window of one minute where none is said', async () => {
  await using logs = await Logstead.open();
  await logs.addAlertRule({ name: 'pair', when: '*', threshold: 2 });
  for (const timestamp of [0, 61_000]) await logs.ingestLog({ message: 'x', timestamp });
  expect(await logs.getAlerts()).toEqual([]);
  await logs.ingestLog({ message: 'x', timestamp: 120_000 });
  expect(await logs.getAlerts()).toHaveLength(1);
});

test('rules given to open() go on after a restart: with what they counted, and with an incident that is told of once', async () => {
  using folder = TempFolder.make();
  const clock = new FakeClock();
  const told: string[] = [];
  const run = async (work: (logs: Logstead) => Promise<void>): Promise<string[]> => {
    await using logs = await Logstead.open({
      ...{ folder: folder.path, clock },
      rules: [{ name: 'boom', when: 'boom', threshold: 3, windowMs: 60_000, notify: ['pager'] }],
      notifiers: { pager: ({ event, id }) => void told.push(`${event} ${id}`) },
    });
    await work(logs);
    return (await logs.getAlerts()).map(({ id, count }) => `${id} ${count}`);
  };
  const boom = (logs: Logstead): Promise<void> => logs.ingestLog({ message: 'boom' });
  const pair = (logs: Logstead): Promise<void> => boom(logs).then(() => boom(logs));
  expect(await run(pair)).toEqual([]);
  expect(await run(boom)).toEqual([expect.stringMatching(/ 3$/)]);
  const [incident] = await run(boom);
  await run(async (logs) => {
    await clock.advance(10 * 60_000);
    await logs.flush();
  });
  const id = incident?.split(' ')[0];
  expect({ incident, told }).toEqual({
    incident: `${id} 4`,
    told: [`opened ${id}`, `resolved ${id}`],
  });
});
