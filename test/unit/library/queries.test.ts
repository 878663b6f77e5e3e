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
