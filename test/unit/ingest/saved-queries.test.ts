import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { SAVED_QUERIES_MAX, SavedQueries } from '../../../src/ingest/saved-queries.ts';

test('SavedQueries keeps so many, and lets those that are there be changed and removed', () => {
  using database = Database.open(':memory:');
  const queries = SavedQueries.open(database);
  const save = (name: string, q = '') =>
    queries.apply({ kind: 'save', query: { name, q, since: null, until: null } }, 1_000);
  for (let count = 0; count < SAVED_QUERIES_MAX; count += 1) save(`n${count}`);
  expect(() => save('one more')).toThrow(/there are 500 already/);
  expect(save('n1', 'changed')).toBe(true);
  expect(queries.list().find(({ name }) => name === 'n1')?.q).toBe('changed');
  expect(queries.apply({ kind: 'remove', name: 'n2' }, 1_000)).toBe(true);
  expect(queries.apply({ kind: 'remove', name: 'n2' }, 1_000)).toBe(false);
  expect(save('one more')).toBe(true);
});

test('SavedQueries opens a state of an older version', () => {
  using database = Database.open(':memory:');
  SavedQueries.open(database);
  expect(SavedQueries.open(database).list()).toEqual([]);
});
