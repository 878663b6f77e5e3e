/**
 * The power is cut after every single change of whole runs: finished files moved, files that are written to renamed or
 * copied and emptied, skip indexes made, an old archive let go of, the manifest written. Whatever of the unsynced survives:
 * each file is there whole, no half one stands under a final name, and the next run brings everything to its end.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemDisk } from '../../src/base/disk.ts';
import type { ActiveWay, Compression } from '../../src/config/settings.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { ArchiveTimes } from '../../src/ingest/archive-times.ts';
import { checkArchived } from '../../src/rotate/archive-check.ts';
import type { ArchiveCandidate } from '../../src/rotate/rotation-plan.ts';
import { type RotationResult, runRotation } from '../../src/rotate/rotation-run.ts';
import { buildSkipIndexes } from '../../src/rotate/skip-build.ts';
import { readSkipIndex, SKIP_FOLDER, skipPath } from '../../src/rotate/skip-index.ts';
import { Ledger } from '../../src/watch/ledger.ts';
import { ArchiveScene } from '../support/archive-scene.ts';
import { FaultyDisk, type FaultyDiskOptions, type Survival } from '../support/faulty-disk.ts';
import { PLAIN_ROTATION } from '../support/watch-rotation.ts';

const EVERYTHING = { text: null, source: null, fromUs: null, untilUs: null };

const OLD = 'old line, to be let go of\n';
/** What each is, and how it is taken. */
const FILES: Readonly<Record<string, readonly [content: string, way: ActiveWay]>> = {
  'done.log': ['2026-11-20T10:00:00Z INFO finished\nand more\n', 'leave'],
  'named.log': ['2026-11-20T10:00:00Z INFO written to, renamed\n', 'rename'],
  'copied.log': ['2026-11-20T10:00:00Z INFO written to, copied\n', 'copytruncate'],
};
const CONTENTS = Object.values(FILES).map(([content]) => content);

/** `ROTATION_CUTS=all` cuts after every change; else after every seventh, from another one each time. */
const STEP = process.env.ROTATION_CUTS === 'all' ? 1 : 7;

class CutScene implements Disposable {
  readonly scene = ArchiveScene.make({ inMemory: true });
  readonly stateDir: string;
  readonly #engine: Engine;
  readonly compression: Compression;
  disk: FaultyDisk | null = null;
  letsGo = false;

  constructor(compression: Compression) {
    this.compression = compression;
    this.stateDir = this.scene.folder.join('state');
    mkdirSync(join(this.stateDir, SKIP_FOLDER), { recursive: true });
    const { clock, database } = this.scene;
    new Ledger(database);
    this.#engine = Engine.open({ disk: systemDisk, clock, database, folder: null });
  }

  /** One archived file is there from an earlier run; from now on changes of the disk are counted. */
  async begin(options: FaultyDiskOptions): Promise<void> {
    const { scene } = this;
    scene.folder.write('logs/old.log', OLD);
    await this.run();
    for (const [name, [content]] of Object.entries(FILES)) {
      scene.folder.write(`logs/${name}`, content);
    }
    this.letsGo = true;
    this.disk = FaultyDisk.over([scene.logDir, scene.archive.path, this.stateDir], options);
    scene.disk = this.disk;
    scene.beforeCommit = () => this.disk?.step();
  }

