/** `logstead selftest` as a user runs it: it passes, it leaves nothing behind, and it sees a line that is missing. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { tallyStore } from '../../src/selftest/entry-tally.ts';
import { provingLine, readProvingLine } from '../../src/selftest/proving-line.ts';
import { DaemonProcess, MAIN_PATH, TestProject } from '../support/daemon-process.ts';
import { needsRoot, skipsWithout } from '../support/needs.ts';

test('selftest finds every line of every way of rotating, and leaves nothing behind', {
  timeout: 300_000,
}, async () => {
  using project = TestProject.make();
  const folder = project.folder.makeFolder('disk');
  const { code, stdout, stderr } = await project.cli([
    'selftest',
    folder,
    '--kills',
    '1',
    '--json',
  ]);
  expect(stderr).toBe('');
  const result = JSON.parse(stdout);
  expect(result, stdout).toMatchObject({ passed: true, kills: 1, folder: null });
  expect(result.styles.length).toBe(13);
  for (const style of result.styles) {
    expect(style).toMatchObject({ lost: 0, doubled: 0, altered: 0 });
    expect(style.lines).toBeGreaterThan(0);
  }
  expect(result.delays.read.p50Ms).toBeGreaterThan(0);
  expect(result.delays.searchable.p99Ms).toBeGreaterThan(result.delays.read.p50Ms);
  expect(readdirSync(folder)).toEqual([]);
  expect(code).toBe(0);
});

// To the whole group: as from a terminal, where the daemon gets it as well. Else to the command alone.
test.each([
  ['Ctrl-C in a terminal', (child) => process.kill(-child.pid!, 'SIGINT')],
  ['SIGINT', (child) => child.kill('SIGINT')],
  ['a terminal that is closed', (child) => process.kill(-child.pid!, 'SIGHUP')],
] satisfies [string, (child: ChildProcess) => void][])(
  'selftest that is broken off says so, and leaves nothing behind: by %s',
  { timeout: 120_000 },
  async (_name, breakOff) => {
    using project = TestProject.make();
    const folder = project.folder.makeFolder('disk');
    const child = startSelftest(project, folder);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (text.includes('Measuring')) breakOff(child);
    });
    const [code] = await once(child, 'close');
    expect(said).toContain('Broken off: nothing is known of the file system');
    expect({ code, left: readdirSync(folder) }).toEqual({ code: 4, left: [] });
  },
);

test('selftest leaves nothing behind when nobody reads what it says', {
  timeout: 120_000,
}, async () => {
  using project = TestProject.make();
  const folder = project.folder.makeFolder('disk');
  const child = startSelftest(project, folder);
  child.stderr.once('data', () => child.stderr.destroy());
  const [code] = await once(child, 'close');
  expect({ code, left: readdirSync(folder) }).toEqual({ code: 4, left: [] });
});

function startSelftest(project: TestProject, folder: string) {
  return spawn(process.execPath, [MAIN_PATH, 'selftest', folder, '--kills', '1'], {
    cwd: project.folder.path,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
}

test('selftest refuses what it cannot do', async () => {
  using project = TestProject.make();
  const { code, stderr } = await project.cli(['selftest', '--kills', 'many']);
  expect(code).toBe(2);
  expect(stderr).toContain('whole numbers from 0 to 1000');

  const missing = project.folder.join('disk/that/is/not/mounted');
  const elsewhere = await project.cli(['selftest', missing, '--kills', '0']);
  expect(elsewhere).toMatchObject({ code: 2, stdout: '' });
  expect(elsewhere.stderr).toContain(`Cannot test "${missing}": there is no such folder`);
  expect(existsSync(project.folder.join('disk'))).toBe(false);
}, 120_000);

test('selftest says that the disk is too small, instead of waiting for it', async (context) => {
  needsRoot(context);
  using project = TestProject.make();
  const folder = project.folder.makeFolder('disk');
  const isMounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'logstead-test', folder]).status === 0;
  if (!isMounted) skipsWithout(context, 'the right to mount a file system');
  try {
    const { code, stderr } = await project.cli(['selftest', folder, '--kills', '0']);
    expect(stderr).toContain(`Cannot test on the disk of "${folder}/logstead-selftest-`);
    expect(stderr).toContain('the disk is short of space');
    expect({ code, left: readdirSync(folder) }).toEqual({ code: 4, left: [] });
  } finally {
    spawnSync('umount', ['--lazy', folder]);
  }
}, 120_000);

test('tallyStore() sees a line that is missing, one that is there twice, and one that is torn', {
  timeout: 120_000,
}, async () => {
  using project = TestProject.make();
  const lines = [0, 1, 3, 3].map((sequence) => provingLine(sequence)).join('');
  project.folder.write('logs/app.log', `${lines}${provingLine(4).slice(0, 30)}\n`);
  await using daemon = await DaemonProcess.start(project);
  await daemon.stop();
  const databasePath = project.folder.join('state/logstead.db');
  using database = Database.open(databasePath, { readOnly: true });
  expect(database.prepare('SELECT count(*) AS count FROM watch_generation').get()?.count).toBe(1);
  const written = new Map([['app', 5]]);
  const tally = tallyStore({ clock: systemClock, databasePath, written }).get('app');
  expect(tally).toMatchObject({ found: 3, lost: [2, 4], doubled: [3] });
  expect(tally?.altered.length).toBe(1);
});

test('readProvingLine() knows its own lines, and no others', () => {
  for (const sequence of [0, 1, 1_199, 1_200, 123_456]) {
    const line = provingLine(sequence);
    expect(readProvingLine(line.trimEnd())).toBe(sequence);
    expect(readProvingLine(line.slice(1).trimEnd())).toBe(null);
    expect(readProvingLine(line.slice(0, -2))).toBe(null);
  }
  expect(readProvingLine(provingLine(7, 5_000).trimEnd())).toBe(7);
  expect(readProvingLine('')).toBe(null);
});
