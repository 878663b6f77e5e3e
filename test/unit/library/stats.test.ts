import { expect, test } from 'vitest';
import { Logstead } from '../../../src/library.ts';

const AT_MS = Date.parse('2026-11-20T10:00:12.345Z');

test('getStats() tells the times of the first and the last entry, and counts a tag once an entry', async () => {
  await using logs = await Logstead.open();
  expect(await logs.getStats()).toMatchObject({ total: 0, firstTime: null, lastTime: null });
  await logs.ingestLogs([
    { message: 'one', timestamp: AT_MS, tags: ['eu', 'eu'] },
    { message: 'two', timestamp: AT_MS + 90_000 },
  ]);
  expect(await logs.getStats()).toMatchObject({
    total: 2,
    tags: { eu: 1 },
    distinctKeywords: 2,
    firstTime: new Date(AT_MS),
    lastTime: new Date(AT_MS + 90_000),
  });
});

test('aggregateLogs() takes for a number what a query does, and counts each entry', async () => {
  await using logs = await Logstead.open();
  const sizes = ['5', '0x1F', ' 7', '', 'Infinity', 9];
  await logs.ingestLogs(sizes.map((size) => ({ message: 's', source: '40', metadata: { size } })));
  await logs.ingestLog({ message: 's', source: '50' });
  const ranksOf = (of: string) => logs.aggregateLogs({ percentiles: { of, ranks: [0, 50, 100] } });
  expect(await ranksOf('size')).toEqual({ kind: 'percentiles', values: [5, 5, 9] });
  expect(await ranksOf('source')).toEqual({ kind: 'percentiles', values: [40, 40, 50] });
});
