/** The folders of a config, made and tried. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { needsRoot } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test('prepareFolders() makes what is missing, not for everybody to read, and may be repeated', () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.join('deep/below'));
  prepareFolders(settings);
  prepareFolders(settings);
  for (const path of Object.values(settings.paths)) {
    expect(statSync(path).isDirectory()).toBe(true);
    expect(statSync(path).mode & 0o007).toBe(0);
  }
});

test('prepareFolders() names every folder that cannot be used, and why', () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  folder.write('reports', 'a file');
  folder.write('state', 'a file');
  expect(() => prepareFolders(settings)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: [
        'Cannot use "config": 2 mistakes',
        `file  [paths] \`report_dir\`: the folder "${folder.join('reports')}" cannot be used: something that is not a folder stands in its place`,
        `file  [paths] \`state_dir\`: the folder "${folder.join('state')}" cannot be used: something that is not a folder stands in its place`,
      ].join('\n'),
    }),
  );
});

test('prepareFolders() ends where a file system has no folders to make', () => {
  using folder = TempFolder.make();
  const { paths, ...settings } = defaultSettings(folder.path);
  const reportDir = '/proc/nowhere/reports';
  expect(() => prepareFolders({ ...settings, paths: { ...paths, reportDir } })).toThrow(
    `the folder "${reportDir}" cannot be used: ENOENT`,
  );
});

test('prepareFolders() takes a folder of root where the capabilities of a service allow it, and leaves nothing in it', (context) => {
  needsRoot(context);
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  chmodSync(folder.path, 0o711);
  const source = JSON.stringify(
    join(import.meta.dirname, '../../../src/config/prepare-folders.ts'),
  );
  // Ids that nobody has; with the right of a service that archives what is others'.
  const asService = '--reuid=54321 --regid=54321 --clear-groups --inh-caps=+dac_override';
  const program = `
    const { prepareFolders } = await import(${source});
    prepareFolders(${JSON.stringify(settings)});
    console.log('fine', process.getuid());`;
  const output = execFileSync('setpriv', [
    ...[...asService.split(' '), '--ambient-caps=+dac_override'],
    ...[process.execPath, '--input-type=module', '-e', program],
  ]);
  expect(output.toString()).toBe('fine 54321\n');
  expect(readdirSync(settings.paths.archiveDir)).toEqual([]);
});

test('prepareFolders() says where it may not write, or not even look', () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  chmodSync(folder.path, 0o711);
  chmodSync(settings.paths.logDir, 0o000);
  for (const path of Object.values(settings.paths).slice(1)) chmodSync(path, 0o555);
  // The system checks access for the real user, which a process cannot take back: so one of its own.
  const source = JSON.stringify(
    join(import.meta.dirname, '../../../src/config/prepare-folders.ts'),
  );
  const program = `
    const { prepareFolders } = await import(${source});
    if (process.getuid() === 0) process.setuid(65534);
    try { prepareFolders(${JSON.stringify(settings)}); } catch (error) { console.log(error.message); }`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program]).toString();
  chmodSync(settings.paths.logDir, 0o700);
  expect(output).toMatch(/^Cannot use "config": 5 mistakes\n/);
  expect(output.match(/^file {2}\[paths\] `\w+_dir`: .+: permission denied$/gm)).toHaveLength(5);
});
