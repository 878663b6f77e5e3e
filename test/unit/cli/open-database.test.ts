import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { register as registerAlerts } from '../../../src/cli/alerts.ts';
import { register as registerBackup, registerRestore } from '../../../src/cli/backup.ts';
import { register as registerDoctor } from '../../../src/cli/doctor.ts';
import { register as registerRotate } from '../../../src/cli/rotate.ts';
import { register as registerSearch } from '../../../src/cli/search.ts';
import { type Register, runCommand } from '../../support/command-line.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const COMMANDS: readonly (readonly [string, Register, readonly string[]])[] = [
  ['search', registerSearch, []],
  ['backup', registerBackup, ['b']],
  ['rotate', registerRotate, ['--dry-run']],
];

test.each(COMMANDS)(
  'a state folder beside whose database nothing may be written is said to be so: %s',
  async (name, register, args) => {
    using folder = closedState();
    const asked = [name, ...args.map((arg) => arg.replace(/^b$/, folder.join('b')))];
    const { code, stderr } = await runCommand(
      register,
      [...asked, '--config', folder.join('c.ini')],
      { workingFolder: folder.path },
    );
    expect(stderr).toMatch(
      /^Cannot read the state folder ".*"\n.*\n {2}Run the command as the user/,
    );
    expect(code).toBe(4);
  },
);

test.each([
  ...COMMANDS,
  ['alerts', registerAlerts, ['test', '--since', '1d']],
  ['restore', registerRestore, ['b']],
] as const)(
  'a state folder that this user may not even look into is said to be so: %s',
  async (name, register, args) => {
    using folder = TempFolder.make();
    writeConfig(folder, 'loop/s');
    // For root too: whoever looks through it is refused.
    symlinkSync('loop', folder.join('loop'));
    const asked = [name, ...args, '--config', folder.join('c.ini')];
    const { code, stderr } = await runCommand(register, asked, { workingFolder: folder.path });
    expect(stderr).toMatch(
      /^Cannot read the state folder ".*"\n {2}because: ELOOP.*\n {2}Run the command as the user/,
    );
    expect(code).toBe(4);
  },
);

test('doctor looks at everything else where the state folder cannot be read', async () => {
  using folder = closedState();
  const args = ['doctor', '--config', folder.join('c.ini')];
  const { stdout, stderr } = await runCommand(registerDoctor, args, {
    workingFolder: folder.path,
  });
  expect(stderr).toBe('');
  expect(stdout).toContain(`state folder ${folder.join('s')}`);
});

/** As on a read-only disk, SQLite cannot make its file beside the database. */
function closedState(): TempFolder {
  const folder = TempFolder.make();
  writeConfig(folder, 's');
  const path = join(folder.makeFolder('s'), 'logstead.db');
  const database = Database.open(path);
  database.migrate({ room: 'test', steps: [] });
  database.close();
  symlinkSync(folder.join('nowhere/else'), `${path}-shm`);
  return folder;
}

function writeConfig(folder: TempFolder, stateDir: string): void {
  const names = ['log', 'report', 'archive', 'notify'].map((name) => `${name}_dir = ${name}\n`);
  folder.write('c.ini', `[paths]\n${names.join('')}state_dir = ${stateDir}\n`);
}
