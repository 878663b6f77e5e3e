/** Heads that are encoded by a thread and written meanwhile: whatever fails, their rows are there once, in order. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TakenHead } from '../../../src/engine/heads.ts';
import { allOf, described, numberedEntries, TestStore } from '../../support/engine-store.ts';
import { fillableDisk } from '../../support/fillable-disk.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** Every segment is a file. */
const FILES = { inlineBytesMax: 1 };
/** Rows of a head that is sealed on the thread. */
const LARGE = 9_000;

function filesIn(store: TestStore): string[] {
  const names = readdirSync(store.segmentsFolder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.includes('.segment'));
}

describe('A head that is written meanwhile', () => {
  test('writes an encoded head again where the disk was full, while the next one is durable before it', async () => {
    using folder = TempFolder.make();
    const disk = fillableDisk();
    using store = new TestStore(folder.path, { disk, limits: FILES, onThread: true });
    const { engine } = store;
    const taken = (from: number): TakenHead => {
      store.append(numberedEntries(LARGE, from));
      return engine.take()!;
    };
    const first = taken(0);
    disk.isFull = true;
    const failed = engine.beginSeal(first);
    await failed.encoded;
    await expect(failed.durable).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.isFull = false;
    const second = await engine.beginSeal(taken(LARGE)).durable;
    // Into the memory that the first had.
    store.append(numberedEntries(LARGE, 2 * LARGE));
    const again = await engine.beginSeal(first).durable;
    engine.commit(engine.toCommit(again));
    engine.commit(engine.toCommit(second));
    engine.flush();
    expect(allOf(store)).toEqual(described(numberedEntries(3 * LARGE)));
    expect(filesIn(store)).toHaveLength(3);
  });

  test('seals a head of several segments on its thread, all of them or none', async () => {
    using folder = TempFolder.make();
    const disk = fillableDisk();
    const limits = { ...FILES, segmentRows: 2_000 };
    using store = new TestStore(folder.path, { disk, limits, onThread: true });
    for (const from of [0, LARGE]) {
      store.append(numberedEntries(LARGE, from));
      const taken = store.engine.take()!;
      disk.fullAfter = 1;
      await expect(store.engine.seal(taken)).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(filesIn(store)).toHaveLength(from / 3000);
      disk.fullAfter = Number.POSITIVE_INFINITY;
      store.engine.commit(await store.engine.seal(taken));
    }
    expect(filesIn(store)).toHaveLength(6);
    expect(allOf(store)).toEqual(described(numberedEntries(2 * LARGE)));
  });
});
