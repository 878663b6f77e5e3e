/** What `service install` and the Debian package put in place: the program compiled, and able to do without its sources. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAM_FOLDER, VERSION } from '../../src/base/version.ts';
import { copyProgram } from '../../src/service/program-copy.ts';
import { runCommand } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';

test('the program that is put in place runs, holds no TypeScript, and can be copied from there again', async () => {
  using folder = TempFolder.make();
  const first = join(folder.path, 'first');
  copyProgram(PROGRAM_FOLDER, first);
  await runs(first, folder);

  const second = join(folder.path, 'second');
  copyProgram(first, second);
  await runs(second, folder);
  expect(ownFiles(second)).toEqual(ownFiles(first));
});

async function runs(program: string, folder: TempFolder): Promise<void> {
  expect(ownFiles(program).filter((name) => name.endsWith('.ts'))).toEqual([]);
  expect(ownFiles(program)).toEqual(
    expect.arrayContaining([
      'src/logstead.sh',
      'src/OPERATIONS.md',
      'dist/serve/dashboard/dashboard.css',
    ]),
  );
  const command = join(program, 'src/logstead.sh');
  expect(await runCommand(command, ['--version'])).toMatchObject({
    code: 0,
    stdout: `${VERSION}\n`,
  });
  const log = folder.write('logs/a.log', '2026-11-20T10:00:00Z ERROR order failed\n');
  const parsed = await runCommand(command, ['parse', log]);
  expect(parsed, parsed.stderr).toMatchObject({ code: 0 });
  expect(parsed.stdout).toContain('order failed');
}

/** Without packages. */
function ownFiles(program: string): string[] {
  return readdirSync(program, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(program.length + 1))
    .filter((name) => !name.startsWith('node_modules/'))
    .sort();
}
