/** `host` of an entry that names none itself is the machine that read it, though that is written nowhere. */
import { expect, test } from 'vitest';
import { ColumnNames } from '../../../src/model/entry-columns.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { FAKE_START_MS } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** Every fifth entry says itself where it comes from. */
const ENTRIES: readonly TestEntry[] = Array.from({ length: 1_000 }, (_, index) => ({
  timestampUs: FAKE_START_MS * 1_000 + index,
  level: 'INFO',
  source: 'api',
  message: `request ${index}`,
  fields: index % 5 === 0 ? [{ key: 'host', value: 'db-7' }] : [],
}));

test.each([
  ['host:web1', 800, 0],
  ['host:WEB1', 800, 0],
  ['host:we*', 800, 0],
  ['host:=web1 request', 800, 0],
  ['host:/^web[0-9]$/', 800, 0],
  ['host:(web1 OR db-7)', 1_000, 200],
  ['host:db*', 200, 200],
  ['-host:db-7', 800, 800],
  ['has:host', 1_000, 200],
  ['-host:web1', 200, 1_000],
  ['host:web2', 0, 0],
] as const)(
  '%s finds %i entries on a machine of that name, %i where nobody knows it',
  (text, named, nameless) => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path);
    store.add(ENTRIES);
    const { filter: query } = parseQuery(text, { nowMs: FAKE_START_MS, timezone: 'UTC' });
    using here = store.openReader(new ColumnNames('web1'));
    using nowhere = store.openReader();

    expect(here.count({ query })).toBe(named);
    expect(nowhere.count({ query })).toBe(nameless);
  },
);

test('counts by host give each machine its entries', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(ENTRIES);
  using reader = store.openReader(new ColumnNames('web1'));

  expect(reader.top({ query: { kind: 'everything' } }, { by: 'host', limit: 5 })).toEqual([
    { name: 'web1', count: 800 },
    { name: 'db-7', count: 200 },
  ]);
});
