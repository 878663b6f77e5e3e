/**
 * The power is cut after every single change while the times of one source are corrected in several segments: what is found has all
 * times corrected or none, nothing counts as damage, and the next attempt finishes.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Retiming } from '../../src/engine/retiming.ts';
import type { EntryColumns } from '../../src/model/entry-columns.ts';
import { collect, described, TestStore } from '../support/engine-store.ts';
import type { TestEntry } from '../support/entry-rows.ts';
import { FaultyDisk, PowerCut, type Survival } from '../support/faulty-disk.ts';
import { TempFolder } from '../support/temp-folder.ts';

const FAST_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : undefined;
const START_US = 1_700_000_000_000_000;
/** More than a day, so that corrected segments belong into other folders. */
const SHIFT_US = 26 * 3_600_000_000;
const ENTRIES: readonly TestEntry[] = Array.from({ length: 40 }, (_, index) => ({
  timestampUs: START_US + index,
  level: index % 3 === 0 ? 'DEBUG' : 'ERROR',
  source: index < 20 || index % 2 === 0 ? 'api' : 'other',
  message: `entry number ${index} of many`,
}));
const ALL = described(ENTRIES);
const CORRECTED = described(
  ENTRIES.map((entry) =>
    entry.source === 'api' ? { ...entry, timestampUs: entry.timestampUs! + SHIFT_US } : entry,
  ),
);

const RETIMING: Retiming = {
  wants: (source) => source === 'api',
  timeOf(columns: EntryColumns, row: number) {
    const us = columns.timestampUs[row]!;
    return us < START_US + 1000 ? us + SHIFT_US : us;
  },
  looked() {},
};

function allEntries(store: TestStore): object[] {
  using reader = store.openReader();
  const found = collect(reader.matches({ query: { kind: 'everything' }, order: 'oldest' }));
  return found.sort((a, b) => sequenceOf(a) - sequenceOf(b));
}

function sequenceOf(entry: object): number {
  return (entry as { sequence: number }).sequence;
}

/** Returns how many changes there were, and whether the times were corrected. */
async function cutAfter(
  operations: number,
  survival: Readonly<{ names: Survival; bytes: Survival }>,
): Promise<{ operationCount: number; isCorrected: boolean }> {
  using folder = TempFolder.make(FAST_FOLDER);
  mkdirSync(folder.join('segments'));
  using disk = FaultyDisk.over([folder.join('segments')]);
  using store = new TestStore(folder.path, { disk, limits: { inlineBytesMax: 0 } });
  for (let from = 0; from < 40; from += 20) store.add(ENTRIES.slice(from, from + 20));
  const before = disk.operationCount;
  disk.cutAfter(before + operations);
  let besides = 0;
  try {
    await store.engine.retime(RETIMING, () => {
      besides += 1;
    });
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(PowerCut);
  }
  const operationCount = disk.operationCount - before;
  disk.reboot({ ...survival, seed: operations });
  store.reopen();
  expect(store.engine.recovery).toMatchObject({ setAside: [], missing: [] });
  const found = allEntries(store);
  expect([ALL, CORRECTED]).toContainEqual(found);
  const isCorrected = JSON.stringify(found) === JSON.stringify(CORRECTED);
  expect(besides).toBe(isCorrected ? 1 : 0);
  await store.engine.retime(RETIMING, () => {});
  expect(allEntries(store)).toEqual(CORRECTED);
  expect(await store.engine.retime(RETIMING, null)).toEqual({ segmentCount: 0, entryCount: 0 });
  expect(store.damage).toEqual([]);
  return { operationCount, isCorrected };
}

test('Engine.retime() is done or not done, through a power cut at any point', async () => {
  const whole = await cutAfter(Number.POSITIVE_INFINITY, { names: 'kept', bytes: 'kept' });
  expect(whole.isCorrected).toBe(true);
  expect(whole.operationCount).toBeGreaterThan(10);
  const seen = new Set<boolean>();
  for (let operations = 0; operations < whole.operationCount; operations += 1) {
    for (const names of ['kept', 'lost', 'mixed'] as const) {
      const { isCorrected } = await cutAfter(operations, {
        names,
        bytes: names === 'kept' ? 'lost' : names,
      });
      seen.add(isCorrected);
    }
  }
  expect(seen).toEqual(new Set([true, false]));
}, 120_000);
