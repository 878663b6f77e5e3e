/** Conditions that say nothing or cannot be meant are refused: by what was given, and without searching. */
import { expect, test } from 'vitest';
import type { LogConditions } from '../../../src/library/queries.ts';
import { Logstead } from '../../../src/library.ts';

async function withEntries(): Promise<Logstead> {
  const logs = await Logstead.open();
  await logs.ingestLogs([
    { message: 'one', level: 'info', source: 'shop', tags: ['eu'] },
    { message: 'two', level: 'error', source: 'mail' },
  ]);
  return logs;
}

/** By everything that takes conditions. */
async function expectRefused(given: object, message: RegExp) {
  await using logs = await withEntries();
  const conditions = given as LogConditions;
  await expect(logs.queryLogs(conditions)).rejects.toThrow(message);
  await expect(logs.countLogs(conditions)).rejects.toThrow(message);
  await expect(logs.getStats(conditions)).rejects.toThrow(message);
  await expect(logs.aggregateLogs({ ...conditions, groupBy: ['level'] })).rejects.toThrow(message);
  expect(await logs.countLogs()).toBe(2);
}

test('queryLogs() refuses an empty keyword, which is in every entry and in none', () =>
  expectRefused({ keyword: '' }, /Cannot look for the keyword "": found no text/));

test.each<[conditions: object, message: RegExp]>([
  [{ level: [] }, /none of the levels: level is an empty array; leave it out/],
  [{ source: [] }, /none of the sources: source is an empty array; leave it out/],
  [{ level: 'loud' }, /the level "loud": expected one of TRACE, DEBUG/],
  [{ level: 30 }, /level is 30: expected a string or an array of strings/],
  [{ level: ['info', 30] }, /level is an array: expected a string or an array of strings/],
  [{ source: 5 }, /source is 5: expected a string or an array of strings/],
  [{ tags: 'eu' }, /tags is "eu": expected an array of strings/],
  [{ keyword: 5 }, /keyword is 5: expected a string/],
  [{ query: 5 }, /query is 5: expected a string/],
  [{ startTime: 5 }, /startTime is 5: expected a valid Date/],
  [{ endTime: new Date(Number.NaN) }, /endTime is an invalid Date: expected a valid Date/],
  [{ minSeverity: Number.NaN }, /minSeverity is NaN: expected a number/],
  [{ minSeverity: 'error' }, /minSeverity is "error": expected a number/],
])('queryLogs() refuses the conditions %j', expectRefused);

test('queryLogs() takes several levels, sources and no tags', async () => {
  await using logs = await withEntries();
  expect(await logs.countLogs({ level: ['info', 'error'], source: ['shop', 'mail'] })).toBe(2);
  expect(await logs.countLogs({ level: ['error'], tags: [] })).toBe(1);
  expect(await logs.countLogs({ startTime: new Date(0), minSeverity: 25 })).toBe(1);
});

test.each<[query: object, message: RegExp]>([
  [{ limit: -1 }, /limit is -1: expected a whole number from 0/],
  [{ limit: Number.NaN }, /limit is NaN: expected a whole number from 0/],
  [{ limit: 2.5 }, /limit is 2.5: expected a whole number from 0/],
  [{ limit: '5' }, /limit is "5": expected a whole number from 0/],
  [{ sort: 'bogus' }, /sort is "bogus": expected newest or oldest/],
  [{ cursor: 'x' }, /Cannot read the cursor "x"/],
])('queryLogs() refuses the page %j', async (query, message) => {
  await using logs = await withEntries();
  await expect(logs.queryLogs(query)).rejects.toThrow(message);
});

test.each([0, Number.POSITIVE_INFINITY])(
  'queryLogs() takes a limit of %s for none',
  async (limit) => {
    await using logs = await withEntries();
    expect(await logs.queryLogs({ limit })).toMatchObject({ entries: [{}, {}], nextCursor: null });
  },
);

test.each<[query: object, message: RegExp]>([
  [{ limit: -1 }, /limit is -1: expected a whole number from 0/],
  [{ limit: Number.NaN }, /limit is NaN: expected a whole number from 0/],
  [{ offset: 0.5 }, /offset is 0.5: expected a whole number from 0/],
])('getAlerts() refuses %j', async (query, message) => {
  await using logs = await withEntries();
  await expect(logs.getAlerts(query)).rejects.toThrow(message);
});
