/**
 * The power is cut after every single change of a rotation, on one file system, across two, and on one without
 * links. Whatever of the unsynced survives: each file is there whole, nothing half stands under a final name,
 * and after recovery and the next run the book is right.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Compression } from '../../src/config/settings.ts';
import type { ArchiveCandidate } from '../../src/rotate/rotation-plan.ts';
import { ArchiveScene } from '../support/archive-scene.ts';
import {
  FaultyDisk,
  type FaultyDiskOptions,
  PowerCut,
  type Survival,
} from '../support/faulty-disk.ts';

const CONTENTS: Readonly<Record<string, string>> = {
  'app.log': 'first line\nsecond line\n',
  'empty.log': '',
};

/** Two clear cases after every change, and one drawn by lot. */
function survivalsOf(
  cutAt: number,
): readonly Readonly<{ names: Survival; bytes: Survival; seed?: number }>[] {
  return [
    { names: 'kept', bytes: 'lost' },
    { names: 'lost', bytes: cutAt % 2 === 0 ? 'lost' : 'kept' },
    { names: 'mixed', bytes: 'mixed', seed: cutAt },
  ];
}

type DiskOptions = FaultyDiskOptions & Readonly<{ compression?: Compression }>;

type Sweep = Readonly<{ scene: ArchiveScene; disk: FaultyDisk; files: ArchiveCandidate[] }>;

function begin(options: DiskOptions): Sweep {
  const scene = ArchiveScene.make({ inMemory: true });
  const files = Object.entries(CONTENTS).map(([name, content]) => scene.file(name, content));
  const disk = FaultyDisk.over([scene.logDir, scene.archive.path], options);
  scene.disk = disk;
  scene.compression = options.compression ?? 'none';
  scene.beforeCommit = () => disk.step();
  return { scene, disk, files };
}

function end({ scene, disk }: Sweep): void {
  disk[Symbol.dispose]();
  scene[Symbol.dispose]();
}

/** Every change of a whole run, counted on a run that nothing disturbs. */
async function operationsOf(options: DiskOptions): Promise<number> {
  const sweep = begin(options);
  try {
    await sweep.scene.move(sweep.files);
    return sweep.disk.operationCount;
  } finally {
    end(sweep);
  }
}

const DISKS: readonly (readonly [name: string, options: DiskOptions])[] = [
  ['one file system', {}],
  ['two file systems', { separate: true }],
  ['a file system without links', { linksRefused: true }],
  ['two file systems, compressed', { separate: true, compression: 'zstd' }],
  ['a file system without links, compressed', { linksRefused: true, compression: 'gzip' }],
];

test.each(DISKS)(
  'a rotation survives a power cut after every change, on %s',
  async (_name, options) => {
    const operationCount = await operationsOf(options);
    expect(operationCount).toBeGreaterThan(10);
    for (let cutAt = 0; cutAt <= operationCount; cutAt += 1) {
      for (const survival of survivalsOf(cutAt)) {
        const sweep = begin(options);
        try {
          sweep.disk.cutAfter(cutAt);
          const failure: unknown = await sweep.scene.move(sweep.files).then(
            () => null,
            (cause: unknown) => cause,
          );
          if (cutAt < operationCount) expect(failure).not.toBeNull();
          sweep.disk.reboot(survival);
          const where = `cut after ${cutAt} of ${operationCount}, ${JSON.stringify(survival)}`;
          expectWhole(sweep, where);
          await sweep.scene.recover();
          expectSettled(sweep, where);
          await expectNextRunCompletes(sweep, where);
        } finally {
          end(sweep);
        }
      }
    }
  },
  120_000,
);

test.each(DISKS)(
  'recovery itself survives a power cut after every change, on %s',
  async (_name, options) => {
    const operationCount = await operationsOf(options);
    for (let cutAt = 1; cutAt < operationCount; cutAt += 3) {
      for (let again = 0; again < 6; again += 1) {
        const sweep = begin(options);
        try {
          sweep.disk.cutAfter(cutAt);
          await sweep.scene.move(sweep.files).catch(() => {});
          sweep.disk.reboot({ names: 'mixed', bytes: 'lost', seed: cutAt });
          sweep.disk.cutAfter(sweep.disk.operationCount + again);
          await sweep.scene.recover().catch(() => {});
          sweep.disk.reboot({ names: 'mixed', bytes: 'lost', seed: again });
          const where = `cut after ${cutAt}, again after ${again}`;
          expectWhole(sweep, where);
          await sweep.scene.recover();
          expectSettled(sweep, where);
          await expectNextRunCompletes(sweep, where);
        } finally {
          end(sweep);
        }
      }
    }
  },
  120_000,
);