  run(): Promise<RotationResult> {
    const { scene } = this;
    const { clock, disk, archive, book, database } = scene;
    const reader = this.#engine.openReader();
    const watches = new Map([['old', { ageMs: this.letsGo ? 3_600_000 : null, bytesMax: null }]]);
    return runRotation(
      {
        clock,
        disk,
        ports: {
          scan: async () => ({ fileCount: 3, entryCount: 3, sizeBytes: 3 }),
          candidates: async () => this.candidates(),
          times: async () => [],
          report: async () => ({ result: REPORT, report: FINISHED, notification: null }),
          unfinished: async () => book.unfinished(),
          changed: async () => book.changedSinceLastRun(),
          asides: async () => book.asides.list(),
          journal: scene.journal,
          inFolder: async (folder) => book.inFolder(folder),
          indexArchives: async () => {
            const going = new Set(book.plannedRemovals().map(({ id }) => id));
            const rows = book
              .list(100)
              .filter(({ id, state }) => state === 'done' && !going.has(id))
              .filter(({ id }) => disk.stat(skipPath(this.stateDir, id)) === undefined);
            const { stateDir } = this;
            const enterTimes = async (times: ArchiveTimes): Promise<void> =>
              void (await scene.journal({ kind: 'archive-times', files: [times] }));
            const failed = await buildSkipIndexes(
              { disk, database, reader, watches: [], stateDir, enterTimes },
              rows,
            );
            if (failed.length > 0) throw failed[0]!.cause;
            return [];
          },
          archived: async () => ({
            files: [...book.find(EVERYTHING)]
              .filter(({ state }) => state === 'done')
              .map((row) => ({ row, watch: watchOf(row.originalPath), isIndexed: true })),
            plannedRemovals: book.plannedRemovals(),
            dueForLook: book.list(100).filter(({ state }) => state === 'done'),
          }),
          tell: async () => {},
        },
      },
      {
        run: 'rotate',
        archiveDir: archive.path,
        timezone: 'UTC',
        waitsForIdle: true,
        watch: null,
        onlyLargeOrOld: false,
        withReport: true,
        writers: new Map(),
        retention: { ageMs: null, bytesMax: null, lastCopy: 'delete', sources: [], watches },
        verifyEveryMs: 1,
        stateDir: this.stateDir,
        host: 'web-01',
        success: [],
        failure: [],
        needsFiles: false,
      },
    );
  }

  /** What ingest would say of the files that are there: all indexed, the old ones idle, the others in use. */
  candidates(): ArchiveCandidate[] {
    const { scene, compression } = this;
    const asides = scene.book.asides.list().filter(({ state }) => state === 'aside');
    const nowMs = scene.clock.nowMs();
    return filesBelow(scene.logDir).map((path) => {
      const aside = asides.find(({ asidePath }) => asidePath === path);
      const name = basename(aside?.path ?? path);
      const way = FILES[name]?.[1] ?? 'leave';
      const isIdle = way === 'leave';
      const { dev, ino, size } = statSync(path);
      return {
        ...{ path, root: scene.logDir, device: dev, inode: ino, sizeBytes: size },
        generation: aside?.generation ?? [...name].reduce((sum, c) => sum + c.charCodeAt(0), 1),
        modifiedAtMs: isIdle ? nowMs - 86_400_000 : nowMs,
        firstSeenAtMs: nowMs - 86_400_000,
        indexedBytes: size,
        skipReason: null,
        ...{ source: 'app', watch: 'log_dir', archive: true },
        rotation: {
          ...PLAIN_ROTATION,
          compression,
          active: { way, bytesMin: null, ageMsMin: null, writers: [] },
        },
        isBehindLink: false,
        beingWritten: false,
        isAside: aside !== undefined,
        isAwaited: false,
      };
    });
  }

  [Symbol.dispose](): void {
    this.#engine[Symbol.dispose]();
    this.disk?.[Symbol.dispose]();
    this.scene[Symbol.dispose]();
  }
}

/** Only the old file is let go of. */
function watchOf(path: string): string {
  return basename(path) === 'old.log' ? 'old' : 'log_dir';
}

const REPORT = { paths: ['/reports/report_20261120-120000.txt'], entryCount: 3, errorCount: 1 };
const FINISHED = {
  writtenAtMs: 1,
  path: REPORT.paths[0]!,
  lastSequence: 3,
  comparedDay: null,
  today: 20_777,
  patterns: [],
  others: [],
  facts: { lateCount: null, diskFreeBytes: null, diskTotalBytes: null },
  generations: [],
};

const DISKS: readonly (readonly [string, FaultyDiskOptions, Compression])[] = [
  ['one file system', {}, 'none'],
  ['two file systems, compressed', { separate: true }, 'zstd'],
];

test.each(DISKS)(
  'a whole run survives a power cut after every change, on %s',
  async (_name, options, compression) => {
    const operationCount = await operationsOf(options, compression);
    expect(operationCount).toBeGreaterThan(60);
    const first = STEP === 1 ? 0 : Math.floor(Math.random() * STEP);
    for (let cutAt = first; cutAt <= operationCount; cutAt += STEP) {
      for (const survival of survivalsOf(cutAt)) {
        using cut = new CutScene(compression);
        await cut.begin(options);
        cut.disk!.cutAfter(cutAt);
        const { status } = await cut.run();
        const where = `cut after ${cutAt} of ${operationCount}, ${JSON.stringify(survival)}`;
        if (cutAt < operationCount) expect(status, where).toBe('failed');
        cut.disk!.reboot(survival);
        expectWhole(cut, where);
        await expectNextRunCompletes(cut, where);
      }
    }
  },
  600_000,
);

