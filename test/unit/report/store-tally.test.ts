/** A report's tally from a real store: all of it, a range of time, or what arrived since the last one. */
import { expect, test } from 'vitest';
import type { ReportTally } from '../../../src/report/report-tally.ts';
import { tallyStore } from '../../../src/report/store-tally.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const START_US = Date.UTC(2026, 10, 20) * 1000;

function entry(index: number): TestEntry {
  return {
    timestampUs: START_US + index * 1_000_000,
    level: index % 10 === 0 ? 'ERROR' : 'INFO',
    source: index % 2 === 0 ? 'api' : 'web',
    message: `request ${index} took ${index * 3} ms`,
  };
}

function facts(tally: ReportTally): unknown {
  return {
    entryCount: tally.entryCount,
    sources: tally.sources.map(({ name }) => name).sort(),
    patterns: tally.patterns
      .map(({ template, count }) => [template, count] as const)
      .sort((a, b) => b[1] - a[1]),
    firstUs: tally.firstUs,
  };
}

test('tallyStore() counts everything once, and afterwards only what arrived since', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  const entries = Array.from({ length: 300 }, (_, index) => entry(index));
  store.add(entries.slice(0, 100));
  store.add(entries.slice(100, 200));
  using reader = store.openReader();

  const first = tallyStore(reader, { timezone: 'UTC' });
  expect(facts(first)).toEqual({
    entryCount: 200,
    sources: ['api', 'web'],
    patterns: [
      ['request <n> took <n> ms', 100],
      ['request <n> took <n> ms', 80],
      ['request <n> took <n> ms', 20],
    ],
    firstUs: START_US,
  });

  // An entry that is late by its stamp still arrived later.
  store.add([...entries.slice(200), { ...entry(0), message: 'a late one' }]);
  const second = tallyStore(reader, { timezone: 'UTC', afterSequence: first.lastSequence });
  expect(second.entryCount).toBe(101);
  expect(second.readBytes).toBeGreaterThan(101 * 10);
  const request = { query: { kind: 'everything' }, afterSequence: first.lastSequence } as const;
  expect(reader.count(request)).toBe(101);
  expect(reader.count({ ...request, afterSequence: 50 })).toBe(251);
  expect(second.firstUs).toBe(START_US);
  expect(second.patterns.map(({ template }) => template)).toContain('a late one');
  expect(
    tallyStore(reader, { timezone: 'UTC', afterSequence: second.lastSequence }).entryCount,
  ).toBe(0);
  expect(second.lastSequence).toBe(first.lastSequence + 101);
});

test('tallyStore() keeps to a range of time', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(Array.from({ length: 100 }, (_, index) => entry(index)));
  using reader = store.openReader();
  const tally = tallyStore(reader, {
    timezone: 'UTC',
    fromUs: START_US + 10_000_000,
    untilUs: START_US + 20_000_000,
  });
  expect(tally.entryCount).toBe(10);
});
