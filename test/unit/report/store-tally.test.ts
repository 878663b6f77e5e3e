/** A report's tally from a real store: all of it, a range of time, or what arrived since the last one. */
import { expect, test } from 'vitest';
import type { EntryReader } from '../../../src/engine/entry-reader.ts';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
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

/** Of one pattern. */
const SHARED: readonly TestEntry[] = ['api', 'web', 'web', 'jobs', 'web'].map((source, index) => ({
  timestampUs: START_US + index * 1_000_000,
  level: 'ERROR',
  source,
  message: `lost lease ${100 + index}`,
}));

test.each([
  ['whole segments', {}],
  ['rows', { fromUs: START_US, untilUs: START_US + 4_500_000 }],
])('tallyStore() gives no source an example of another, from %s', (_, range) => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(SHARED.slice(0, 3));
  store.add([...SHARED.slice(3), { ...SHARED[0]!, timestampUs: START_US + 5_000_000 }]);
  using reader = store.openReader();
  const examples = new Map(
    tallyStore(reader, { timezone: 'UTC', ...range }).patterns.map(
      ({ source, example, exampleUs }) => [source, [example, (exampleUs - START_US) / 1_000_000]],
    ),
  );
  expect(examples.get('api')).toEqual(['lost lease 100', 0]);
  expect(examples.get('jobs')).toEqual(['lost lease 103', 3]);
  const web = [
    ['lost lease 101', 1],
    ['lost lease 104', 4],
    ['lost lease <n>', 1],
  ];
  expect(web).toContainEqual(examples.get('web'));
});

/** Everything a tally knows, in an order of its own. */
function allOf(tally: ReportTally): unknown {
  const { entryCount, readBytes, firstUs, lastUs, lastSequence, otherPatternCount } = tally;
  const named = (list: ReportTally['files']): unknown =>
    list.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((one) => ({ ...one }));
  return {
    ...{ entryCount, readBytes, firstUs, lastUs, lastSequence, otherPatternCount },
    counts: [...tally.counts],
    chart: tally.buckets.chart({ barsMax: 48, offsetMinutes: 60 }),
    sources: named(tally.sources),
    files: named(tally.files),
    requests: tally.requests
      .map(({ times, ...route }) => ({ ...route, times: [...times].sort(([a], [b]) => a - b) }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    generations: tally.generations.toSorted((a, b) => a.generation - b.generation),
    patterns: tally.patterns
      .map(({ example: _example, exampleUs: _exampleUs, days, ...pattern }) => ({
        ...pattern,
        days: [...days].sort(([a], [b]) => a - b),
      }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

type Folder = Pick<EntryReader, 'fold' | 'names'>;

/** The reader as it is, counting the segments it told by their counts; and as if it had none: as a cluster is. */
function readersOf(reader: StoreReader, taken: { count: number }): [Folder, Folder] {
  const { names } = reader;
  const counted: Folder['fold'] = (request, open, look) =>
    reader.fold(
      request,
      (book) => {
        const folding = open(book);
        return {
          ...folding,
          takeCounts(counts) {
            const isTaken = folding.takeCounts?.(counts) ?? false;
            if (isTaken) taken.count += 1;
            return isTaken;
          },
        };
      },
      look,
    );
  const read: Folder['fold'] = (request, open, look) =>
    reader.fold(
      request,
      (book) => {
        const { take, result } = open(book);
        return { take, result };
      },
      look,
    );
  return [
    { names, fold: counted },
    { names, fold: read },
  ];
}

function requestFields(index: number): NonNullable<TestEntry['fields']> {
  const values = { method: 'GET', path: `/users/${index}`, status: '503', duration_ms: `${index}` };
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

test('tallyStore() tells the same from stored counts as from the rows themselves', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: { segmentRows: 256, chunkRows: 32 } });
  // A minute apart, over two midnights in Berlin, some late by their stamps, some without a file.
  const entries = Array.from({ length: 3000 }, (_, index) => ({
    ...entry(index),
    timestampUs: START_US + (index - (index % 50 === 0 ? 300 : 0)) * 60_000_000,
    path: `/srv/${index % 3}.log`,
    generation: index % 11 === 0 ? 0 : 1 + (index % 4),
    tags: index % 7 === 0 ? ['eu'] : [],
    ...(index % 3 === 0 ? { fields: requestFields(index) } : {}),
  }));
  for (let at = 0; at < 3000; at += 150) store.add(entries.slice(at, at + 150));
  const ranges = [
    {},
    { afterSequence: 1000 },
    { fromUs: START_US + 700 * 60_000_000, untilUs: START_US + 2200 * 60_000_000 },
  ];
  const check = (): number => {
    using reader = store.openReader();
    const taken = { count: 0 };
    const [counted, read] = readersOf(reader, taken);
    for (const range of ranges) {
      const request = { timezone: 'Europe/Berlin', ...range };
      expect(allOf(tallyStore(counted, request))).toEqual(allOf(tallyStore(read, request)));
    }
    return taken.count;
  };
  expect(check()).toBeGreaterThan(10);
  while (await store.engine.compact());
  expect(check()).toBeGreaterThan(3);
});
