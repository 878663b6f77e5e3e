/** Rotation by the real daemon: on its schedule, after a crash, after having been off, and stopped in the middle. */
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../src/base/database.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { waitFor } from '../support/wait-for.ts';

const LINES =
  '2026-11-20T10:00:00Z ERROR payment 1 failed\n2026-11-20T10:00:01Z INFO all is well\n';

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function openBook(project: TestProject): Database {
  return Database.open(project.folder.join('state/logstead.db'));
}

test('the daemon rotates on its schedule: file moved, report and notification written, entries still found', async () => {
  using project = TestProject.make('[rotation]\nschedule = * * * * * *\nidle = 0s\n');
  const path = project.folder.write('logs/app.log', LINES);
  await using _daemon = await DaemonProcess.start(project);
  const archived = await waitFor(() =>
    filesBelow(project.folder.join('archives')).find((name) => name.endsWith('.log')),
  );
  await waitFor(() => !existsSync(path));
  expect(readFileSync(archived, 'utf8')).toBe(LINES);
  await waitFor(() =>
    filesBelow(project.folder.join('notifications')).some((name) =>
      name.includes('rotate_SUCCESS'),
    ),
  );
  expect(filesBelow(project.folder.join('reports')).some((name) => name.endsWith('.html'))).toBe(
    true,
  );
  const found = await project.cli(['search', 'level>=error', '--json']);
  expect(JSON.parse(found.stdout)).toMatchObject({ message: 'payment 1 failed', file: path });
}, 60_000);

test('the daemon makes up for its very first run, where nothing ran at that time', async () => {
  using project = TestProject.make('[rotation]\nschedule = 5 0 * * *\nidle = 0s\n');
  const path = project.folder.write('logs/app.log', LINES);
  {
    await using _daemon = await DaemonProcess.start(project);
    await waitFor(async () => (await project.cli(['search', '--count'])).stdout.trim() === '2');
  }
  expect(existsSync(path)).toBe(true);
  {
    // As if that had been two days ago: a machine that is switched off at night.
    using database = openBook(project);
    database.prepare('UPDATE watch_started SET at_ms = at_ms - 2 * 86400000').run();
  }
  await using daemon = await DaemonProcess.start(project);
  await waitFor(() => !existsSync(path), { found: () => daemon.output });
  expect(daemon.output).toContain('Makes up for a rotation');
}, 60_000);

test('the daemon settles a move that a crash interrupted, and makes up for the run it missed', async () => {
  using project = TestProject.make('[rotation]\nschedule = 5 0 * * *\nidle = 0s\n');
  const path = project.folder.write('logs/app.log', LINES);
  // A state as a kill between placing the file and entering it leaves it, three days after the last run.
  expect((await project.cli(['status'])).code).toBe(3);
  expect((await project.cli(['rotate'])).code).toBe(0);
  const second = project.folder.write('logs/second.log', LINES);
  const archivePath = project.folder.join('archives/second/2026/11/20/second.log');
  mkdirSync(dirname(archivePath), { recursive: true });
  linkSync(second, archivePath);
  const stats = statSync(second);
  {
    using database = openBook(project);
    ArchiveBook.open(database).apply({
      kind: 'begin',
      rows: [
        {
          originalPath: second,
          originalRoot: dirname(second),
          generation: 99,
          device: stats.dev,
          inode: stats.ino,
          source: 'second',
          archivePath,
          archiveRoot: project.folder.join('archives'),
          temporaryPath: `${archivePath}.part`,
          sizeBytes: stats.size,
          compression: 'none',
          modifiedAtMs: stats.mtimeMs,
          movedAtMs: 0,
        },
      ],
    });
    database.prepare('UPDATE rotation_run SET started_at_ms = started_at_ms - 3 * 86400000').run();
  }
  await using daemon = await DaemonProcess.start(project);
  await waitFor(() => !existsSync(second), { found: () => daemon.output });
  await waitFor(() => daemon.output.includes('Rotation done'), { found: () => daemon.output });
  expect(daemon.output).toContain('Settled a move that was interrupted');
  expect(daemon.output).toContain('Makes up for a rotation');
  using database = openBook(project);
  const rows = ArchiveBook.read(database).list(10);
  expect(rows.map((row) => [row.originalPath, row.state])).toEqual([
    [second, 'done'],
    [path, 'done'],
  ]);
  const archived = filesBelow(project.folder.join('archives')).filter((path) =>
    path.endsWith('.log'),
  );
  expect(archived.sort()).toEqual(rows.map((row) => row.archivePath).sort());
}, 60_000);
