/** The writing side: what happens to a head, to small segments, to strays, and to what fails on the way. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { collect, described, numberedEntries, TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { fillableDisk } from '../../support/fillable-disk.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
/** Every segment is a file. */
const FILES = { inlineBytesMax: 1 };

function entriesOf(count: number, from = 0): TestEntry[] {
  return numberedEntries(count, from).map((entry, index) => ({
    ...entry,
    fields: [{ key: 'n', value: String(from + index) }],
  }));
}

/** Too different to be taken for one pattern. */
const SENTENCES = [
  (number: number) => `opened file ${number}`,
  (number: number) => `connection ${number} was closed by its peer after ${number % 90} ms`,
  (number: number) => `cache miss: key ${number}`,
  (number: number) => `user ${number} has logged in`,
  (number: number) => `[job ${number}] done, ${number % 7} rows written`,
];

/** Entries of several patterns, in no order. */
function spokenEntriesOf(count: number, from: number): TestEntry[] {
  return entriesOf(count, from).map((entry, index) => {
    const number = from + index;
    const sentence = SENTENCES[(number * 7 + (number >> 4)) % SENTENCES.length]!;
    return { ...entry, source: 's', message: sentence(number) };
  });
}

function filesIn(store: TestStore): string[] {
  return readdirSync(store.segmentsFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(store.segmentsFolder.length + 1))
    .sort();
}

/** Segments this process holds open. */
function openFilesIn(store: TestStore): string[] {
  return readdirSync('/proc/self/fd')
    .map((descriptor) => linkOf(join('/proc/self/fd', descriptor)))
    .filter((path) => path.startsWith(store.segmentsFolder));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // The descriptor of the listing itself.
    return '';
  }
}

describe('Engine.seal()', () => {
  test('seals a full head on its thread while rows are appended to the next', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    const entries = entriesOf(9000);
    store.append(entries);
    const sealing = store.engine.seal(store.engine.take()!);
    const later = entriesOf(10, 9000);
    store.append(later);
    const sealed = await sealing;
    expect(sealed.rowCount).toBe(9000);
    store.engine.commit(sealed);
    store.engine.flush();
    using reader = store.openReader();
    expect(collect(reader.matches({ query: EVERYTHING, order: 'oldest' }))).toEqual(
      described([...entries, ...later]),
    );
  });

  test('keeps the head where the disk is full, and what came after it', async () => {
    using folder = TempFolder.make();
    const disk = fillableDisk();
    using store = new TestStore(folder.path, { disk, limits: FILES });
    store.append(entriesOf(10));
    disk.isFull = true;
    expect(() => store.engine.sealNow()).toThrow(/ENOSPC/);
    store.append(entriesOf(5, 10));
    expect(() => store.engine.sealNow()).toThrow(/ENOSPC/);
    disk.isFull = false;
    store.engine.flush();
    using reader = store.openReader();
    expect(collect(reader.matches({ query: EVERYTHING, order: 'oldest' }))).toEqual(
      described(entriesOf(15)),
    );
    expect(filesIn(store)).toHaveLength(1);
  });

  test('lets a taken head be tried again where the disk was full, apart from what came after it', async () => {
    using folder = TempFolder.make();
    const disk = fillableDisk();
    using store = new TestStore(folder.path, { disk, limits: FILES });
    store.append(entriesOf(10));
    const taken = store.engine.take()!;
    disk.isFull = true;
    await expect(store.engine.seal(taken)).rejects.toMatchObject({ code: 'ENOSPC' });
    store.append(entriesOf(5, 10));
    disk.isFull = false;
    const sealed = await store.engine.seal(taken);
    expect(sealed.rowCount).toBe(10);
    store.engine.commit(sealed);
    expect(store.engine.head.count).toBe(5);
    store.engine.flush();
    using reader = store.openReader();
    expect(collect(reader.matches({ query: EVERYTHING, order: 'oldest' }))).toEqual(
      described(entriesOf(15)),
    );
  });

  test('gives what was sealed and not committed again with the next head', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    store.append(entriesOf(10));
    store.engine.sealNow();
    store.append(entriesOf(5, 10));
    const sealed = store.engine.sealNow();
    expect(sealed?.rowCount).toBe(15);
    store.engine.commit(sealed!);
    expect(store.engine.sealNow()).toBeNull();
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(15);
  });
});

