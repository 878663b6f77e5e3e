/** Retention by level and source: what goes out of segments in which other entries stay. */
import { expect, test } from 'vitest';
import type { RetentionPolicy } from '../../../src/engine/retention.ts';
import { type Level, levelCodeOf } from '../../../src/model/level.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { collect, TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
const HOUR_US = 3_600_000_000;
const START_US = 1_700_000_000_000_000;
const LEVELS_USED: readonly (Level | null)[] = ['DEBUG', 'INFO', 'ERROR', null];
const FILES = { inlineBytesMax: 0 };

/** Ten entries an hour, of all levels and two sources, from three files. */
function entriesOf(hour: number): TestEntry[] {
  return Array.from({ length: 40 }, (_, index) => ({
    timestampUs: START_US + hour * HOUR_US + index,
    level: LEVELS_USED[index % 4]!,
    source: index % 8 < 4 ? 'api' : 'nginx/access',
    message: `entry ${index} of hour ${hour}`,
    generation: 1 + (index % 3),
  }));
}

type Shown = Readonly<{ level: number; source: string; timestampUs: number; generation: number }>;

function shown(store: TestStore): Shown[] {
  using reader = store.openReader();
  return collect(reader.matches({ query: EVERYTHING, order: 'oldest' })) as Shown[];
}

async function thinned(
  store: TestStore,
  policy: RetentionPolicy,
  generations?: number[],
): Promise<number> {
  let total = 0;
  for (let count = -1; count !== 0; total += count) {
    count = await store.engine.thin(policy, generations ?? null);
  }
  return total;
}

function hourOf({ timestampUs }: Shown): number {
  return Math.floor((timestampUs - START_US) / HOUR_US);
}

test('Engine.thin() gives up a level, and leaves every other entry as it was', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: FILES });
  for (let hour = 0; hour < 4; hour += 1) store.add(entriesOf(hour));
  const before = shown(store);
  const debug = levelCodeOf('DEBUG');
  const rules = [{ level: debug, beforeUs: START_US + 2 * HOUR_US }];
  expect(await thinned(store, { beforeUs: null, rules, bytesMax: null })).toBe(20);
  expect(shown(store)).toEqual(before.filter((one) => one.level !== debug || hourOf(one) >= 2));
  expect(store.damage).toEqual([]);
});

test('Engine.thin() keeps a level longer than the rest, and takes the shorter of two times', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: FILES });
  for (let hour = 0; hour < 4; hour += 1) store.add(entriesOf(hour));
  const before = shown(store);
  const error = levelCodeOf('ERROR');
  const policy: RetentionPolicy = {
    beforeUs: START_US + 3 * HOUR_US,
    rules: [
      { level: error, beforeUs: START_US + HOUR_US },
      { source: 'NGINX/*', beforeUs: START_US + 2 * HOUR_US },
    ],
    bytesMax: null,
  };
  expect(store.engine.expire(policy).map(({ number }) => number)).toEqual([1]);
  await thinned(store, policy);
  const isKept = (one: Shown): boolean => {
    if (one.source === 'nginx/access') return hourOf(one) >= 2;
    return hourOf(one) >= (one.level === error ? 1 : 3);
  };
  expect(shown(store)).toEqual(before.filter(isKept));
});

test('Engine.thin() removes a segment of which nothing is left, and leaves other generations alone', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: FILES });
  store.add(entriesOf(0).filter(({ level }) => level === 'DEBUG'));
  store.add(entriesOf(1));
  const before = shown(store);
  const debug = levelCodeOf('DEBUG');
  const rules = [{ level: debug, beforeUs: START_US + 9 * HOUR_US }];
  const policy = { beforeUs: null, rules, bytesMax: null };
  await thinned(store, policy, [2]);
  expect(shown(store)).toEqual(before.filter((one) => one.level !== debug || one.generation !== 2));
  await thinned(store, policy);
  expect(shown(store)).toEqual(before.filter((one) => one.level !== debug));
  using reader = store.openReader();
  expect(reader.segments()).toHaveLength(1);
});

test('Engine.thin() survives a restart, and rows keep their arrival numbers', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(entriesOf(0));
  const rules = [{ level: levelCodeOf('INFO'), beforeUs: START_US + HOUR_US }];
  await thinned(store, { beforeUs: null, rules, bytesMax: null });
  const kept = shown(store);
  store.reopen();
  expect(shown(store)).toEqual(kept);
  expect(kept).toHaveLength(30);
  store.add(entriesOf(1));
  expect(shown(store)).toHaveLength(70);
});
