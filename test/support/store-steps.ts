/** The life of a store as random steps: appends, flushes, reopenings, merges, dense rewriting and retention, and the twin that follows them. */
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { RetentionRule } from '../../src/engine/retention.ts';
import { LEVELS, type Level, levelCodeOf } from '../../src/model/level.ts';
import type { TestStore } from './engine-store.ts';
import type { TestEntry } from './entry-rows.ts';

/** Memory, where the system has such a folder: the answers do not depend on it, and a disk would sync 1,000 times. */
export const FAST_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : undefined;
/** Chunks and segments so small that a few hundred entries make many of them. */
export const TINY_SEGMENTS = { segmentRows: 64, chunkRows: 8, inlineBytesMax: 3000 };

export type StoreStep =
  | Readonly<{ kind: 'append'; entries: readonly TestEntry[] }>
  | Readonly<{ kind: 'flush' | 'reopen' | 'compact' }>
  | Readonly<{ kind: 'expire'; beforeUs: number }>
  | Readonly<{ kind: 'thin'; beforeUs: number; of: Thinned }>;

/** What a rule of the retention names. */
type Thinned = Readonly<{ level: Level | null }> | Readonly<{ source: string }>;

/** What follows the steps: rows that are not committed are lost where the store is opened again. */
export interface StoreTwin {
  append(entry: TestEntry, sequence: number): void;
  flush(): void;
  loseHead(): void;
  /** Keep the rows that the store has left, all others `mayGo`. Returns how many went. */
  keep(left: ReadonlySet<number>, mayGo: (entry: TestEntry) => boolean): number;
}

export function storeStep(
  entries: fc.Arbitrary<TestEntry[]>,
  { timestampUs, source }: Readonly<{ timestampUs: fc.Arbitrary<number>; source: string }>,
): fc.Arbitrary<StoreStep> {
  const of: fc.Arbitrary<Thinned> = fc.oneof(
    fc.record({ level: fc.constantFrom(null, ...LEVELS) }),
    fc.constant({ source }),
  );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        entries,
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'compact' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('expire' as const), beforeUs: timestampUs }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('thin' as const), beforeUs: timestampUs, of }),
    },
  );
}

export async function perform(step: StoreStep, store: TestStore, twin: StoreTwin): Promise<void> {
  switch (step.kind) {
    case 'append':
      for (const appended of step.entries) {
        twin.append(appended, store.engine.nextSequence);
        store.append([appended]);
      }
      return;
    case 'flush':
      twin.flush();
      store.engine.flush();
      return;
    case 'reopen':
      twin.loseHead();
      store.reopen();
      return;
    case 'compact':
      while (await store.engine.compact());
      while (await store.engine.densify(true));
      return;
    case 'expire': {
      const { beforeUs } = step;
      const expired = store.engine.expire({ beforeUs, bytesMax: null });
      const removed = expired.reduce((sum, { rowCount }) => sum + rowCount, 0);
      expect(twin.keep(sequencesIn(store), (entry) => entry.timestampUs < beforeUs)).toBe(removed);
      return;
    }
    case 'thin':
      await thin(step, store, twin);
  }
}

async function thin(
  { beforeUs, of }: Extract<StoreStep, { kind: 'thin' }>,
  store: TestStore,
  twin: StoreTwin,
): Promise<void> {
  const rule: RetentionRule =
    'level' in of ? { level: levelCodeOf(of.level), beforeUs } : { source: of.source, beforeUs };
  const policy = { beforeUs: null, rules: [rule], bytesMax: null };
  let removed = 0;
  for (let count = -1; count !== 0; ) {
    count = await store.engine.thin(policy);
    removed += count;
  }
  const isOf = ({ level, source }: TestEntry): boolean =>
    'level' in of ? level === of.level : source === of.source;
  const mayGo = (entry: TestEntry): boolean => entry.timestampUs < beforeUs && isOf(entry);
  expect(twin.keep(sequencesIn(store), mayGo)).toBe(removed);
}

function sequencesIn(store: TestStore): Set<number> {
  using reader = store.openReader();
  const left = new Set<number>();
  for (const { columns, rows } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows) left.add(columns.sequence[row]!);
  }
  return left;
}
