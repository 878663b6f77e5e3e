import { symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { register } from '../../../src/cli/once.ts';
import { CONFIG_TEXT, runCommand } from '../../support/command-line.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test('once --dry-run says what would move and what would stay, and changes nothing', async () => {
  using folder = TempFolder.make();
  folder.write('config/config.ini', CONFIG_TEXT);
  folder.write('logs/a.log', 'ERROR one\n');
  folder.write('logs/b.log', Buffer.from(Array.from({ length: 512 }, (_, index) => index % 7)));
  const { code, stdout } = await runCommand(register, ['once', '--dry-run'], {
    workingFolder: folder.path,
  });
  expect(code).toBe(0);
  expect(stdout.split('\n').sort()).toEqual([
    '',
    'Nothing was changed.',
    `would leave  ${folder.path}/logs/b.log: it is not indexed: not text: binary`,
    `would move   ${folder.path}/logs/a.log: nobody writes to it; what is not indexed yet would be indexed first`,
  ]);
  expect(folder.exists('state')).toBe(false);
  expect(folder.exists('logs/a.log')).toBe(true);
});

test('once --dry-run names a file that cannot be followed because of its name', async () => {
  using folder = TempFolder.make();
  folder.write('config/config.ini', CONFIG_TEXT);
  folder.makeFolder('logs');
  writeFileSync(Buffer.from(`${folder.path}/logs/caf\xe9.log`, 'latin1'), 'ERROR one\n');
  const options = { workingFolder: folder.path };
  const alone = await runCommand(register, ['once', '--dry-run'], options);
  const line = `would leave  ${folder.path}/logs/caf\\xe9.log: its name is not UTF-8, so it is not read: rename it`;
  expect(alone.code).toBe(5);
  expect(alone.stderr).toBe(`${line}\nNo .log file in "${folder.path}/logs"\n`);

  folder.write('logs/a.log', 'ERROR one\n');
  const beside = await runCommand(register, ['once', '--dry-run'], options);
  expect(beside.code).toBe(0);
  expect(beside.stdout).toContain(`${line}\nwould move   ${folder.path}/logs/a.log: `);
});

test('once --dry-run and once agree about a link: what it leads to stays, beside it as well as elsewhere', async () => {
  using folder = TempFolder.make();
  folder.write('config/config.ini', CONFIG_TEXT);
  folder.write('logs/real.log', 'ERROR one\n');
  folder.write('store/elsewhere.txt', 'ERROR two\n');
  symlinkSync('real.log', folder.join('logs/beside.log'));
  symlinkSync('../store/elsewhere.txt', folder.join('logs/link.log'));
  const options = { workingFolder: folder.path };
  const stays = `${folder.path}/logs/link.log: a symbolic link is on its path`;
  const planned = await runCommand(register, ['once', '--dry-run'], options);
  expect(planned.stdout.split('\n').sort()).toEqual([
    '',
    'Nothing was changed.',
    `would leave  ${stays}`,
    `would move   ${folder.path}/logs/real.log: nobody writes to it; what is not indexed yet would be indexed first`,
  ]);
  const { code, stdout } = await runCommand(register, ['once'], options);
  expect(code).toBe(0);
  expect(stdout.split('\n').filter((line) => /^(?:archived|left) /.test(line))).toEqual([
    expect.stringMatching(`^archived  ${folder.path}/logs/real.log to .*/real/`),
    `left      ${stays}`,
  ]);
  expect(folder.exists('store/elsewhere.txt')).toBe(true);
});
