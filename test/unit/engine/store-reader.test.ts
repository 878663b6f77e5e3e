/** The whole path: rows appended, sealed, committed, and found by a reader that knows nothing of the writer. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { MatchReader } from '../../../src/engine/match-reader.ts';
import { StoreReader } from '../../../src/engine/store-reader.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { collect, described, TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
const MINUTE_US = 60_000_000;

function entriesOf(count: number): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampUs: 1_000_000 * ((index * 7919) % count),
    level: index % 3 === 0 ? 'ERROR' : null,
    source: `s${index % 3}`,
    message: `hello world ${index} from ${index % 17}`,
    fields: [
      { key: 'user', value: `u${index % 5}` },
      { key: 'quoted', value: `a "word" ${index}`, made: true },
    ],
    tags: index % 2 === 1 ? ['a', 'b'] : [],
  }));
}

function phrase(text: string): Filter {
  return { kind: 'text', test: { kind: 'phrase', text } };
}

describe('StoreReader.matches with turns', () => {
  test('comes back while nothing matches, and gives what it would give without', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    const entries = entriesOf(3_000);
    for (let from = 0; from < entries.length; from += 500) {
      store.add(entries.slice(from, from + 500));
    }
    using reader = store.openReader();
    const request = { query: phrase('world 7 from'), order: 'oldest' } as const;
    const batches = Array.from(reader.matches({ ...request, turnEveryMs: 0 }), (batch) =>
      collect([batch]),
    );
    expect(batches.filter((rows) => rows.length === 0).length).toBeGreaterThan(3);
    expect(batches.flat()).toEqual(collect(reader.matches(request)));
    expect(batches.flat()).toHaveLength(1);
    expect(Array.from(reader.matches(request), ({ count }) => count)).toEqual([1]);
  });
});

describe('StoreReader.matches', () => {
  test('gives back every entry as it was, newest first and oldest first', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    const entries = entriesOf(3000);
    store.add(entries.slice(0, 1000));
    store.add(entries.slice(1000, 1001));
    store.add(entries.slice(1001));
    using reader = store.openReader();
    const newest = described(entries).toSorted(
      (a, b) => timeOf(b) - timeOf(a) || sequenceOf(b) - sequenceOf(a),
    );
    expect(collect(reader.matches({ query: EVERYTHING }))).toEqual(newest);
    expect(collect(reader.matches({ query: EVERYTHING, order: 'oldest' }))).toEqual(
      newest.toReversed(),
    );
    expect(reader.damaged).toEqual([]);
  });

  test('pages through with a cursor, without gap or repetition', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    const entries = entriesOf(500).map((entry) => ({
      ...entry,
      timestampUs: Math.floor(entry.timestampUs / 50_000_000),
    }));
    store.add(entries.slice(0, 200));
    store.add(entries.slice(200));
    using reader = store.openReader();
    const all = collect(reader.matches({ query: EVERYTHING }));
    const paged: object[] = [];
    for (;;) {
      const last = paged.at(-1);
      const after = last && { timestampUs: timeOf(last), sequence: sequenceOf(last) };
      const page = collect(
        reader.matches({ query: EVERYTHING, limit: 7, ...(after && { after }) }),
      );
      paged.push(...page);
      if (page.length < 7) break;
    }
    expect(paged).toEqual(all);
  });

  test('does not see what is appended and not committed', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.append(entriesOf(10));
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(0);
    const sealed = store.engine.sealNow();
    expect(reader.count({ query: EVERYTHING })).toBe(0);
    store.engine.commit(sealed!);
    expect(reader.count({ query: EVERYTHING })).toBe(10);
  });

  test('stops at its deadline and when it is called off', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(entriesOf(10));
    using reader = store.openReader();
    const stop = new AbortController();
    stop.abort();
    expect(() => collect(reader.matches({ query: EVERYTHING, signal: stop.signal }))).toThrow(
      expect.objectContaining({ code: 'QUERY_STOPPED' }),
    );
    expect(() => reader.count({ query: phrase('hello'), deadlineMs: -1 })).toThrow(
      expect.objectContaining({ code: 'QUERY_STOPPED' }),
    );
  });
});

test('MatchReader gives the same entries, and the rest of a StoreReader when it is asked for', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  const entries = entriesOf(1200);
  store.add(entries);
  using whole = store.openReader();
  const { clock, databasePath: database } = store;
  using reader = MatchReader.open({ disk: systemDisk, clock, database });
  const query = phrase('from 3');
  const expected = collect(whole.matches({ query, limit: 20 }));
  expect(expected).toHaveLength(20);
  expect(collect(reader.matches({ query, limit: 20 }))).toEqual(expected);
  {
    using more = StoreReader.over(reader);
    expect(more.count({ query })).toBe(whole.count({ query }));
  }
  // What was opened with it goes with it, not before.
  expect(collect(reader.matches({ query, limit: 20 }))).toEqual(expected);
  expect(reader.entryCount()).toBe(1200);
});

describe('A segment whose words rule it out', () => {
  const limits = { inlineBytesMax: 0 };

  /** One segment for each word, as files. */
  function storeOf(folder: TempFolder, words: readonly string[]): TestStore {
    const store = new TestStore(folder.path, { limits });
    for (const [index, word] of words.entries()) {
      store.add([{ timestampUs: index, level: null, source: 's', message: `the ${word} is here` }]);
    }
    return store;
  }

  function spoil(store: TestStore, segment: number, place: 'footer' | 'words'): void {
    const { file, sizeBytes, words } = reading(store, (reader) => reader.segments()[segment]!);
    const path = join(store.segmentsFolder, file!);
    const bytes = readFileSync(path);
    const at = place === 'footer' ? sizeBytes - 4 : words!.at + words!.length - 1;
    bytes[at]! ^= 0xff;
    writeFileSync(path, bytes);
  }

  function reading<T>(store: TestStore, read: (reader: StoreReader) => T): T {
    using reader = store.openReader();
    return read(reader);
  }

  const messagesOf = (reader: StoreReader, query: Filter): string[] =>
    collect(reader.matches({ query })).map((entry) => (entry as { message: string }).message);

  test.each([
    ['matches', (reader: StoreReader, query: Filter) => messagesOf(reader, query).length],
    ['count', (reader: StoreReader, query: Filter) => reader.count({ query })],
    [
      'newestHistogram',
      (reader: StoreReader, query: Filter) =>
        reader
          .newestHistogram({ query }, { bucketUs: MINUTE_US, isOver: () => false })
          .rows.reduce((sum, { total }) => sum + total, 0),
    ],
  ])('is not opened for %s', (_, ask) => {
    using folder = TempFolder.make();
    using store = storeOf(folder, ['horse', 'camel', 'mule']);
    spoil(store, 1, 'footer');
    reading(store, (reader) => {
      for (const word of ['mule', 'horse', 'donkey', 'mule']) {
        expect([word, ask(reader, phrase(word))]).toEqual([word, word === 'donkey' ? 0 : 1]);
      }
      expect(reader.damaged).toEqual([]);
      expect(ask(reader, { kind: 'or', parts: [phrase('mule'), phrase('camel')] })).toBe(1);
      expect(reader.damaged).toHaveLength(1);
    });
  });

  test('is opened where its word index is damaged, and named then', () => {
    using folder = TempFolder.make();
    using store = storeOf(folder, ['horse', 'camel']);
    spoil(store, 1, 'words');
    reading(store, (reader) => {
      expect(messagesOf(reader, phrase('horse'))).toEqual(['the horse is here']);
      expect(messagesOf(reader, phrase('camel'))).toEqual([]);
      expect(reader.damaged).toHaveLength(1);
    });
  });

  test('is opened where the state is from before the catalog knew its words', () => {
    using folder = TempFolder.make();
    using store = storeOf(folder, ['horse', 'camel']);
    {
      using database = Database.open(store.databasePath);
      for (const column of ['words_at', 'words_bytes']) {
        database.prepare(`ALTER TABLE engine_segment DROP COLUMN ${column}`).run();
      }
      database.prepare("UPDATE schema_version SET version = 2 WHERE room = 'engine'").run();
    }
    const ask = (reader: StoreReader): string[] => messagesOf(reader, phrase('camel'));
    expect(reading(store, ask)).toEqual(['the camel is here']);
    store.reopen();
    store.add([{ timestampUs: 9, level: null, source: 's', message: 'a camel' }]);
    expect(reading(store, ask)).toEqual(['a camel', 'the camel is here']);
    expect(
      reading(store, (reader) => reader.segments().map(({ words }) => words !== null)),
    ).toEqual([false, false, true]);
  });
});

