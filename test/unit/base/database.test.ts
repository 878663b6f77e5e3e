import { chmodSync, readdirSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const OTHERS = 0o007;

// A state folder that somebody made beforehand is open to all of the machine, as folders are.
test('a database, what lies beside it and its copy are for its user and group alone', () => {
  using folder = TempFolder.make();
  using database = Database.open(folder.join('state.db'));
  database.prepare('CREATE TABLE lines (text TEXT) STRICT').run();
  database.copyTo(folder.join('copy.db'));
  expect(openToOthers(folder)).toEqual([]);
  expect(readdirSync(folder.path).sort()).toEqual(
    ['', '-shm', '-wal'].map((end) => `state.db${end}`).toSpliced(0, 0, 'copy.db'),
  );
  using copy = Database.open(folder.join('copy.db'), { readOnly: true });
  expect(copy.hasTables()).toBe(true);
});

test('a database that an earlier version left open to all is closed to others', () => {
  using folder = TempFolder.make();
  using database = Database.open(folder.join('state.db'));
  database.prepare('CREATE TABLE lines (text TEXT) STRICT').run();
  for (const name of readdirSync(folder.path)) chmodSync(folder.join(name), 0o644);
  using _reader = Database.open(folder.join('state.db'), { readOnly: true });
  expect(openToOthers(folder).length).toBe(3);
  using _writer = Database.open(folder.join('state.db'));
  expect(openToOthers(folder)).toEqual([]);
});

function openToOthers(folder: TempFolder): string[] {
  return readdirSync(folder.path).filter((name) => statSync(folder.join(name)).mode & OTHERS);
}
