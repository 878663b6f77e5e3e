/** `systemd/logstead.service`: systemd reads it without a word, and finds it well locked down. */
import { readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type CommandResult, runCommand } from '../support/daemon-process.ts';
import { needsProgram } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const UNIT = readFileSync(`${ROOT}/systemd/logstead.service`, 'utf8');

/** The programs it names must be there, so the unit is read with a link to this clone in place of /opt/logstead. */
async function analyze(
  analyzer: string,
  args: readonly string[],
  unit: string = UNIT,
): Promise<CommandResult> {
  using folder = TempFolder.make();
  symlinkSync(ROOT, folder.join('logstead'));
  const path = folder.write(
    'logstead.service',
    unit.replaceAll('/opt/logstead', folder.join('logstead')),
  );
  return await runCommand(analyzer, [...args, path]);
}

test('systemd-analyze verify accepts logstead.service without a word', async (context) => {
  const analyzer = needsProgram(context, 'systemd-analyze');
  expect(await analyze(analyzer, ['verify'])).toEqual({
    code: 0,
    signal: null,
    stdout: '',
    stderr: '',
  });
  // It says so, and yet exits with 0, when it does not know a key.
  const unknown = await analyze(analyzer, ['verify'], UNIT.replace('RestartSec=', 'RestartSecs='));
  expect(unknown.stderr).toContain('Unknown key');
});

test('systemd-analyze security finds logstead.service locked down', async (context) => {
  const analyzer = needsProgram(context, 'systemd-analyze');
  // Ten times the exposure that it prints; 0 is nothing exposed, 100 everything.
  const { code, stdout, stderr } = await analyze(analyzer, [
    'security',
    '--offline=true',
    '--threshold=14',
    '--no-pager',
  ]);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
});