describe('StoreReader aggregations', () => {
  test('count what a plain filter counts', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(entriesOf(2000));
    store.add(entriesOf(1000));
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(3000);
    expect(reader.count({ query: phrase('from 3') })).toBe(118 + 59);
    expect(reader.count({ query: { kind: 'level', comparison: '>=', level: 'ERROR' } })).toBe(1001);
    const range = { fromUs: 90_500_000, untilUs: 400_000_000 };
    expect(reader.count({ query: EVERYTHING, ...range })).toBe(2 * (400 - 91));
    expect(reader.count({ query: phrase('hello'), ...range })).toBe(2 * (400 - 91));
  });
});

describe('StoreReader.histogram', () => {
  test('counts by level, with and without rows', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(entriesOf(3000));
    using reader = store.openReader();
    const range = { query: EVERYTHING, fromUs: 30_000_000, untilUs: 200_000_000 };
    const coarse = reader.histogram(range, { bucketUs: MINUTE_US });
    expect(coarse.map(({ startUs, total }) => [startUs / MINUTE_US, total])).toEqual([
      [0, 30],
      [1, 60],
      [2, 60],
      [3, 20],
    ]);
    const fine = reader.histogram(range, { bucketUs: 10_000_000, by: 'source' });
    expect(fine).toHaveLength(17);
    expect(fine.reduce((sum, { total }) => sum + total, 0)).toBe(170);
    for (const { counts, total } of fine) {
      expect([...counts.values()].reduce((a, b) => a + b)).toBe(total);
    }
  });
});