test.each(DISKS)(
  'a disk that refuses any one change leaves a run that the next one completes, on %s',
  async (_name, options, compression) => {
    const operationCount = await operationsOf(options, compression);
    for (let failing = STEP >> 1; failing < operationCount; failing += STEP) {
      const code = ['ENOSPC', 'EROFS', 'EIO'][failing % 3]!;
      using cut = new CutScene(compression);
      await cut.begin(options);
      cut.disk!.failAt(failing, code);
      await cut.run();
      const where = `${code} at change ${failing} of ${operationCount}`;
      expectWhole(cut, where);
      await expectNextRunCompletes(cut, where);
    }
  },
  600_000,
);

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

async function operationsOf(options: FaultyDiskOptions, compression: Compression): Promise<number> {
  using cut = new CutScene(compression);
  await cut.begin(options);
  const { failure, asides } = await cut.run();
  expect(failure).toBeNull();
  expect(asides.taken).toHaveLength(2);
  expectDone(cut, 'a run that nothing disturbs');
  return cut.disk!.operationCount;
}

/** A whole copy of every file is somewhere, and a final name has one. */
function expectWhole({ scene, stateDir }: CutScene, where: string): void {
  const archived = filesBelow(scene.archive.path).filter(isArchiveFile).map(contentOf);
  const waiting = filesBelow(scene.logDir).map((path) => readFileSync(path, 'utf8'));
  for (const content of CONTENTS) {
    expect(archived.includes(content) || waiting.includes(content), `${content}: ${where}`).toBe(
      true,
    );
  }
  const whole = new Set([...CONTENTS, OLD]);
  for (const content of archived) expect(whole.has(content), `${content}: ${where}`).toBe(true);
  for (const path of filesBelow(join(stateDir, SKIP_FOLDER))) {
    if (path.endsWith('.skip')) expect(readSkipIndex(systemDisk, path), where).not.toBeNull();
  }
}

async function expectNextRunCompletes(cut: CutScene, where: string): Promise<void> {
  const { failure } = await cut.run();
  expect(failure, where).toBeNull();
  // What was taken aside before the cut and could not move in the same run moves in the next.
  await cut.run();
  expectDone(cut, where);
}

/** Everything is in the archive once, the old file is gone, and nothing is left lying about. */
function expectDone({ scene, stateDir }: CutScene, where: string): void {
  const { book } = scene;
  expect(book.unfinished(), where).toEqual([]);
  expect(book.plannedRemovals(), where).toEqual([]);
  expect(book.asides.list(), where).toEqual([]);
  const rows = book.list(100);
  expect(rows.map(({ archivePath }) => contentOf(archivePath)).sort(), where).toEqual(
    CONTENTS.toSorted(),
  );
  for (const row of rows) expect(checkArchived(systemDisk, row), where).toBeNull();
  const stored = filesBelow(scene.archive.path);
  expect(stored.filter(isArchiveFile).sort(), where).toEqual(
    rows.map(({ archivePath }) => archivePath).sort(),
  );
  expect(
    stored.filter((path) => path.includes('.part')),
    where,
  ).toEqual([]);
  const manifests = stored.filter((path) => path.endsWith('.json'));
  const told = manifests.flatMap(
    (path) => (JSON.parse(readFileSync(path, 'utf8')) as { files: { path: string }[] }).files,
  );
  expect(told.map(({ path }) => path).sort(), where).toEqual(
    rows.map(({ archivePath }) => archivePath).sort(),
  );
  for (const path of filesBelow(scene.logDir)) {
    expect(readFileSync(path, 'utf8'), `${path}: ${where}`).toBe('');
  }
  expect(filesBelow(join(stateDir, SKIP_FOLDER)).sort(), where).toEqual(
    rows.map(({ id }) => skipPath(stateDir, id)).sort(),
  );
}

function isArchiveFile(path: string): boolean {
  return !basename(path).startsWith('.logstead-') && !/\.json(?:\.part)?$/.test(path);
}

function contentOf(path: string): string {
  if (!existsSync(path)) return `nothing at ${path}`;
  const stored = readFileSync(path);
  if (stored.length < 4 || stored.readUInt32LE(0) !== ZSTD_MAGIC) return stored.toString();
  try {
    return zstdDecompressSync(stored).toString();
  } catch {
    return 'half a file';
  }
}
const ZSTD_MAGIC = 0xfd2fb528;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
