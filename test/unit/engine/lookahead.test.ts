/** Scans with a scout against the same without: a second thread changes how long an answer takes, and nothing else. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import type { ScoutThread } from '../../../src/engine/scout-thread.ts';
import { StoreReader } from '../../../src/engine/store-reader.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { collect, TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const MINUTE_US = 60_000_000;
const SEGMENTS = 24;
const ROWS = 400;

/** "seldom" is in every 61st entry, "seldomly" in others; segments overlap in time. */
function entriesOf(segment: number): TestEntry[] {
  return Array.from({ length: ROWS }, (_, index) => {
    const number = segment * ROWS + index;
    const word = number % 61 === 0 ? 'a seldom guest' : number % 7 === 0 ? 'seldomly' : 'often';
    return {
      timestampUs: 1_000_000 * (segment * 300 + ((index * 7919) % ROWS)),
      level: number % 3 === 0 ? 'ERROR' : 'INFO',
      source: `s${number % 3}`,
      message: `${word} took ${number % 977} ms ${'.'.repeat(number % 40)}`,
      fields: [{ key: 'user', value: `u${number % 5}` }],
      tags: [],
    };
  });
}

function makeStore(): TestStore {
  const folder = TempFolder.make();
  // The last one is small enough for the database.
  const store = new TestStore(folder.path, { limits: { chunkRows: 40, inlineBytesMax: 2_000 } });
  onTestFinished(() => {
    store[Symbol.dispose]();
    folder[Symbol.dispose]();
  });
  for (let segment = 0; segment < SEGMENTS; segment += 1) store.add(entriesOf(segment));
  store.add(entriesOf(SEGMENTS).slice(0, 3));
  return store;
}

function openReader(store: TestStore, scoutAfterBytes?: number): StoreReader {
  const reader = StoreReader.open({
    ...{ disk: systemDisk, clock: systemClock, database: store.databasePath },
    ...(scoutAfterBytes !== undefined && { scoutAfterBytes }),
  });
  onTestFinished(() => reader[Symbol.dispose]());
  return reader;
}

/** Asked again and again until the scout had a part in the answer: it takes a while to start. */
async function answerWithScout<T>(reader: StoreReader, ask: () => T): Promise<T> {
  const scout: ScoutThread = reader.parts.segments.scout();
  const before = scout.reportCount;
  let answer = ask();
  await waitFor(
    () => {
      if (scout.reportCount > before) return true;
      answer = ask();
      return scout.reportCount > before;
    },
    { what: 'the scout to have a part in an answer' },
  );
  return answer;
}

const SELDOM: Filter = { kind: 'text', test: { kind: 'phrase', text: 'seldom' } };
const PIECE: Filter = { kind: 'text', test: { kind: 'infix', text: 'eldo' } };
const REGEX: Filter = {
  kind: 'text',
  test: { kind: 'regex', source: 'seldom.* 9[0-9]{2}', ignoreCase: true },
};
/** In one chunk of thirty or so: where texts are read again a scout is worth it only then. */
const RARE: Filter = {
  kind: 'text',
  test: { kind: 'regex', source: 'often took 97[0-3] ms', ignoreCase: false },
};
const ERRORS: Filter = {
  kind: 'and',
  parts: [{ kind: 'level', comparison: '=', level: 'ERROR' }, PIECE],
};
const LATE = { fromUs: 2_000_000_000, untilUs: 6_500_000_000 };

describe('StoreReader with a scout answers as without:', () => {
  test.each<[string, (reader: StoreReader) => unknown]>([
    ['count of a word', (reader) => reader.count({ query: SELDOM })],
    ['count of a piece', (reader) => reader.count({ query: PIECE })],
    ['count in a range', (reader) => reader.count({ query: REGEX, ...LATE })],
    ['histogram', (reader) => reader.histogram({ query: ERRORS }, { bucketUs: MINUTE_US })],
    ['top of a field', (reader) => reader.top({ query: RARE }, { by: 'user', limit: 9 })],
    ['patterns', (reader) => reader.patterns({ query: RARE })],
    ['newest', (reader) => collect(reader.matches({ query: RARE }))],
    ['oldest', (reader) => collect(reader.matches({ query: RARE, order: 'oldest', ...LATE }))],
    ['newest 20', (reader) => collect(reader.matches({ query: RARE, limit: 20 }))],
  ])('%s', async (_, ask) => {
    const store = makeStore();
    const alone = openReader(store);
    const reader = openReader(store, 1);
    const wanted = ask(alone);
    expect(wanted).not.toEqual([]);
    expect(await answerWithScout(reader, () => ask(reader))).toEqual(wanted);
    expect(reader.damaged).toEqual([]);
  });
});

test('a segment that a scout cannot read is named by whoever asked', async () => {
  const store = makeStore();
  const { file } = store.openReader().segments()[SEGMENTS - 4]!;
  writeFileSync(join(store.segmentsFolder, file!), 'not a segment');
  const alone = openReader(store);
  const wanted = alone.count({ query: PIECE });
  const reader = openReader(store, 1);
  expect(await answerWithScout(reader, () => reader.count({ query: PIECE }))).toBe(wanted);
  expect(reader.damaged).toEqual(alone.damaged);
  expect(reader.damaged).toHaveLength(1);
});

test('a question that is stopped stops its scout, and the next one is answered', async () => {
  const store = makeStore();
  const reader = openReader(store, 1);
  const wanted = openReader(store).count({ query: PIECE });
  const seldom = openReader(store).count({ query: SELDOM });
  const ask = (): number => reader.count({ query: PIECE });
  await answerWithScout(reader, ask);
  for (let deadlineMs = 0; deadlineMs < 12; deadlineMs += 1) {
    try {
      expect(reader.count({ query: PIECE, deadlineMs })).toBe(wanted);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'QUERY_STOPPED' });
    }
    // Whose scout may still have told something about the one before.
    expect(reader.count({ query: SELDOM })).toBe(seldom);
  }
  expect(await answerWithScout(reader, ask)).toBe(wanted);
});

test('a scout that does not come back is not waited for', { timeout: 60_000 }, async () => {
  const store = makeStore();
  const wanted = openReader(store).count({ query: PIECE });
  const reader = openReader(store, 1);
  // This side has its files open; the scout finds a pipe, and whoever opens that for reading waits for a writer.
  for (const row of reader.segments()) reader.parts.segments.open(row);
  const path = join(store.segmentsFolder, reader.segments()[6]!.file!);
  renameSync(path, `${path}.aside`);
  execFileSync('mkfifo', [path]);
  const isHeld = (): boolean => {
    const startedMs = performance.now();
    expect(reader.count({ query: PIECE })).toBe(wanted);
    return performance.now() - startedMs > 1_500;
  };
  try {
    await waitFor(isHeld, { what: 'the scout to stand still', timeoutMs: 30_000 });
    expect(reader.count({ query: PIECE })).toBe(wanted);
  } finally {
    // Let it go on, so that it can be ended.
    closeSync(openSync(path, 'w'));
  }
});
