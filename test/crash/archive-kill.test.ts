/** A process that moves files is killed with SIGKILL again and again: no file is lost, doubled or half. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Database } from '../../src/base/database.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import { TempFolder } from '../support/temp-folder.ts';

const CHILD = fileURLToPath(new URL('../support/archive-child.ts', import.meta.url));
/** `npm run test:rotation-torture` sets more. */
const KILL_COUNT = Number(process.env.KILL_COUNT ?? 5);
/** More files than one process moves between two kills. */
const FILES_PER_KILL = 60;
/** A kill comes this long after the moves began, at most; drawn anew each time. */
const KILL_AFTER_MS_MAX = 60;

const FOLDERS = [
  ['one file system', { under: undefined, compression: 'none' }],
  ['two file systems, compressed', { under: '/dev/shm', compression: 'zstd' }],
] as const;

test.each(FOLDERS)(
  'kill -9 at any moment of a rotation leaves every file whole, on %s',
  async (_name, { under, compression }) => {
    using folder = TempFolder.make();
    using archive = TempFolder.make(under ?? folder.path);
    const logDir = folder.makeFolder('logs');
    const args = [logDir, archive.path, folder.join('book.db'), compression];
    const hashes = new Map<string, string>();
    let kills = 0;
    while (kills < KILL_COUNT) {
      for (let index = 0; index < FILES_PER_KILL; index += 1) {
        const name = `app-${kills}-${index}.log`;
        const content = Buffer.alloc(1 + ((index * 7919) % 60_000), `${name}\n`);
        folder.write(`logs/${name}`, content);
        hashes.set(join(logDir, name), createHash('sha256').update(content).digest('hex'));
      }
      if (await killedWhileMoving(args)) kills += 1;
      expectEachOnce({ logDir, archive: archive.path }, hashes);
    }
    await finished(args);
    expect(readdirSync(logDir)).toEqual([]);
    using database = Database.open(folder.join('book.db'), { readOnly: true });
    const rows = ArchiveBook.read(database).list(100_000);
    expect(rows.every((row) => row.state === 'done')).toBe(true);
    const booked = new Map(rows.map((row) => [row.originalPath, row.stored?.sha256]));
    expect(booked).toEqual(hashes);
    const files = filesBelow(archive.path);
    expect(files.sort()).toEqual(rows.map((row) => row.archivePath).sort());
    for (const row of rows) expect(hashOf(row.archivePath)).toBe(row.stored?.sha256);
  },
  600_000,
);

/** False: it was done before it was killed. */
async function killedWhileMoving(args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (text.includes('moving'))
      setTimeout(() => child.kill('SIGKILL'), Math.random() * KILL_AFTER_MS_MAX);
  });
  await once(child, 'close');
  expect(output).toContain('moving');
  return !output.includes('done');
}

async function finished(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [CHILD, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
}

/** Every file is whole at its place or in the archive; nothing half stands under a final name. */
function expectEachOnce(
  places: Readonly<{ logDir: string; archive: string }>,
  hashes: ReadonlyMap<string, string>,
): void {
  const known = new Set(hashes.values());
  const final = filesBelow(places.archive).filter((path) => !path.includes('/.logstead-'));
  const archived = new Set(final.map(hashOf));
  for (const hash of archived) expect(known.has(hash)).toBe(true);
  const waiting = new Set(readdirSync(places.logDir).map((name) => join(places.logDir, name)));
  for (const [path, hash] of hashes) {
    const isThere = waiting.has(path) && hashOf(path) === hash;
    expect(isThere || archived.has(hash), path).toBe(true);
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function hashOf(path: string): string {
  const stored = readFileSync(path);
  const content = path.endsWith('.zst') ? zstdDecompressSync(stored) : stored;
  return createHash('sha256').update(content).digest('hex');
}
