import { renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { register } from '../../../src/cli/once.ts';
import { CONFIG_TEXT, runCommand } from '../../support/command-line.ts';
import { FAKE_START_MS, FakeClock } from '../../support/fake-clock.ts';
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

/** What a run has deleted, or would delete, as paths of the logs: once it names them by these, once by those in the archive. */
function deletedIn(stdout: string): string[] {
  return [...stdout.matchAll(/^(?:would delete|deleted ) .*\/(\w+)\.log(?:\.gz)?: /gm)]
    .map(([, name]) => name!)
    .sort();
}

test.each([
  ['age', 'archive_age = 30d', '', ['old']],
  ['size', 'archive_size = 1MiB', '', ['first', 'old']],
  ['size, compressed', 'archive_size = 1MiB', 'compress = gzip\n', []],
])(
  'once --dry-run and once agree about what is archived and deleted at once, by %s',
  async (_name, limit, rotation, deleted) => {
    using folder = TempFolder.make();
    folder.write(
      'config/config.ini',
      `${CONFIG_TEXT}[rotation]\n${rotation}[retention]\n${limit}\n`,
    );
    for (const [name, days] of [
      ['old', 40],
      ['first', 2],
      ['second', 1],
    ] as const) {
      const atMs = FAKE_START_MS - days * 86_400_000;
      const line = `${new Date(atMs).toISOString()} INFO a line\n`;
      const path = folder.write(`logs/${name}.log`, line.repeat(18_000));
      utimesSync(path, atMs / 1000, atMs / 1000);
    }
    const options = { workingFolder: folder.path };
    const planned = await runCommand(register, ['once', '--dry-run'], options);
    expect(deletedIn(planned.stdout)).toEqual(deleted);
    for (const name of deleted) {
      expect(planned.stdout).toContain(`/logs/${name}.log: as soon as it is archived: `);
    }
    const made = await runCommand(register, ['once'], options);
    expect(made.code).toBe(0);
    expect(deletedIn(made.stdout)).toEqual(deleted);
  },
);

test('once --dry-run refuses, as once does, to move anything into an archive folder that is gone', async () => {
  using folder = TempFolder.make();
  folder.write('config/config.ini', CONFIG_TEXT);
  folder.write('logs/a.log', 'ERROR one\n');
  const options = { workingFolder: folder.path };
  expect((await runCommand(register, ['once'], options)).code).toBe(0);
  renameSync(folder.join('archives'), folder.join('mounted'));
  folder.write('logs/b.log', 'ERROR two\n');
  const planned = await runCommand(register, ['once', '--dry-run'], options);
  expect(planned).toMatchObject({ code: 4, stdout: '' });
  expect(planned.stderr).toContain('1 archived file should be in it: nothing is moved there');
  expect((await runCommand(register, ['once'], options)).code).toBe(4);
});

test('once --dry-run and once agree that nothing is too old by a clock that is weeks ahead of the last run', async () => {
  using folder = TempFolder.make();
  folder.write('config/config.ini', `${CONFIG_TEXT}[retention]\narchive_age = 30d\n`);
  const line = `${new Date(FAKE_START_MS).toISOString()} INFO a line\n`;
  utimesSync(folder.write('logs/a.log', line), FAKE_START_MS / 1000, FAKE_START_MS / 1000);
  const workingFolder = folder.path;
  expect((await runCommand(register, ['once'], { workingFolder })).code).toBe(0);
  const options = { workingFolder, clock: new FakeClock(FAKE_START_MS + 40 * 86_400_000) };
  folder.write('logs/b.log', line);
  const planned = await runCommand(register, ['once', '--dry-run'], options);
  const made = await runCommand(register, ['once'], options);
  expect([planned.code, made.code]).toEqual([0, 0]);
  expect(deletedIn(made.stdout)).toEqual([]);
  expect(deletedIn(planned.stdout)).toEqual([]);
});
