/** Options that cannot be meant are refused before anything is opened, and functions that are none before they are called. */
import { expect, test } from 'vitest';
import type { LogsteadOptions } from '../../../src/library/options.ts';
import { Logstead } from '../../../src/library.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test.each<[given: unknown, message: RegExp, kind: ErrorConstructor]>([
  ['./log-store', /its options are ".\/log-store": expected an object, as in { folder/, TypeError],
  [null, /its options are null: expected an object/, TypeError],
  [{ folder: 5 }, /folder is 5: expected a string/, TypeError],
  [{ folder: '' }, /folder is "": expected a path; leave it out for one in memory/, RangeError],
  [{ retentionMs: -1 }, /retentionMs is -1: expected a number of ms above 0/, RangeError],
  [{ retentionMs: Number.NaN }, /retentionMs is NaN: expected a number of ms/, RangeError],
  [{ retentionMs: '30d' }, /retentionMs is "30d": expected a number of ms/, TypeError],
  [{ indexBytesMax: 0 }, /indexBytesMax is 0: expected a number of bytes above 0/, RangeError],
  [{ notifiers: { pager: 'mail' } }, /"pager" of notifiers: it is "mail": expected/, TypeError],
  [{ aggregations: [] }, /aggregations is an array: expected an object of functions/, TypeError],
  [{ foldr: './log-store' }, /there is no "foldr": did you mean "folder"\?/, TypeError],
  [{ rules: 'boom' }, /rules is "boom": expected an array of alert rules/, TypeError],
  [{ rules: [{ name: 'boom', when: 5 }] }, /"boom": when is 5: expected a string/, TypeError],
  [{ onError: true }, /Cannot use onError: it is true: expected a function/, TypeError],
])('open() refuses the options %j', async (given, message, kind) => {
  const thrown = await Logstead.open(given as LogsteadOptions).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(kind);
  expect((thrown as Error).message).toMatch(message);
});

test('hooks that are no functions are refused where they are added', async () => {
  await using logs = await Logstead.open();
  expect(() => logs.addPreIngestHook('x' as never)).toThrow(/a pre-ingest hook: it is "x"/);
  expect(() => logs.onAlert(undefined as never)).toThrow(/an alert hook: it is undefined/);
  await logs.ingestLog({ message: 'kept' });
  expect(await logs.countLogs()).toBe(1);
});

test.each<[name: string, ask: (logs: Logstead, text: never) => Promise<unknown>]>([
  ['queryLogs', (logs, text) => logs.queryLogs(text)],
  ['countLogs', (logs, text) => logs.countLogs(text)],
  ['getStats', (logs, text) => logs.getStats(text)],
  ['getAlerts', (logs, text) => logs.getAlerts(text)],
  ['aggregateLogs', (logs, text) => logs.aggregateLogs(text)],
])('%s() refuses a text, which would find everything', async (_, ask) => {
  await using logs = await Logstead.open();
  await expect(ask(logs, 'level>=error' as never)).rejects.toThrow(
    /given was "level>=error": expected an object/,
  );
});

test('a condition that there is not is refused: passed over, everything would be found', async () => {
  await using logs = await Logstead.open();
  const asked = { since: '1h' } as object;
  const said = /there is no "since": expected query, startTime, endTime, level/;
  for (const ask of ['queryLogs', 'countLogs', 'getStats', 'aggregateLogs'] as const) {
    await expect(logs[ask]({ ...asked, groupBy: ['level'] } as never)).rejects.toThrow(said);
  }
  await logs.ingestLog({ message: 'kept' });
  const shared = { query: 'kept', source: undefined, limit: 1, groupBy: ['level'] } as object;
  expect((await logs.queryLogs(shared)).entries.length).toBe(1);
  expect(await logs.countLogs(shared)).toBe(1);
});