describe('Engine.prepare()', () => {
  test('stores the same, whatever of a head was prepared before it was sealed', async () => {
    const patternsOf = async (prepared: readonly number[]): Promise<object[]> => {
      using folder = TempFolder.make();
      using store = new TestStore(folder.path);
      let from = 0;
      // The memory of the first head is that of the third again.
      for (const steps of prepared) {
        store.append(spokenEntriesOf(9000, from));
        for (let step = 0; step < steps; step += 1) expect(store.engine.prepare()).toBe(true);
        store.append(spokenEntriesOf(500, from + 9000));
        store.engine.commit(await store.engine.seal(store.engine.take()!));
        from += 9500;
      }
      using reader = store.openReader();
      return reader
        .patterns({ query: EVERYTHING })
        .patterns.map(({ template, count }) => ({ template, count }))
        .sort((a, b) => a.template.localeCompare(b.template));
    };
    const plain = await patternsOf([0, 0, 0]);
    expect(plain).toHaveLength(SENTENCES.length);
    expect(await patternsOf([1, 3, 2])).toEqual(plain);
  });

  test('says when nothing of a head is left to be prepared, also once it is a new one', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.append(entriesOf(5000));
    const steps = [1, 2, 3].map(() => store.engine.prepare());
    expect(steps).toEqual([true, true, false]);
    store.append(entriesOf(1, 5000));
    expect(store.engine.prepare()).toBe(true);
    store.engine.flush();
    expect(store.engine.prepare()).toBe(false);
    store.append(entriesOf(1, 5001));
    expect(store.engine.prepare()).toBe(true);
  });
});

describe('Engine.sealNow()', () => {
  test('cuts a head that ran over into several segments', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: { segmentRows: 100 } });
    store.add(entriesOf(1000));
    using reader = store.openReader();
    expect(reader.segments().map(({ rowCount }) => rowCount)).toEqual([200, 200, 200, 200, 200]);
    expect(reader.count({ query: EVERYTHING })).toBe(1000);
  });
});

describe('Engine.letGo()', () => {
  test.each([false, true])(
    'gives back the room of a burst, and goes on (thread: %s)',
    async (onThread) => {
      using folder = TempFolder.make();
      using store = new TestStore(folder.path, { onThread, limits: FILES });
      const emptyBytes = store.engine.head.heldBytes;
      const turn = async (from: number): Promise<void> => {
        store.append(entriesOf(20_000, from));
        expect(store.engine.head.heldBytes).toBeGreaterThan(emptyBytes * 2);
        const sealed = await store.engine.seal(store.engine.take()!);
        store.engine.commit(sealed);
      };
      // The room of the first is the head of the third.
      await turn(0);
      await turn(20_000);
      expect(store.engine.letGo()).toBeGreaterThan(emptyBytes);
      expect(store.engine.head.heldBytes).toBe(emptyBytes);
      expect(store.engine.letGo()).toBe(0);
      await turn(40_000);
      using reader = store.openReader();
      expect(collect(reader.matches({ query: EVERYTHING, order: 'oldest' }))).toEqual(
        described(entriesOf(60_000)),
      );
    },
  );
});

