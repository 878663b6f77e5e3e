/** `logstead backup` and `logstead restore`, as they are typed. */
import { rmSync, statSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { register, registerRestore } from '../../../src/cli/backup.ts';
import { CommandScene } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const ENTRIES: readonly TestEntry[] = Array.from({ length: 500 }, (_, index) => ({
  timestampUs: 1_700_000_000_000_000 + index,
  level: 'INFO',
  source: 'api',
  message: `request ${index}`,
}));

test('backup says what was copied, restore puts it back into an empty state folder only', async () => {
  using target = TempFolder.make();
  const folder = target.join('backup');
  using scene = new CommandScene(register, ENTRIES);
  expect(await scene.run(['backup', folder])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      // So few entries lie in the database itself.
      /^Backed up: 500 entries as of \d{4}-\S+, copied the database \([\d.]+ kB\) and 0 segment files \(0 B\)\n$/,
    ),
  });
  const again = await scene.run(['backup', folder, '--verify', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({
    databaseBytes: statSync(`${folder}/logstead.db`).size,
    copiedCount: 0,
    damaged: [],
  });
  const inside = await scene.run(['backup', `${scene.store.folder}/backup`]);
  expect(inside).toMatchObject({ code: 2, stderr: expect.stringContaining('it is inside') });

  const onFile = await scene.run(['backup', target.write('file', '')]);
  expect(onFile).toMatchObject({ code: 2, stderr: expect.stringContaining('it is no folder') });

  const nowhere = await scene.run(['backup', '/proc/nowhere/backup']);
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be made') });

  using other = new CommandScene(registerRestore, []);
  expect(await other.run(['restore', folder])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('there is an index already'),
  });
  other.store[Symbol.dispose]();
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(`${other.store.databasePath}${suffix}`, { force: true });
  }
  expect(await other.run(['restore', target.makeFolder('empty')])).toMatchObject({ code: 2 });
  expect(await other.run(['restore', folder])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Restored: 500 entries as of \S+, copied the database \(/),
  });
  other.store.reopen();
  using reader = other.store.openReader();
  expect(reader.count({ query: { kind: 'everything' } })).toBe(500);
});

test('restore refuses a folder in which a log of SQLite is left, whose pages would be written over the backup', async () => {
  using target = TempFolder.make();
  const folder = target.join('backup');
  using scene = new CommandScene(register, ENTRIES);
  expect((await scene.run(['backup', folder])).code).toBe(0);
  using other = new CommandScene(registerRestore, []);
  // The log of a database is there as long as it is open.
  rmSync(other.store.databasePath);
  expect(await other.run(['restore', folder])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('there is an index already'),
  });
});

test('restore says which folder is missing where the state folder is a link to none, as that of a service is once its folder was moved away', async () => {
  using target = TempFolder.make();
  const folder = target.join('backup');
  using scene = new CommandScene(register, ENTRIES);
  expect((await scene.run(['backup', folder])).code).toBe(0);
  using other = new CommandScene(registerRestore, []);
  other.store[Symbol.dispose]();
  const stateDir = other.store.folder;
  rmSync(stateDir, { recursive: true });
  symlinkSync(target.join('private'), stateDir);
  expect(await other.run(['restore', folder])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining(
      `it is a link to "${target.join('private')}", which is not there`,
    ),
  });
  target.makeFolder('private');
  expect(await other.run(['restore', folder])).toMatchObject({ code: 0 });
});
