/**
 * Whole rotations, from reading to notification, killed with SIGKILL at any moment: no file is lost, doubled or half,
 * every entry is in the index once, and the book is right.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import { checkArchived } from '../../src/rotate/archive-check.ts';
import { needsSightOfWriters } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';

const CHILD = fileURLToPath(new URL('../support/rotation-child.ts', import.meta.url));
/** Of each of the four scenes. `npm run test:rotation-torture` sets 125, 500 in all; CI kills a tenth of that. */
const KILL_COUNT = Number(process.env.KILL_COUNT ?? (process.env.CI === 'true' ? 10 : 2));
const FILES_PER_RUN = 12;
/** On a slow machine a run may not wait long enough for what it took aside. */
const FINISHING_RUNS_MAX = 8;
const LINES_MAX = 300;
/** A run takes about as long; drawn anew each time. */
const KILL_AFTER_MS_MAX = 900;

type Scene = Readonly<{
  under: string | undefined;
  compress: string;
  run: 'once' | 'rotate';
  /** Settings of `[rotation]` for files in use: all that were just written are. */
  active: string;
}>;

const SCENES: readonly (readonly [name: string, scene: Scene])[] = [
  [
    'on one file system',
    { under: undefined, compress: 'none', run: 'once', active: 'active = leave' },
  ],
  [
    'on two file systems, compressed',
    { under: '/dev/shm', compress: 'zstd', run: 'once', active: 'active = leave' },
  ],
  [
    'of renamed files in use, on one file system',
    { under: undefined, compress: 'zstd', run: 'rotate', active: 'active = rename' },
  ],
  [
    'of copied and emptied files in use, on two file systems',
    { under: '/dev/shm', compress: 'none', run: 'rotate', active: 'active = copytruncate' },
  ],
];

test.for(SCENES)(
  'kill -9 in whole rotations leaves files, index and book right, %s',
  { timeout: 3_600_000 },
  async ([, { under, compress, run, active }], context) => {
    if (active === 'active = rename') needsSightOfWriters(context);
    using project = TempFolder.make();
    using archive = TempFolder.make(under ?? project.path);
    const config = project.write(
      'config/config.ini',
      `[paths]\nlog_dir = logs\nreport_dir = reports\narchive_dir = ${archive.path}\nnotify_dir = notifications\n\n[rotation]\ncompress = ${compress}\n${active}\n\n[http]\nenabled = no\n`,
    );
    project.makeFolder('logs');
    const hashes = new Map<string, string>();
    let lineCount = 0;
    let kills = 0;
    for (let round = 0; kills < KILL_COUNT; round += 1) {
      for (let index = 0; index < FILES_PER_RUN; index += 1) {
        const name = `app-${round}-${index}.log`;
        const lines = 1 + ((round * 31 + index * 97) % LINES_MAX);
        const content = contentOf(name, lines);
        lineCount += lines;
        hashes.set(project.write(`logs/${name}`, content), hashOfBytes(content));
      }
      if (await isKilled(config, run)) kills += 1;
      expectEachWhole({ logs: project.join('logs'), archive: archive.path }, hashes);
    }
    // What a run took aside and could not archive any more goes with the next.
    for (let more = 0; more < FINISHING_RUNS_MAX; more += 1) {
      await finished(config, run);
      if (more > 0 && !readdirSync(project.join('logs')).some(isAsideName)) break;
    }
    expectBookRight(project, archive, hashes);
    expect(countEntries(project)).toBe(lineCount);
  },
);

function contentOf(name: string, lines: number): string {
  return Array.from(
    { length: lines },
    (_, line) =>
      `2026-11-20T12:00:${String(line % 60).padStart(2, '0')}Z INFO ${name} line ${line}\n`,
  ).join('');
}

/** False: it was done before it was killed. */
async function isKilled(config: string, run: string): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, config, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const isFirst = output === '';
    output += text;
    if (isFirst) setTimeout(() => child.kill('SIGKILL'), Math.random() * KILL_AFTER_MS_MAX);
  });
  await once(child, 'close');
  expect(output).toMatch(/^started\n(?:done\n)?$/);
  return !output.includes('done');
}

async function finished(config: string, run: string): Promise<void> {
  const child = spawn(process.execPath, [CHILD, config, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  expect(output).toBe('started\ndone\n');
}

/** Every file is whole at its place or in the archive; nothing half stands under a final name. */
function expectEachWhole(
  places: Readonly<{ logs: string; archive: string }>,
  hashes: ReadonlyMap<string, string>,
): void {
  const archived = new Set(archivedFiles(places.archive).map(hashOfStored));
  // Long runs also find the empty files idle that stand where files were taken aside.
  const known = new Set([...hashes.values(), hashOfBytes('')]);
  for (const hash of archived) expect(known.has(hash)).toBe(true);
  // Under its own name, or one that it was taken aside under.
  const waiting = new Set(
    readdirSync(places.logs).map((name) => hashOfBytes(readFileSync(join(places.logs, name)))),
  );
  for (const [path, hash] of hashes) {
    expect(waiting.has(hash) || archived.has(hash), path).toBe(true);
  }
}

function expectBookRight(
  project: TempFolder,
  archive: TempFolder,
  hashes: ReadonlyMap<string, string>,
): void {
  // Files in use leave empty ones, for their writers.
  const logs = readdirSync(project.join('logs'));
  for (const name of logs) expect(statSync(project.join(`logs/${name}`)).size, name).toBe(0);
  expect(logs.filter((name) => !name.endsWith('.log'))).toEqual([]);
  using database = Database.open(project.join('state/logstead.db'), { readOnly: true });
  const rows = ArchiveBook.read(database).list(1_000_000);
  expect(rows.every(({ state }) => state === 'done')).toBe(true);
  const withContent = rows.filter(({ sizeBytes }) => sizeBytes > 0);
  const found = withContent.map(
    (row) => [originalOf(row.originalPath), row.stored?.sha256] as const,
  );
  expect(found).toHaveLength(hashes.size);
  expect(new Map(found)).toEqual(hashes);
  expect(ArchiveBook.read(database).asides.list()).toEqual([]);
  for (const row of rows) expect(checkArchived(systemDisk, row)).toBeNull();
  const stored = rows.map((row) => row.archivePath).sort();
  expect(archivedFiles(archive.path).sort()).toEqual(stored);
}

function isAsideName(name: string): boolean {
  return !name.endsWith('.log');
}

/** The path without the time that it was taken aside with. */
function originalOf(path: string): string {
  return path.replace(/\.log-\d{8}-\d{6}(?:-\d+)?$/, '.log');
}

function countEntries(project: TempFolder): number {
  using database = Database.open(project.join('state/logstead.db'), { readOnly: true });
  using reader = StoreReader.open({ disk: systemDisk, clock: systemClock, database });
  return reader.count({ query: { kind: 'everything' } });
}

function archivedFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.log(?:-\d{8}-\d{6}(?:-\d+)?)?(?:\.\d{8}-\d{6}(?:\.\d+)?)?(?:\.zst)?$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

function hashOfStored(path: string): string {
  const stored = readFileSync(path);
  return hashOfBytes(path.endsWith('.zst') ? zstdDecompressSync(stored) : stored);
}

function hashOfBytes(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