test.each(DISKS)(
  'a disk that refuses any one change leaves a rotation that the next run completes, on %s',
  async (_name, options) => {
    const operationCount = await operationsOf(options);
    for (let failing = 0; failing < operationCount; failing += 1) {
      const code = ['ENOSPC', 'EROFS', 'EIO'][failing % 3]!;
      const sweep = begin(options);
      try {
        sweep.disk.failAt(failing, code);
        await sweep.scene.move(sweep.files).catch((cause: unknown) => {
          expect(cause).not.toBeInstanceOf(PowerCut);
        });
        const where = `${code} at change ${failing} of ${operationCount}`;
        expectWhole(sweep, where);
        await sweep.scene.recover();
        expectSettled(sweep, where);
        await expectNextRunCompletes(sweep, where);
      } finally {
        end(sweep);
      }
    }
  },
  120_000,
);

test('what a finished move holds is durable, even if its writer never synced it', async () => {
  const sweep = begin({});
  try {
    const { scene, disk } = sweep;
    const path = scene.folder.join('logs', 'app.log');
    disk.open(path, 'append').write(Buffer.from('never synced\n'));
    await scene.move([scene.candidate(path)]);
    disk.reboot({ names: 'lost', bytes: 'lost' });
    const [archived] = filesBelow(scene.archive.path);
    expect(readFileSync(archived!, 'utf8')).toBe(`${CONTENTS['app.log']}never synced\n`);
  } finally {
    end(sweep);
  }
});

/** Right after the cut: a whole copy of every file is somewhere, and a final name has one (or the empty file that reserves it). */
function expectWhole({ scene }: Sweep, where: string): void {
  const archived = new Set(filesBelow(scene.archive.path).map(contentOf));
  for (const [name, content] of Object.entries(CONTENTS)) {
    const original = scene.folder.join('logs', name);
    const isWhole =
      (existsSync(original) && readFileSync(original, 'utf8') === content) || archived.has(content);
    expect(isWhole, `${name} is whole: ${where}`).toBe(true);
  }
  const whole = new Set(Object.values(CONTENTS));
  for (const path of filesBelow(scene.archive.path)) {
    const isFinal = !basename(path).startsWith('.logstead-');
    if (isFinal) expect(whole.has(contentOf(path)), `${path}: ${where}`).toBe(true);
  }
}

/** After recovery: each file is at one place, the book knows which, and nothing else is left. */
function expectSettled({ scene }: Sweep, where: string): void {
  expect(scene.book.unfinished(), where).toEqual([]);
  const rows = scene.book.list(100);
  expect(filesBelow(scene.archive.path).sort(), where).toEqual(
    rows.map((row) => row.archivePath).sort(),
  );
  for (const [name, content] of Object.entries(CONTENTS)) {
    const original = scene.folder.join('logs', name);
    const row = rows.find((other) => other.originalPath === original);
    expect(existsSync(original), `${name}: ${where}`).toBe(row === undefined);
    const path = row?.archivePath ?? original;
    expect(contentOf(path), `${name}: ${where}`).toBe(content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    if (row !== undefined) expect(row.stored?.sha256, where).toBe(sha256);
  }
}

async function expectNextRunCompletes(sweep: Sweep, where: string): Promise<void> {
  const { scene } = sweep;
  const waiting = filesBelow(scene.logDir).map((path) => scene.candidate(path));
  await scene.move(waiting);
  expect(filesBelow(scene.logDir), where).toEqual([]);
  expect(scene.book.list(100), where).toHaveLength(Object.keys(CONTENTS).length);
  expectSettled(sweep, where);
}

/** The original content of a file, however it is stored; a torn one has none that is known. */
function contentOf(path: string): string {
  const stored = readFileSync(path);
  try {
    if (stored.readUInt32LE(0) === ZSTD_MAGIC) return zstdDecompressSync(stored).toString();
    if (stored.readUInt16BE(0) === GZIP_MAGIC) return gunzipSync(stored).toString();
  } catch {
    return stored.toString();
  }
  return stored.toString();
}
const ZSTD_MAGIC = 0xfd2fb528;
const GZIP_MAGIC = 0x1f8b;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
