/** Backups taken beside a writer, and restored: the same entries, whatever happened in between. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { type Disk, systemDisk } from '../../../src/base/disk.ts';
import { backUp, type CopyResult, restore } from '../../../src/engine/backup.ts';
import { readDamage, readInlineBytes } from '../../../src/engine/catalog.ts';
import { rebuildCatalog } from '../../../src/engine/rebuild.ts';
import { checkStore } from '../../../src/engine/store-check.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { breakingDisk } from '../../support/breaking-disk.ts';
import { collect, TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
/** Memory, where the system has such a folder: a disk would sync 1,000 times. */
const FAST_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : undefined;
/** Some segments are files, some live in the database. */
const LIMITS = { inlineBytesMax: 1_000 };

function entriesOf(from: number, count: number): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampUs: 1_700_000_000_000_000 + (from + index) * 1_000,
    level: 'INFO',
    source: 'api',
    message: `entry number ${from + index} of many, ${Math.imul(from + index, 0x9e3779b1)}`,
  }));
}

function all(store: TestStore): object[] {
  using reader = store.openReader();
  return collect(reader.matches({ query: EVERYTHING, order: 'oldest' }));
}

function take(store: TestStore, folder: string, options: { verify?: boolean; disk?: Disk } = {}) {
  const place = { databasePath: store.databasePath, segmentsFolder: store.segmentsFolder };
  const { verify = false, disk = systemDisk } = options;
  return backUp({ disk, store: place, folder, takenAtMs: 1_000, verify });
}

function segmentsOf(store: TestStore): string[] {
  using reader = store.openReader();
  return reader.segments().flatMap(({ file }) => (file === null ? [] : [file]));
}

/** What a backup gives, in a store of its own. */
function restored(
  folder: string,
): Pick<CopyResult, 'note'> & Readonly<{ entries: object[]; damaged: number }> {
  using target = TempFolder.make(FAST_FOLDER);
  const place = {
    databasePath: target.join('logstead.db'),
    segmentsFolder: target.join('segments'),
  };
  const { damaged, note } = restore({
    disk: systemDisk,
    folder,
    store: place,
    nowMs: 2_000,
    renew: () => {},
  });
  expect(readdirSync(target.path).toSorted()).toEqual(['logstead.db', 'segments']);
  {
    using database = Database.open(place.databasePath, { readOnly: true });
    const check = checkStore({
      ...{ disk: systemDisk, database, folder: place.segmentsFolder, deep: true },
    });
    expect(check.damaged).toHaveLength(damaged.length);
  }
  using store = new TestStore(target.path, { limits: LIMITS });
  return { note, entries: all(store), damaged: damaged.length };
}

test('backUp() and restore() give the store back, and copy only what is new', async () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  const target = folder.join('backup');
  for (let part = 0; part < 7; part += 1) store.add(entriesOf(part * 100, 100));
  store.add(entriesOf(700, 3));
  expect(take(store, target)).toMatchObject({ copiedCount: 7, damaged: [] });
  const first = all(store);
  expect(restored(target)).toMatchObject({ entries: first, damaged: 0 });

  store.add(entriesOf(703, 100));
  expect(take(store, target)).toMatchObject({ copiedCount: 1 });
  expect(restored(target).entries).toHaveLength(803);

  while (await store.engine.compact());
  store.append(entriesOf(803, 50));
  expect(take(store, target)).toMatchObject({ copiedCount: 1 });
  expect(restored(target).entries).toEqual(all(store));
  const day = readdirSync(join(target, 'segments')).flatMap((name) =>
    readdirSync(join(target, 'segments', name)),
  );
  expect(day).toHaveLength(
    store
      .openReader()
      .segments()
      .filter(({ file }) => file !== null).length,
  );
});

test('backUp() names what is damaged, keeps the rest, and heals a bad copy when told to look', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  const target = folder.join('backup');
  store.add(entriesOf(0, 100));
  store.add(entriesOf(100, 100));
  expect(take(store, target).damaged).toEqual([]);
  const [file] = store
    .openReader()
    .segments()
    .map((row) => row.file!);
  const copy = join(target, 'segments', file!);
  flip(copy);
  expect(take(store, target).copiedCount).toBe(0);
  expect(restored(target)).toMatchObject({ damaged: 1 });
  expect(take(store, target, { verify: true })).toMatchObject({ copiedCount: 1, damaged: [] });
  expect(restored(target)).toMatchObject({ entries: all(store), damaged: 0 });

  flip(join(store.segmentsFolder, file!));
  flip(copy);
  expect(take(store, target, { verify: true }).damaged).toMatchObject([{ file }]);
  expect(restored(target).entries).toHaveLength(100);
});

test('backUp() names a segment whose file is missing, and copies the others', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  for (let part = 0; part < 3; part += 1) store.add(entriesOf(part * 100, 100));
  const [first] = segmentsOf(store);
  rmSync(join(store.segmentsFolder, first!));
  const target = folder.join('backup');
  expect(take(store, target).damaged).toEqual([{ file: first, reason: 'its file is missing' }]);
  expect(restored(target)).toMatchObject({ damaged: 1, entries: { length: 200 } });
});

