/** What operators ask the store: is it whole, what is in a segment, and can the catalog be made anew. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { rebuildCatalog } from '../../../src/engine/rebuild.ts';
import { checkStore } from '../../../src/engine/store-check.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { collect, described, TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
const FILES = { inlineBytesMax: 1 };
const HERE = { disk: systemDisk, nowMs: 1_000 };
const START_US = 1_700_000_000_000_000;

function entriesOf(count: number, from = 0): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampUs: START_US + (from + index) * 1000,
    level: 'INFO',
    source: 'api',
    message: `entry number ${from + index}`,
    generation: (from + index) % 2,
  }));
}

function segmentPaths(store: TestStore): string[] {
  return readdirSync(store.segmentsFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.segment'))
    .map((name) => join(store.segmentsFolder, name))
    .sort();
}

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

describe('checkStore()', () => {
  test('finds a flipped bit anywhere only when it looks deep', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 3; part += 1) store.add(entriesOf(20, part * 20));
    using database = Database.open(store.databasePath, { readOnly: true });
    const options = { disk: systemDisk, database, folder: store.segmentsFolder };
    expect(checkStore({ ...options, deep: true })).toMatchObject({
      segmentCount: 3,
      rowCount: 60,
      damaged: [],
    });
    flipBit(segmentPaths(store)[1]!, 90);
    expect(checkStore({ ...options, deep: false }).damaged).toEqual([]);
    const { damaged } = checkStore({ ...options, deep: true });
    expect(damaged).toMatchObject([{ segment: { number: 2 } }]);
    store.engine.setAside(damaged[0]!);
    expect(checkStore({ ...options, deep: true })).toMatchObject({
      segmentCount: 2,
      damaged: [],
      setAside: [{ number: 2, rowCount: 20 }],
    });
  });
});

describe('rebuildCatalog()', () => {
  test('lists the segments again where the database is lost', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 3; part += 1) store.add(entriesOf(20, part * 20));
    flipBit(segmentPaths(store)[0]!, 90);
    store[Symbol.dispose]();
    for (const suffix of ['', '-wal', '-shm']) rmSync(store.databasePath + suffix, { force: true });
    {
      using database = Database.open(store.databasePath);
      const rebuilt = rebuildCatalog({ ...HERE, database, folder: store.segmentsFolder });
      expect(rebuilt.added.map(({ number }) => number)).toEqual([3, 2]);
      expect(rebuilt.setAside).toMatchObject([{ reason: /checksum/ }]);
    }
    store.reopen();
    expect(store.engine.recovery).toEqual({ deleted: [], setAside: [], missing: [] });
    store.add(entriesOf(10, 60));
    using reader = store.openReader();
    expect(collect(reader.matches({ query: EVERYTHING, order: 'oldest' }))).toEqual(
      described(entriesOf(50, 20), 21),
    );
  });

  test('reads small segments out of a damaged database, as far as they match their checksums', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    for (let part = 0; part < 40; part += 1) store.add(entriesOf(20, part * 20));
    store[Symbol.dispose]();
    const aside = `${store.databasePath}.damaged`;
    renameSync(store.databasePath, aside);
    // One page after the other, from the end of the file on: the catalog's own pages come first.
    const bytes = readFileSync(aside);
    bytes.fill(0x5a, Math.floor(bytes.length * 0.8), Math.floor(bytes.length * 0.9));
    writeFileSync(aside, bytes);
    expect(Database.isWhole(aside)).toBe(false);
    let taken: number[];
    {
      using damaged = Database.open(aside, { readOnly: true });
      using database = Database.open(store.databasePath);
      const parts = { ...HERE, database, folder: store.segmentsFolder, damaged };
      const rebuilt = rebuildCatalog(parts);
      taken = rebuilt.added.map(({ number }) => number);
      expect(taken.length).toBeGreaterThan(10);
      expect(taken.length).toBeLessThan(40);
    }
    store.reopen();
    using reader = store.openReader();
    const whole = taken
      .toSorted((a, b) => a - b)
      .flatMap((number) => {
        const from = (number - 1) * 20;
        return described(entriesOf(20, from), from + 1);
      });
    expect(collect(reader.matches({ query: EVERYTHING, order: 'oldest' }))).toEqual(whole);
    expect(store.damage).toEqual([]);
  });

  test('takes no entry twice where a merged segment stands beside what it was made of', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 8; part += 1) store.add(entriesOf(20, part * 20));
    const before = segmentPaths(store).map((path) => [path, readFileSync(path)] as const);
    await store.engine.compact();
    for (const [path, bytes] of before) writeFileSync(path, bytes);
    store[Symbol.dispose]();
    for (const suffix of ['', '-wal', '-shm']) rmSync(store.databasePath + suffix, { force: true });
    {
      using database = Database.open(store.databasePath);
      const rebuilt = rebuildCatalog({ ...HERE, database, folder: store.segmentsFolder });
      expect(rebuilt.added).toHaveLength(1);
      expect(rebuilt.setAside).toHaveLength(8);
    }
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(160);
    store.reopen();
  });
});

describe('StoreReader.context()', () => {
  test('gives the neighbours in the same file, across segments', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: { ...FILES, chunkRows: 4 } });
    for (let part = 0; part < 4; part += 1) store.add(entriesOf(10, part * 10));
    using reader = store.openReader();
    const context = (sequence: number, before: number, after: number): unknown[] | null => {
      const found = reader.context({ sequence, before, after });
      return found && collect([found]).map((row) => (row as { sequence: number }).sequence);
    };
    expect(context(20, 3, 3)).toEqual([14, 16, 18, 20, 22, 24, 26]);
    expect(context(1, 3, 6)).toEqual([1, 3, 5, 7, 9, 11, 13]);
    expect(context(39, 0, 5)).toEqual([39]);
    expect(context(41, 1, 1)).toBeNull();
  });
});

describe('StoreReader.describe()', () => {
  test('says what is inside a segment, to the byte', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: { ...FILES, chunkRows: 16 } });
    store.add(entriesOf(40));
    using reader = store.openReader();
    const [row] = reader.segments();
    const described = reader.describe(row!);
    expect(described).toMatchObject({
      number: 1,
      rowCount: 40,
      sources: [{ name: 'api', rowCount: 40 }],
      chunks: [{ rowCount: 16, levels: ['INFO'] }, { rowCount: 16 }, { rowCount: 8 }],
    });
    const parts = described!.sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(row!.sizeBytes - parts).toBeGreaterThan(0);
    expect(row!.sizeBytes - parts).toBeLessThan(1000);
  });
});
