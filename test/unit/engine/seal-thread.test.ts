/** The sealing thread holds as much memory as half of an idle daemon: it is there while there is work that is worth one. */
import { describe, expect, test } from 'vitest';
import { allOf, described, numberedEntries, TestStore } from '../../support/engine-store.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { threadIdsOf } from '../../support/thread-names.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Every segment is a file. */
const FILES = { inlineBytesMax: 1 };
/** Rows of a head that is sealed on the thread. */
const LARGE = 10_000;

/** A merge of so much text is too long for the thread that reads. */
const LONG_TEXT = 'x'.repeat(300_000);

function threads(): string[] {
  return threadIdsOf(process.pid, 'seal');
}

async function sealLarge(store: TestStore, from: number): Promise<void> {
  store.append(numberedEntries(LARGE, from));
  store.engine.commit(await store.engine.seal(store.engine.take()!));
}

describe('The sealing thread', () => {
  test('is not started for a merge of small segments', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { onThread: true, limits: FILES });
    for (let part = 0; part < 8; part += 1) store.add(numberedEntries(10, part * 10));
    expect(await store.engine.compact()).toBe(true);
    expect(threads()).toEqual([]);
    using reader = store.openReader();
    expect(reader.segments()).toHaveLength(1);
    expect(allOf(store)).toEqual(described(numberedEntries(80, 0)));
  });

  test('is started for a merge of a few rows of much text', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { onThread: true, limits: FILES });
    for (let part = 0; part < 8; part += 1) store.add(numberedEntries(10, part * 10, LONG_TEXT));
    expect(await store.engine.compact()).toBe(true);
    expect(threads()).toHaveLength(1);
    using reader = store.openReader();
    expect(reader.segments()).toHaveLength(1);
    expect(allOf(store)).toEqual(described(numberedEntries(80, 0, LONG_TEXT)));
  });

  test('ends when nothing was asked of it between two looks, and another one starts with the next order', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { onThread: true, limits: FILES });
    await sealLarge(store, 0);
    const first = threads();
    expect(first).toHaveLength(1);
    store.engine.restThread();
    await sealLarge(store, LARGE);
    store.engine.restThread();
    await sealLarge(store, 2 * LARGE);
    expect(threads()).toEqual(first);
    store.engine.restThread();
    store.engine.restThread();
    await waitFor(() => threads().length === 0);
    await sealLarge(store, 3 * LARGE);
    expect(threads()).toHaveLength(1);
    expect(allOf(store)).toEqual(described(numberedEntries(4 * LARGE, 0)));
  });

  test('makes a small merge as well while it is there', async () => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { onThread: true, limits: FILES });
    await sealLarge(store, 0);
    for (let part = 0; part < 8; part += 1) store.add(numberedEntries(10, LARGE + part * 10));
    const first = threads();
    store.engine.restThread();
    expect(await store.engine.compact()).toBe(true);
    // Asked for a merge, it was not idle.
    store.engine.restThread();
    await sealLarge(store, LARGE + 80);
    expect(threads()).toEqual(first);
    expect(allOf(store)).toEqual(described(numberedEntries(2 * LARGE + 80, 0)));
  });
});
