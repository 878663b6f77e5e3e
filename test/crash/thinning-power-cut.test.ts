/**
 * The power is cut after every single change while a segment is written anew without its debug entries: what is found is all
 * of it or all but those, nothing counts as damage, and the next attempt finishes.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { levelCodeOf } from '../../src/model/level.ts';
import { collect, described, TestStore } from '../support/engine-store.ts';
import type { TestEntry } from '../support/entry-rows.ts';
import { FaultyDisk, PowerCut, type Survival } from '../support/faulty-disk.ts';
import { TempFolder } from '../support/temp-folder.ts';

const FAST_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : undefined;
const START_US = 1_700_000_000_000_000;
const ENTRIES: readonly TestEntry[] = Array.from({ length: 60 }, (_, index) => ({
  timestampUs: START_US + index,
  level: index % 3 === 0 ? 'DEBUG' : 'ERROR',
  source: 'api',
  message: `entry number ${index} of many`,
}));
const POLICY = {
  beforeUs: null,
  rules: [{ level: levelCodeOf('DEBUG'), beforeUs: START_US + 1_000 }],
  bytesMax: null,
};
const ALL = described(ENTRIES);
const THINNED = ALL.filter((_, index) => index % 3 !== 0);

function allEntries(store: TestStore): object[] {
  using reader = store.openReader();
  return collect(reader.matches({ query: { kind: 'everything' }, order: 'oldest' }));
}

/** Returns how many changes there were, and whether the entries were gone. */
async function cutAfter(
  operations: number,
  survival: Readonly<{ names: Survival; bytes: Survival }>,
): Promise<{ operationCount: number; isThinned: boolean }> {
  using folder = TempFolder.make(FAST_FOLDER);
  mkdirSync(folder.join('segments'));
  using disk = FaultyDisk.over([folder.join('segments')]);
  using store = new TestStore(folder.path, { disk, limits: { inlineBytesMax: 0 } });
  store.add(ENTRIES);
  const before = disk.operationCount;
  disk.cutAfter(before + operations);
  try {
    while ((await store.engine.thin(POLICY)) > 0);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(PowerCut);
  }
  const operationCount = disk.operationCount - before;
  disk.reboot({ ...survival, seed: operations });
  store.reopen();
  expect(store.engine.recovery).toMatchObject({ setAside: [], missing: [] });
  const found = allEntries(store);
  expect([ALL, THINNED]).toContainEqual(found);
  while ((await store.engine.thin(POLICY)) > 0);
  expect(allEntries(store)).toEqual(THINNED);
  expect(store.damage).toEqual([]);
  return { operationCount, isThinned: found.length === THINNED.length };
}

test('Engine.thin() is done or not done, through a power cut at any point', async () => {
  const whole = await cutAfter(Number.POSITIVE_INFINITY, { names: 'kept', bytes: 'kept' });
  expect(whole.isThinned).toBe(true);
  expect(whole.operationCount).toBeGreaterThan(5);
  const seen = new Set<boolean>();
  for (let operations = 0; operations < whole.operationCount; operations += 1) {
    for (const names of ['kept', 'lost', 'mixed'] as const) {
      const { isThinned } = await cutAfter(operations, {
        names,
        bytes: names === 'kept' ? 'lost' : names,
      });
      seen.add(isThinned);
    }
  }
  expect(seen).toEqual(new Set([true, false]));
}, 120_000);