test.each<[asked: object, said: RegExp]>([
  [{ state: 'opn' }, /Cannot list alerts: state is "opn": expected open, resolved/],
  [{ stat: 'open' }, /there is no "stat": did you mean "state"\?/],
  [{ severity: 5 }, /severity is 5: expected low, medium, high/],
  [{ order: 'newest' }, /order is "newest": expected worst/],
  [{ rule: ['boom'] }, /rule is an array: expected a string/],
  [{ fromMs: new Date(Number.NaN) }, /fromMs is an invalid Date: expected a number/],
  [{ saidSinceMs: Number.NaN }, /saidSinceMs is NaN: expected a number/],
])('getAlerts() refuses %j, which would list others, or all', async (asked, said) => {
  await using logs = await Logstead.open();
  await expect(logs.getAlerts(asked)).rejects.toThrow(said);
  const unset = { state: undefined, rule: undefined } as object;
  expect(await logs.getAlerts({ ...unset, state: 'open', fromMs: 0, limit: 5 })).toEqual([]);
});

test('a setting of a rule that there is not is refused: passed over, its default would count', async () => {
  await using logs = await Logstead.open();
  const rule = { name: 'many', when: '*', treshold: 3 };
  await expect(logs.addAlertRule(rule)).rejects.toThrow(
    'Cannot add the rule "many": there is no "treshold": did you mean "threshold"?',
  );
});

test('names that every object has are no notifiers, kinds of rules or aggregations', async () => {
  await using logs = await Logstead.open({ notifiers: {}, ruleKinds: {}, aggregations: {} });
  const rule = { name: 'mine', when: '*', notify: ['constructor'] };
  await expect(logs.addAlertRule(rule)).rejects.toThrow(/no notifier is called "constructor"/);
  await expect(logs.addAlertRule({ name: 'mine', kind: 'toString' })).rejects.toThrow(
    /no rule kind/,
  );
  await expect(logs.aggregateLogs({ aggregation: 'valueOf' })).rejects.toThrow(/no aggregation/);
});

test('ingestLogsFromFile() refuses a format that there is not', async () => {
  using folder = TempFolder.make();
  const path = folder.write('app.log', '2026-11-30T10:00:00Z ERROR payment failed\n');
  await using logs = await Logstead.open();
  await expect(logs.ingestLogsFromFile(path, { format: 'jsn' })).rejects.toThrow(
    /Cannot read a file as "jsn": expected one of docker, json/,
  );
  expect(await logs.countLogs()).toBe(0);
});

test.each<[options: object, said: RegExp]>([
  [{ sorce: 'shop' }, /Cannot read a file: there is no "sorce": did you mean "source"\?/],
  [['shop'], /Cannot read a file: given was an array: expected an object/],
])(
  'ingestLogsFromFile() refuses the options %j, which would be as if left out',
  async (options, said) => {
    using folder = TempFolder.make();
    const path = folder.write('app.log', '2026-11-30T10:00:00Z ERROR payment failed\n');
    await using logs = await Logstead.open();
    await expect(logs.ingestLogsFromFile(path, options)).rejects.toThrow(said);
    expect(await logs.countLogs()).toBe(0);
  },
);

test.each<[asked: object, said: RegExp]>([
  [{ top: { by: 'level', limt: 1 } }, /Cannot aggregate: top: there is no "limt": did you mean/],
  [{ top: 'level' }, /Cannot aggregate: top: given was "level": expected an object/],
  [{ histogram: { bucketMs: 1000, buy: 'level' } }, /histogram: there is no "buy"/],
  [{ percentiles: { of: 'took', ranks: [50], rank: 5 } }, /percentiles: there is no "rank"/],
  [{ top: { by: 'level' }, groupBy: ['level'] }, /found groupBy and top: expected one of them/],
])('aggregateLogs() refuses %j, of which a part would be passed over', async (asked, said) => {
  await using logs = await Logstead.open();
  await expect(logs.aggregateLogs(asked)).rejects.toThrow(said);
});
