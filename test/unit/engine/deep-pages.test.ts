/** A page deep in the store reads nothing of what the pages before it gave. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Filter } from '../../../src/query/query-tree.ts';
import { collect, TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const EVERYTHING: Filter = { kind: 'everything' };
const SECOND_US = 1_000_000;

function entryAtSecond(second: number): TestEntry {
  return { timestampUs: second * SECOND_US, level: null, source: 's', message: `at ${second}` };
}

/** Segments of the seconds 0 to 9, 10 to 19 and 20 to 29, of which those of these numbers cannot be read. */
function storeWithout(folder: TempFolder, spoiled: readonly number[]): TestStore {
  const store = new TestStore(folder.path, { limits: { inlineBytesMax: 0 } });
  for (const from of [0, 10, 20]) {
    store.add(Array.from({ length: 10 }, (_, index) => entryAtSecond(from + index)));
  }
  const files = readdirSync(store.segmentsFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.segment'))
    .toSorted();
  for (const number of spoiled) {
    const path = join(store.segmentsFolder, files[number]!);
    const bytes = readFileSync(path);
    for (let at = 40; at < bytes.length; at += 7) bytes[at]! ^= 1;
    writeFileSync(path, bytes);
  }
  return store;
}

function messagesOf(rows: readonly object[]): string[] {
  return rows.map((row) => (row as { message: string }).message);
}

test.each([
  ['newest', 19.5, 2, ['at 19', 'at 18', 'at 17']],
  ['oldest', 9.5, 0, ['at 10', 'at 11', 'at 12']],
] as const)(
  '%s first: what lies before the cursor is not read',
  (order, second, spoiled, found) => {
    using folder = TempFolder.make();
    using store = storeWithout(folder, [spoiled]);
    using reader = store.openReader();
    const after = { timestampUs: second * SECOND_US, sequence: 0 };
    const page = collect(reader.matches({ query: EVERYTHING, order, limit: 3, after })) as object[];
    expect(messagesOf(page)).toEqual(found);
    expect(reader.damaged).toEqual([]);
  },
);

test('entries of the very time of the cursor are still given, whichever segment they are in', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: { inlineBytesMax: 0 } });
  for (let part = 0; part < 4; part += 1) store.add([entryAtSecond(5), entryAtSecond(5)]);
  using reader = store.openReader();
  for (const order of ['newest', 'oldest'] as const) {
    const after = { timestampUs: 5 * SECOND_US, sequence: 4 };
    const all = collect(reader.matches({ query: EVERYTHING, order }));
    const rest = collect(reader.matches({ query: EVERYTHING, order, after }));
    // Numbers begin with 1.
    expect(rest).toEqual(all.slice(order === 'newest' ? 5 : 4));
  }
});