describe('StoreReader statistics', () => {
  test('give top values, groups, distinct values, percentiles and statistics', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(
      [10, 20, 30, 40].map((took, index) => ({
        timestampUs: index,
        level: 'INFO',
        source: index < 3 ? 'api' : 'web',
        message: 'done',
        tags: index === 0 ? ['x', 'y'] : ['x'],
        fields: [{ key: 'took', value: String(took) }],
      })),
    );
    using reader = store.openReader();
    const request = { query: EVERYTHING };
    expect(reader.top(request, { by: 'source', limit: 1 })).toEqual([{ name: 'api', count: 3 }]);
    expect(reader.top(request, { by: 'tag', limit: 5 })).toEqual([
      { name: 'x', count: 4 },
      { name: 'y', count: 1 },
    ]);
    expect(reader.groupBy(request, { by: ['source', 'took'] })).toHaveLength(4);
    expect(reader.groupBy(request, { by: ['source', 'level'] })[0]).toEqual({
      values: ['api', 'INFO'],
      count: 3,
    });
    expect(reader.distinct(request, { of: 'took' })).toBe(4);
    expect(reader.percentiles(request, { of: 'took', percentiles: [0, 50, 75, 100] })).toEqual([
      10, 20, 30, 40,
    ]);
    expect(reader.percentiles(request, { of: 'none', percentiles: [50] })).toEqual([null]);
    expect(reader.stats(request)).toEqual({
      total: 4,
      levels: new Map([['INFO', 4]]),
      sources: new Map([
        ['api', 3],
        ['web', 1],
      ]),
      tags: new Map([
        ['x', 4],
        ['y', 1],
      ]),
      firstUs: 0,
      lastUs: 0,
    });
  });
});

function timeOf(described: object): number {
  return (described as { timestampUs: number }).timestampUs;
}

function sequenceOf(described: object): number {
  return (described as { sequence: number }).sequence;
}