test('backUp() keeps the good copy of a segment that the store has set aside', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  const target = folder.join('backup');
  for (let part = 0; part < 2; part += 1) store.add(entriesOf(part * 100, 100));
  const before = all(store);
  const [first] = segmentsOf(store);
  take(store, target);
  rmSync(join(store.segmentsFolder, first!));
  store.reopen();
  expect(all(store)).toHaveLength(100);
  expect(take(store, target).damaged).toEqual([]);

  // Put back by hand it is listed again.
  store[Symbol.dispose]();
  systemDisk.copy(join(target, 'segments', first!), join(store.segmentsFolder, first!));
  {
    using database = Database.open(store.databasePath);
    rebuildCatalog({ disk: systemDisk, database, folder: store.segmentsFolder, nowMs: 0 });
    expect(readDamage(database)).toEqual([]);
  }
  store.reopen();
  expect(all(store)).toEqual(before);
});

test('a backup has nothing of another life of its store', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  const target = folder.join('backup');
  const earlier = folder.join('earlier');
  {
    using store = new TestStore(folder.makeFolder('first'), { limits: LIMITS });
    store.add(entriesOf(0, 100));
    take(store, earlier);
    store.add(entriesOf(100, 100));
    take(store, target);
  }
  const state = folder.makeFolder('second');
  const place = {
    databasePath: join(state, 'logstead.db'),
    segmentsFolder: join(state, 'segments'),
  };
  restore({ disk: systemDisk, folder: earlier, store: place, nowMs: 2_000, renew: () => {} });
  using store = new TestStore(state, { limits: LIMITS });
  // As long as those of the other life, to the byte.
  store.add(entriesOf(100, 100).map((entry) => ({ ...entry, source: 'ipa' })));
  expect(() => take(store, target, { disk: breakingDisk(5) })).toThrow('broken off');
  expect(restored(target)).toMatchObject({ damaged: 0, entries: { length: 200 } });
  take(store, target);
  expect(restored(target)).toMatchObject({ damaged: 0, entries: all(store) });
});

test('backUp() and restore() compare the segments inside the database as well', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'));
  const target = folder.join('backup');
  store.add(entriesOf(0, 100));
  store.add(entriesOf(100, 50));
  expect(take(store, target).damaged).toEqual([]);
  flipSmall(join(target, 'logstead.db'));
  expect(restored(target)).toMatchObject({ damaged: 1, entries: { length: 50 } });
  expect(take(store, target).damaged).toEqual([]);
  expect(restored(target)).toMatchObject({ damaged: 0, entries: { length: 150 } });

  flipSmall(store.databasePath);
  expect(take(store, target).damaged).toEqual([
    { file: 'segment 1 in the database', reason: expect.stringContaining('checksum') },
  ]);
});

test('restore() refuses a database that cannot be used, and leaves nothing behind', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  const target = folder.join('backup');
  store.add(entriesOf(0, 100));
  take(store, target);
  const copy = join(target, 'logstead.db');
  const bytes = readFileSync(copy);
  bytes.fill(0xff, 4096, 8192);
  writeFileSync(copy, bytes);
  const empty = folder.makeFolder('empty');
  const place = {
    databasePath: join(empty, 'logstead.db'),
    segmentsFolder: join(empty, 'segments'),
  };
  const attempt = (): unknown =>
    restore({ disk: systemDisk, folder: target, store: place, nowMs: 2_000, renew: () => {} });
  expect(attempt).toThrow('its database is damaged');
  expect(readdirSync(empty)).toEqual([]);
});

test('backUp() refuses the backup of another store, restore() a folder without one', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'));
  using other = new TestStore(folder.makeFolder('other'));
  store.add(entriesOf(0, 5));
  other.add(entriesOf(0, 5));
  const target = folder.join('backup');
  take(store, target);
  expect(() => take(other, target)).toThrow('the backup of another store');
  expect(restored(target).entries).toEqual(all(store));
  expect(() => restored(folder.makeFolder('empty'))).toThrow('it holds no backup');
});

test('a backup that breaks off anywhere leaves the one before it, or is whole', async () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  for (let part = 0; part < 3; part += 1) store.add(entriesOf(part * 100, 100));
  const before = all(store);
  take(store, folder.join('first'));
  for (let part = 3; part < 5; part += 1) store.add(entriesOf(part * 100, 100));
  while (await store.engine.compact(true));
  const after = all(store);
  let whole = 0;
  for (let operations = 0; whole < 2; operations += 1) {
    const target = folder.join(`backup-${operations}`);
    copyFolder(folder.join('first'), target);
    try {
      take(store, target, { disk: breakingDisk(operations) });
      whole += 1;
    } catch (thrown) {
      expect(String(thrown)).toContain('broken off');
    }
    const { entries, damaged } = restored(target);
    expect(damaged).toBe(0);
    expect([before.length, after.length]).toContain(entries.length);
    expect(entries).toEqual(entries.length === before.length ? before : after);
    // And the next one completes it.
    take(store, target);
    expect(restored(target).entries).toEqual(after);
  }
});