describe('Engine.compact()', () => {
  test('merges eight small segments into one, and readers do not notice', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 8; part += 1) store.add(entriesOf(10, part * 10));
    using reader = store.openReader();
    const matches = reader.matches({ query: EVERYTHING, order: 'oldest' });
    const first = collect([matches.next().value!]);
    expect(await store.engine.compact()).toBe(true);
    expect(await store.engine.compact()).toBe(false);
    expect(filesIn(store)).toHaveLength(1);
    expect([...first, ...collect(matches)]).toEqual(described(entriesOf(80)));
    expect(store.damage).toEqual([]);
  });

  test('a reader lets go of merged files with its next question, and one under way goes on', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 8; part += 1) store.add(entriesOf(10, part * 10));
    using reader = store.openReader();
    const matches = reader.matches({ query: EVERYTHING, order: 'oldest' });
    const first = collect([matches.next().value!]);
    expect(reader.count({ query: { kind: 'text', test: { kind: 'phrase', text: 'entry' } } })).toBe(
      80,
    );
    expect(openFilesIn(store)).toHaveLength(8);
    expect(await store.engine.compact()).toBe(true);
    expect(reader.count({ query: EVERYTHING })).toBe(80);
    expect(openFilesIn(store).filter((path) => path.endsWith(' (deleted)'))).toEqual([]);
    expect([...first, ...collect(matches)]).toEqual(described(entriesOf(80)));
  });

  test('merges on its thread as well', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { onThread: true, limits: { inlineBytesMax: 1200 } });
    for (let part = 0; part < 8; part += 1) store.add(entriesOf(part + 10, part * 100));
    expect(await store.engine.compact()).toBe(true);
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(108);
    expect(reader.segments()).toHaveLength(1);
  });

  test('gives up a merge that is under way when the engine is closed, and finds no damage', async () => {
    using folder = TempFolder.make();
    const store = new TestStore(folder.path, { onThread: true, limits: { inlineBytesMax: 1200 } });
    for (let part = 0; part < 8; part += 1) store.add(entriesOf(part + 10, part * 100));
    const merging = store.engine.compact();
    store[Symbol.dispose]();
    expect(await merging).toBe(false);
  });

  test('leaves out what is damaged, and merges the rest the next time', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 9; part += 1) store.add(entriesOf(10, part * 10));
    const [file] = filesIn(store);
    const path = join(store.segmentsFolder, file!);
    const bytes = readFileSync(path);
    bytes[60]! ^= 1;
    writeFileSync(path, bytes);
    while (await store.engine.compact());
    expect(store.damage).toMatchObject([{ segment: { number: 1 } }]);
    expect(filesIn(store)).toHaveLength(2);
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(80);
  });
});

describe('Engine.densify()', () => {
  const FULL = { ...FILES, segmentRows: 100 };

  test.each([false, true])(
    'makes what is full and an hour old dense, and nothing else is different; on a thread: %s',
    async (onThread) => {
      using folder = TempFolder.make();
      using store = new TestStore(folder.path, { onThread, limits: FULL });
      const hourOld = entriesOf(100).map((entry) => ({
        ...entry,
        timestampUs: entry.timestampUs - 3_700_000_000,
      }));
      store.add(hourOld);
      store.add(entriesOf(100, 100));
      using reader = store.openReader();
      const matches = reader.matches({ query: EVERYTHING, order: 'oldest' });
      const first = collect([matches.next().value!]);
      const [before] = reader.segments();
      expect(await store.engine.densify()).toBe(true);
      expect(await store.engine.densify()).toBe(false);
      const [, after] = reader.segments();
      expect(after).toMatchObject({ number: 3, rowCount: 100, minSequence: before!.minSequence });
      expect(after!.sizeBytes).toBeLessThan(before!.sizeBytes);
      expect(filesIn(store)).toHaveLength(2);
      // Where its words are now: a new reader asks there, and opens it for what it holds.
      expect(after!.words).not.toBeNull();
      expect(after!.words).not.toEqual(before!.words);
      using fresh = store.openReader();
      const { message } = hourOld[42]!;
      const query: Filter = { kind: 'text', test: { kind: 'phrase', text: message } };
      expect(collect(fresh.matches({ query }))).toContainEqual(described(hourOld)[42]);
      expect([...first, ...collect(matches)]).toEqual(
        described([...hourOld, ...entriesOf(100, 100)]),
      );

      // Whatever their age; and what was made dense before a restart stays so.
      store.reopen();
      expect(await store.engine.densify(true)).toBe(true);
      expect(await store.engine.densify(true)).toBe(false);
      expect(reader.count({ query: EVERYTHING })).toBe(200);
      expect(store.damage).toEqual([]);
    },
  );

  test('sets a damaged segment aside', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FULL });
    store.add(entriesOf(100));
    store.add(entriesOf(100, 100));
    const path = join(store.segmentsFolder, filesIn(store)[0]!);
    const bytes = readFileSync(path);
    bytes[60]! ^= 1;
    writeFileSync(path, bytes);
    while (await store.engine.densify(true));
    expect(store.damage).toMatchObject([{ segment: { number: 1 } }]);
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(100);
  });
});

