/**
 * The power is cut after every single change of appends, flushes, a merge and a removal. Whatever of the unsynced survives:
 * every acknowledged entry is there once, nothing else is, nothing counts as damage, and the store goes on.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Filter } from '../../src/query/query-tree.ts';
import { collect, described, TestStore } from '../support/engine-store.ts';
import type { TestEntry } from '../support/entry-rows.ts';
import { FaultyDisk, PowerCut, type Survival } from '../support/faulty-disk.ts';
import { TempFolder } from '../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
const FAST_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : undefined;
/** Four entries stay in the catalog, eight make a file. */
const LIMITS = { inlineBytesMax: 560 };
const START_US = 1_700_000_000_000_000;

type Survivals = Readonly<{ names: Survival; bytes: Survival }>;

/** Two clear cases after every change, and one drawn by lot. */
function survivalsOf(cutAt: number): readonly Survivals[] {
  return [
    { names: 'kept', bytes: 'lost' },
    { names: 'lost', bytes: cutAt % 2 === 0 ? 'lost' : 'kept' },
    { names: 'mixed', bytes: 'mixed' },
  ];
}

function entriesOf(from: number, until: number): TestEntry[] {
  return Array.from({ length: until - from }, (_, index) => ({
    timestampUs: START_US + (from + index) * 1000,
    level: 'INFO',
    source: 'api',
    message: `entry number ${from + index} of many`,
  }));
}

/** What may be found: before and after the step that was cut. */
type Allowed = { before: [number, number]; after: [number, number] };

async function play(store: TestStore, disk: FaultyDisk, allowed: Allowed): Promise<void> {
  const commitOnce = (from: number, until: number): void => {
    allowed.after = [allowed.before[0], until];
    store.append(entriesOf(from, until));
    const sealed = store.engine.sealNow();
    disk.step();
    store.engine.commit(sealed!);
    allowed.before = allowed.after;
  };
  let next = 0;
  for (const count of [4, 40, 4, 4, 4, 4, 4, 4, 4]) {
    commitOnce(next, next + count);
    next += count;
  }
  await store.engine.compact();
  disk.step();
  await store.engine.compact();
  disk.step();
  await store.engine.densify(true);
  allowed.after = [next, next];
  store.engine.expire({ beforeUs: START_US + next * 1000, bytesMax: null });
  allowed.before = allowed.after;
  commitOnce(next, next + 40);
}

async function cutAfter(operations: number, survival: Survivals): Promise<number> {
  using folder = TempFolder.make(FAST_FOLDER);
  mkdirSync(folder.join('segments'));
  using disk = FaultyDisk.over([folder.join('segments')]);
  using store = new TestStore(folder.path, { disk, limits: LIMITS });
  const allowed: Allowed = { before: [0, 0], after: [0, 0] };
  disk.cutAfter(operations);
  try {
    await play(store, disk, allowed);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(PowerCut);
  }
  const { operationCount } = disk;
  disk.reboot({ ...survival, seed: operations });
  store.reopen();
  expect(store.engine.recovery).toMatchObject({ setAside: [], missing: [] });

  const states = [allowed.before, allowed.after].map(([from, until]) =>
    described(entriesOf(from, until), from + 1),
  );
  const found = allEntries(store);
  expect(states).toContainEqual(found);
  const next = store.engine.nextSequence;
  store.add(entriesOf(1000, 1040));
  expect(allEntries(store)).toEqual([...found, ...described(entriesOf(1000, 1040), next)]);
  store.reopen();
  expect(store.engine.recovery).toEqual({ deleted: [], setAside: [], missing: [] });
  expect(store.damage).toEqual([]);
  return operationCount;
}

function allEntries(store: TestStore): object[] {
  using reader = store.openReader();
  return collect(reader.matches({ query: EVERYTHING, order: 'oldest' }));
}

test('Engine keeps what is acknowledged, and nothing else, through a power cut at any point', async () => {
  const total = await cutAfter(Number.POSITIVE_INFINITY, { names: 'kept', bytes: 'kept' });
  expect(total).toBeGreaterThan(30);
  for (let operations = 0; operations < total; operations += 1) {
    for (const survival of survivalsOf(operations)) await cutAfter(operations, survival);
  }
}, 120_000);
