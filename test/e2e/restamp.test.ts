/**
 * `logstead restamp` as a user runs it: a file was read with the wrong zone, the config is corrected, and so is what is stored: in the
 * index, and in what a search in archives finds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';

const LINES = Array.from(
  { length: 300 },
  (_, index) =>
    `2026-06-01 ${String(8 + Math.floor(index / 60)).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}:00,000 INFO  [main] c.e.App - step ${index}\n`,
).join('');
const OTHER = '2026-06-01T08:00:00Z INFO zoned\n2026-06-01 08:00:00 INFO local\n';

function watches(timezone: string): string {
  return `[watch:app]\npath = app/*.log\nsource = shop/app\narchive = yes\ntimezone = ${timezone}\n[watch:other]\npath = other/*.log\nsource = other\ntimezone = UTC\n`;
}

/** What stands beside the one day of the archive, for whoever finds that without the program. */
function manifestOf(project: TestProject): unknown {
  const folder = project.folder.join('archives');
  const name = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) =>
    /\d\d\.json$/.test(path),
  );
  return JSON.parse(readFileSync(join(folder, name ?? ''), 'utf8')).files;
}

async function timesOf(project: TestProject, args: readonly string[]): Promise<string[]> {
  const { stdout } = await project.cli(['search', ...args, '--json', '--limit', '0']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String((JSON.parse(line) as { timestamp: string }).timestamp))
    .sort();
}

test('times of one source are corrected, those of others stay, and a second run finds nothing to do', async () => {
  using project = TestProject.make(watches('UTC'));
  project.folder.write('app/app.log', LINES);
  project.folder.write('other/other.log', OTHER);
  {
    await using daemon = await DaemonProcess.start(project);
    await daemon.waitFor(
      async () => (await project.cli(['search', '--count'])).stdout === '302\n',
      { what: 'all lines are indexed' },
    );
    const refused = await project.cli(['restamp', 'shop/app']);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('Stop the daemon, restamp, and start it again');
  }
  const before = await timesOf(project, ['--source', 'shop/app']);
  expect(before).toHaveLength(300);
  expect(before[0]).toBe('2026-06-01T08:00:00.000Z');

  project.configure(watches('Europe/Berlin'));
  const unknown = await project.cli(['restamp', 'app']);
  expect(unknown.code).toBe(1);
  expect(unknown.stdout).toBe(
    'Found no entry of a source "app": "logstead stats" lists the sources\n',
  );
  const dry = await project.cli(['restamp', 'shop/*', '--dry-run']);
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toContain(
    'Would move 300 entries by -2 h: 2026-06-01T08:00:00.000Z is 2026-06-01T06:00:00.000Z',
  );
  expect(await timesOf(project, ['--source', 'shop/app'])).toEqual(before);

  const done = await project.cli(['restamp', 'shop/*']);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(done.stdout).toContain('Moved 300 entries by -2 h');
  const after = await timesOf(project, ['--source', 'shop/app']);
  expect(after).toEqual(before.map((time) => new Date(Date.parse(time) - 7_200_000).toISOString()));
  expect(await timesOf(project, ['--source', 'other'])).toEqual([
    '2026-06-01T08:00:00.000Z',
    '2026-06-01T08:00:00.000Z',
  ]);
  const byTime = await project.cli([
    'search',
    '--count',
    '--since',
    '2026-06-01T06:00:00Z',
    '--until',
    '2026-06-01T07:00:00Z',
  ]);
  expect(byTime.stdout).toBe('60\n');
  const again = await project.cli(['restamp', 'shop/*', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ entryCount: 300, movedCount: 0, keptCount: 0 });
  expect((await project.cli(['check', '--deep'])).code).toBe(0);

  // What comes later is read with the zone of the config, into the same store.
  project.folder.append('app/app.log', '2026-06-01 13:00:00,000 INFO  [main] c.e.App - later\n');
  expect((await project.cli(['once'])).code).toBe(0);
  expect(await timesOf(project, ['--source', 'shop/app', 'later'])).toEqual([
    '2026-06-01T11:00:00.000Z',
  ]);
}, 240_000);

test('one source in several zones by --timezone and a range; mistakes are named', async () => {
  using project = TestProject.make(watches('UTC'));
  project.folder.write('app/app.log', LINES);
  expect((await project.cli(['once'])).code).toBe(0);
  const part = await project.cli([
    'restamp',
    'shop/app',
    '--timezone',
    'Asia/Kolkata',
    '--since',
    '2026-06-01T12:00:00Z',
    '--json',
  ]);
  expect(JSON.parse(part.stdout)).toMatchObject({
    entryCount: 60,
    movedCount: 60,
    shifts: [{ shiftUs: -19_800_000_000, entryCount: 60 }],
  });
  // What the index forgets is found in the archive with the corrected times.
  const rest = await project.cli([
    'restamp',
    'shop/app',
    '--timezone',
    'Asia/Kolkata',
    '--until',
    '2026-06-01T12:00:00Z',
    '--since',
    '2026-06-01T08:00:00Z',
    '--json',
  ]);
  expect(JSON.parse(rest.stdout)).toMatchObject({ movedCount: 240, archiveCount: 1 });
  expect(manifestOf(project)).toMatchObject([
    { first: '2026-06-01T02:30:00.000Z', last: '2026-06-01T07:29:00.000Z' },
  ]);
  const before = await timesOf(project, ['--source', 'shop/app']);
  expect(before).toHaveLength(300);
  expect(before[0]).toBe('2026-06-01T02:30:00.000Z');
  expect(before.at(-1)).toBe('2026-06-01T07:29:00.000Z');
  project.configure(`${watches('UTC')}[retention]\nage = 30d\n`);
  await project.cli(['once']);
  expect(await timesOf(project, ['--source', 'shop/app'])).toEqual([]);
  expect(await timesOf(project, ['--source', 'shop/app', '--archives'])).toEqual(before);
  const wrong = await project.cli(['restamp', 'shop/app', '--timezone', 'Mars/Base']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('Cannot read --timezone "Mars/Base"');
  const nobody = await project.cli(['restamp', 'nobody']);
  expect(nobody.code).toBe(1);
}, 240_000);
