/** `check --rebuild` in folders that people have had their hands in: each entry once, and what is not taken is said. */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { type Rebuild, rebuildCatalog } from '../../../src/engine/rebuild.ts';
import { levelCodeOf } from '../../../src/model/level.ts';
import { allOf, numberedEntries, TestStore } from '../../support/engine-store.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const FILES = { limits: { inlineBytesMax: 1 } };
const IN_ANOTHER = 'its entries are in another segment';
const FOREIGN = 'it is of another store, whose numbers are in use here';

/** Names of segment files, as paths below the folder. */
function filesOf(store: TestStore): string[] {
  return readdirSync(store.segmentsFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.segment') && !name.startsWith('set-aside'))
    .sort();
}

function storeOf(path: string, parts: number): TestStore {
  const store = new TestStore(path, FILES);
  for (let part = 0; part < parts; part += 1) store.add(numberedEntries(20, part * 20));
  return store;
}

function rebuild(store: TestStore, isLost = false): Rebuild {
  store[Symbol.dispose]();
  for (const suffix of isLost ? ['', '-wal', '-shm'] : [])
    rmSync(store.databasePath + suffix, { force: true });
  let rebuilt: Rebuild;
  {
    using database = Database.open(store.databasePath);
    const parts = { disk: systemDisk, nowMs: 1_000, database, folder: store.segmentsFolder };
    rebuilt = rebuildCatalog(parts);
  }
  store.reopen();
  expect(store.engine.recovery).toMatchObject({ setAside: [], missing: [] });
  return rebuilt;
}

test('what was merged since is not taken again where a backup of it is put back', async () => {
  using folder = TempFolder.make();
  using store = storeOf(folder.path, 8);
  const backup = filesOf(store).map(
    (file) => [file, readFileSync(join(store.segmentsFolder, file))] as const,
  );
  await store.engine.compact();
  const before = allOf(store);
  for (const [file, bytes] of backup) writeFileSync(join(store.segmentsFolder, file), bytes);
  const { added, setAside } = rebuild(store);
  expect(added).toEqual([]);
  expect(setAside.map(({ reason }) => reason)).toEqual(backup.map(() => IN_ANOTHER));
  expect(allOf(store)).toEqual(before);
});

test('what retention let go of does not come back beside what it kept', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, FILES);
  store.add(
    numberedEntries(20).map((entry, at) => ({ ...entry, level: at % 2 === 0 ? 'DEBUG' : 'INFO' })),
  );
  const [file] = filesOf(store);
  const bytes = readFileSync(join(store.segmentsFolder, file!));
  const rules = [{ level: levelCodeOf('DEBUG'), beforeUs: Number.MAX_SAFE_INTEGER }];
  await store.engine.thin({ beforeUs: null, rules, bytesMax: null }, null);
  const before = allOf(store);
  expect(before).toHaveLength(10);
  writeFileSync(join(store.segmentsFolder, file!), bytes);
  expect(rebuild(store)).toMatchObject({
    added: [],
    setAside: [{ file, reason: 'some of its entries are in another segment' }],
  });
  expect(allOf(store)).toEqual(before);
});

test('a segment whose day was renamed is listed where it lies', () => {
  using folder = TempFolder.make();
  using store = storeOf(folder.path, 3);
  const before = allOf(store);
  const [day] = filesOf(store)[0]!.split('/');
  renameSync(join(store.segmentsFolder, day!), join(store.segmentsFolder, '2020-01-01'));
  expect(rebuild(store)).toMatchObject({ added: [{}, {}, {}], setAside: [] });
  expect(allOf(store)).toEqual(before);
});

test('a copy of a segment in another day is set aside', () => {
  using folder = TempFolder.make();
  using store = storeOf(folder.path, 3);
  const before = allOf(store);
  const [day, name] = filesOf(store)[0]!.split('/');
  mkdirSync(join(store.segmentsFolder, '2020-01-01'));
  cpSync(join(store.segmentsFolder, day!, name!), join(store.segmentsFolder, '2020-01-01', name!));
  expect(rebuild(store)).toMatchObject({
    added: [],
    setAside: [{ file: `2020-01-01/${name}`, reason: IN_ANOTHER }],
  });
  expect(allOf(store)).toEqual(before);
});

test.each(['with its database', 'whose database is lost'])(
  'segments of another store are set aside in one %s, for their numbers are given here',
  (how) => {
    using folder = TempFolder.make();
    using store = storeOf(folder.makeFolder('own'), 3);
    using other = storeOf(folder.makeFolder('other'), 2);
    const before = allOf(store);
    cpSync(other.segmentsFolder, store.segmentsFolder, { recursive: true });
    const { setAside } = rebuild(store, how === 'whose database is lost');
    expect(setAside.map(({ reason }) => reason)).toEqual([FOREIGN, FOREIGN]);
    expect(allOf(store)).toEqual(before);
  },
);
