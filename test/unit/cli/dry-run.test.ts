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