describe('Engine.expire()', () => {
  test('removes whole segments by age and by size, files and all', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 5; part += 1) store.add(entriesOf(10, part * 10));
    const beforeUs = 1_700_000_000_000_000 + 25_000;
    expect(store.engine.expire({ beforeUs, bytesMax: null }).map(({ number }) => number)).toEqual([
      1, 2,
    ]);
    using reader = store.openReader();
    const [row] = reader.segments();
    const bytesMax = row!.sizeBytes + 20;
    expect(store.engine.expire({ beforeUs: null, bytesMax }).map(({ number }) => number)).toEqual([
      3, 4,
    ]);
    expect(filesIn(store)).toHaveLength(1);
    expect(reader.count({ query: EVERYTHING })).toBe(10);
  });
});

describe('Engine.open()', () => {
  test('deletes what was never committed, sets other strays aside, reports what is missing', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    store.add(entriesOf(10));
    store.add(entriesOf(10, 10));
    store.append(entriesOf(10, 20));
    store.engine.sealNow();
    const [first, second, uncommitted] = filesIn(store);
    const at = (name: string): string => join(store.segmentsFolder, name);
    writeFileSync(at(`${uncommitted!.replace('000003', '000004')}.partial`), 'half');
    writeFileSync(at(`${first!.replace('000001', '000000')}`), 'old');
    writeFileSync(at('notes.txt'), 'of the operator');
    mkdirSync(at('set-aside'));
    writeFileSync(at('set-aside/notes.txt'), 'there already');
    // The second one is lost.
    writeFileSync(at(second!), readFileSync(at(second!)));
    systemDisk.unlink(at(second!));
    store.reopen();
    expect(store.engine.recovery.deleted).toHaveLength(2);
    expect(store.engine.recovery.setAside).toHaveLength(2);
    expect(store.engine.recovery.missing).toEqual([2]);
    expect(store.damage).toMatchObject([{ segment: { number: 2 }, reason: 'its file is missing' }]);
    expect(existsSync(at('set-aside/notes.txt.1'))).toBe(true);
    using reader = store.openReader();
    expect(reader.count({ query: EVERYTHING })).toBe(10);
    store.reopen();
    expect(store.engine.recovery).toEqual({ deleted: [], setAside: [], missing: [] });
  });

  test('goes on with the numbers where they were', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(entriesOf(10));
    store.engine.expire({ beforeUs: Number.MAX_SAFE_INTEGER, bytesMax: null });
    store.reopen();
    expect(store.engine.nextSequence).toBe(11);
    store.add(entriesOf(1));
    using reader = store.openReader();
    expect(reader.segments()).toMatchObject([{ number: 2, minSequence: 11 }]);
  });
});

describe('StoreReader', () => {
  test('answers from the rest where a segment is damaged, and says so once', () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: FILES });
    for (let part = 0; part < 3; part += 1) store.add(entriesOf(10, part * 10));
    const path = join(store.segmentsFolder, filesIn(store)[1]!);
    const bytes = readFileSync(path);
    // In the text of its only chunk.
    bytes[100]! ^= 4;
    writeFileSync(path, bytes);
    using reader = store.openReader();
    const found = collect(reader.matches({ query: EVERYTHING, order: 'oldest' }));
    expect(found).toHaveLength(20);
    collect(reader.matches({ query: EVERYTHING }));
    expect(store.damage).toMatchObject([{ segment: { number: 2 } }]);
    store.engine.setAside(store.damage[0]!);
    expect(readdirSync(join(store.segmentsFolder, 'set-aside'))).toHaveLength(1);
    expect(reader.segments().map(({ number }) => number)).toEqual([1, 3]);
  });
});