test('a backup that finds its disk full leaves nothing half of it there', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  store.add(entriesOf(0, 100));
  const target = folder.join('backup');
  take(store, target);
  const before = all(store);
  const files = readdirSync(target, { recursive: true });
  store.add(entriesOf(100, 100));
  const copy = (from: string, to: string): void => {
    writeFileSync(to, readFileSync(from).subarray(0, 100));
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  expect(() => take(store, target, { disk: { ...systemDisk, copy } })).toThrow('no space left');
  expect(readdirSync(target, { recursive: true })).toEqual(files);
  expect(restored(target)).toMatchObject({ entries: before, damaged: 0 });
});

test('a first backup that breaks off anywhere is none, or is whole, also without its note', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'), { limits: LIMITS });
  for (let part = 0; part < 3; part += 1) store.add(entriesOf(part * 100, 100));
  const found = new Set<string>();
  for (let operations = 0, isDone = false; !isDone; operations += 1) {
    const target = folder.join(`backup-${operations}`);
    try {
      take(store, target, { disk: breakingDisk(operations) });
      isDone = true;
    } catch (thrown) {
      expect(String(thrown)).toContain('broken off');
    }
    if (existsSync(join(target, 'logstead.db'))) {
      expect(restored(target)).toMatchObject({ entries: all(store), damaged: 0 });
      found.add(existsSync(join(target, 'backup.json')) ? 'with a note' : 'without');
    } else {
      expect(() => restored(target)).toThrow('it holds no backup');
      found.add('none');
    }
    take(store, target);
    expect(restored(target).entries).toEqual(all(store));
  }
  expect([...found]).toEqual(['none', 'without', 'with a note']);
});

describe('backup.json', () => {
  test('is made of the database where it is missing, damaged or of the backup before', () => {
    using folder = TempFolder.make(FAST_FOLDER);
    using store = new TestStore(folder.makeFolder('state'));
    using other = new TestStore(folder.makeFolder('other'));
    other.add(entriesOf(0, 5));
    store.add(entriesOf(0, 5));
    const target = folder.join('backup');
    const path = join(target, 'backup.json');
    const older = JSON.stringify(take(store, target).note);
    store.add(entriesOf(5, 5));
    take(store, target);
    const at = Math.round(statSync(join(target, 'logstead.db')).mtimeMs);
    for (const text of [older, '{"format":1,"sto', '']) {
      writeFileSync(path, text);
      expect(restored(target).note).toMatchObject({ takenAtMs: at, entryCount: 10 });
      expect(() => take(other, target)).toThrow('the backup of another store');
    }
    rmSync(path);
    expect(() => take(other, target)).toThrow('the backup of another store');
    expect(take(store, target).note.entryCount).toBe(10);
    expect(restored(target).note).toMatchObject({ takenAtMs: 1_000, entryCount: 10 });
  });

  test('of somebody else is left alone, and one of another version is said to be that', () => {
    using folder = TempFolder.make(FAST_FOLDER);
    using store = new TestStore(folder.makeFolder('state'));
    store.add(entriesOf(0, 5));
    const path = folder.write('backup/backup.json', '{"mine":true}');
    const target = folder.join('backup');
    expect(() => take(store, target)).toThrow(/Cannot back up into ".*": its "backup.json" says/);
    expect(readFileSync(path, 'utf8')).toBe('{"mine":true}');
    rmSync(path);
    const { note } = take(store, target);
    writeFileSync(path, JSON.stringify({ ...note, format: 2 }));
    expect(() => take(store, target)).toThrow(/Cannot back up into ".*": its .* has format 2/);
    expect(() => restored(target)).toThrow(/Cannot restore ".*": its .* has format 2/);
  });
});

test('restore() refuses a state folder that was copied while it was in use, and a database of something else', () => {
  using folder = TempFolder.make(FAST_FOLDER);
  using store = new TestStore(folder.makeFolder('state'));
  store.add(entriesOf(0, 5));
  copyFolder(store.folder, folder.join('copy'));
  expect(() => restored(folder.join('copy'))).toThrow('it holds no backup');
  const path = join(folder.makeFolder('foreign'), 'logstead.db');
  {
    using database = Database.open(path);
    database.prepare('CREATE TABLE mine (number INTEGER)').run();
  }
  expect(() => restored(folder.join('foreign'))).toThrow('its database is damaged');
});

/** Change a byte of the first segment that lies in this database. */
function flipSmall(databasePath: string): void {
  using database = Database.open(databasePath);
  const bytes = Uint8Array.from(readInlineBytes(database, 1)!);
  bytes[100]! ^= 4;
  database.prepare('UPDATE engine_segment SET bytes = ? WHERE number = 1').run(bytes);
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[100]! ^= 4;
  writeFileSync(path, bytes);
}

function copyFolder(from: string, to: string): void {
  systemDisk.makeFolder(to);
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (statSync(path).isDirectory()) copyFolder(path, join(to, name));
    else if (!existsSync(join(to, name))) systemDisk.copy(path, join(to, name));
  }
}
