/** Output that goes into a watched folder. */
import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const SOURCE = join(import.meta.dirname, '../../../src/config/prepare-folders.ts');

/** What a process says whose standard output, or error, is this file. */
function refusal(
  folder: TempFolder,
  name: string,
  { stream, watch = '' }: Readonly<{ stream: 'output' | 'error'; watch?: string }>,
): string {
  folder.makeFolder('logs');
  const text = minimalConfig() + watch;
  const settings = JSON.stringify(settingsFromText(text, { projectFolder: folder.path }));
  const program = `
    const { prepareFolders } = await import(${JSON.stringify(SOURCE)});
    let text = 'nothing refused';
    try { prepareFolders(${settings}); } catch (error) { text = error.code + ': ' + error.message; }
    (await import('node:fs')).writeSync(3, text);`;
  const file = openSync(folder.join(name), 'w');
  const stdio = stream === 'output' ? [file, 'ignore'] : ['ignore', file];
  const { output } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', ...stdio, 'pipe'] as ('ignore' | 'pipe' | number)[],
  });
  return String(output[3]);
}

test('prepareFolders() refuses an output file that is watched', () => {
  using folder = TempFolder.make();
  expect(refusal(folder, 'logs/out.log', { stream: 'output' })).toBe(
    `USAGE: Cannot write the standard output to "${folder.join('logs/out.log')}": the watch "log_dir" would read it as a log`,
  );
  expect(refusal(folder, 'logs/out.log', { stream: 'error' })).toContain('the standard error');
});

test('prepareFolders() refuses an output file below a watched folder', () => {
  using folder = TempFolder.make();
  folder.makeFolder('app/x');
  const watch = '[watch:app]\npath = app/\n';
  expect(refusal(folder, 'app/x/out.log', { stream: 'output', watch })).toContain('watch "app"');
});

test('prepareFolders() allows any other output', () => {
  using folder = TempFolder.make();
  expect(refusal(folder, 'out.log', { stream: 'output' })).toBe('nothing refused');
  expect(refusal(folder, 'logs/out.txt', { stream: 'error' })).toBe('nothing refused');
  const watch = '[watch:log_dir]\nexclude = out.log\n';
  expect(refusal(folder, 'logs/out.log', { stream: 'output', watch })).toBe('nothing refused');
});
