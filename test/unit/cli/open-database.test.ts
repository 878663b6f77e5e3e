import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { register } from '../../../src/cli/search.ts';
import { runCommand } from '../../support/command-line.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test('a state folder beside whose database nothing may be written is said to be so', async () => {
  using folder = TempFolder.make();
  folder.write(
    'c.ini',
    '[paths]\nlog_dir = l\nreport_dir = r\narchive_dir = a\nnotify_dir = n\nstate_dir = s\n',
  );
  const path = join(folder.makeFolder('s'), 'logstead.db');
  const database = Database.open(path);
  database.migrate({ room: 'test', steps: [] });
  database.close();
  // As on a read-only disk, SQLite cannot make its file there.
  symlinkSync(folder.join('nowhere/else'), `${path}-shm`);
  const args = ['search', '--config', folder.join('c.ini')];
  const { code, stderr } = await runCommand(register, args, { workingFolder: folder.path });
  expect(stderr).toMatch(/^Cannot read the state folder ".*"\n.*\n {2}Run the command as the user/);
  expect(code).toBe(4);
});
