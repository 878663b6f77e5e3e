/** Moves on real files: what arrives, what is left, and that nothing outside is ever touched. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import type { ArchiveOutcome } from '../../../src/rotate/archive-moves.ts';
import { ArchiveScene, MODIFIED_AT_MS } from '../../support/archive-scene.ts';
import { needsRoot } from '../../support/needs.ts';

const CONTENT = 'one\ntwo\nthree';
const FOLDERS = [
  ['one file system', {}],
  ['two file systems', { archiveUnder: '/dev/shm' }],
] as const;

test.each(FOLDERS)(
  'archiveFiles() moves a file into the folder of its day and enters it in the book, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const file = scene.file('app.log', CONTENT);
    chmodSync(file.path, 0o604);

    const outcome = await scene.move([file]);

    const archivePath = join(scene.archive.path, 'app/2026/11/19/app.log');
    expect(outcome).toMatchObject({
      archived: [{ originalPath: file.path, archivePath }],
      left: [],
    });
    expect(existsSync(file.path)).toBe(false);
    expect(readFileSync(archivePath, 'utf8')).toBe(CONTENT);
    expect(statSync(archivePath).mtimeMs).toBe(MODIFIED_AT_MS);
    expect(statSync(archivePath).mode & 0o777).toBe(0o604);
    expect(readdirSync(join(archivePath, '..'))).toEqual(['app.log']);
    expect(scene.book.unfinished()).toEqual([]);
    expect(scene.book.list(10)).toMatchObject([
      {
        state: 'done',
        originalPath: file.path,
        archivePath,
        stored: {
          sha256: createHash('sha256').update(CONTENT).digest('hex'),
          lines: 3,
          storedBytes: CONTENT.length,
        },
      },
    ]);
    expect(scene.book.pathOf(file.generation)).toBe(archivePath);
  },
);

test.each(FOLDERS)(
  'archiveFiles() never overwrites a file that has the name already, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const file = scene.file('app.log', CONTENT);
    const there = scene.archive.write('app/2026/11/19/app.log', 'somebody else');
    const { archived } = await scene.move([file]);
    expect(readFileSync(there, 'utf8')).toBe('somebody else');
    expect(archived[0]!.archivePath).toBe(
      join(scene.archive.path, 'app/2026/11/19/app.20261120-120000.log'),
    );
  },
);

test.each(FOLDERS)(
  'archiveFiles() leaves a file that is renamed while it is moved, but not one that is removed then, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    scene.compression = 'gzip';
    const packed = scene.file('packed.log', CONTENT);
    const linked = scene.file('linked.log', CONTENT);
    const gone = scene.file('gone.log', CONTENT);
    const plain = { rotation: { ...packed.rotation, compression: 'none' as const } };
    const files = [
      packed,
      { ...linked, ...plain },
      gone,
      { ...scene.file('b.log', CONTENT), ...plain },
    ];
    linkSync(gone.path, scene.folder.join('backup'));
    scene.beforeCommit = (change) => {
      if (change.kind !== 'stored') return;
      for (const { path } of [packed, linked]) renameSync(path, `${path}.1`);
      writeFileSync(packed.path, 'new');
      for (const { path } of [gone, files[3]!]) unlinkSync(path);
    };

    const { archived, left } = await scene.move(files);

    expect(archived.map(({ originalPath }) => originalPath)).toEqual([gone.path, files[3]!.path]);
    const reason = 'it was renamed while it was being moved';
    expect(left).toEqual([
      { path: packed.path, reason },
      { path: linked.path, reason },
    ]);
    const day = join(scene.archive.path, 'app/2026/11/19');
    expect(readdirSync(day).toSorted()).toEqual(['b.log', 'gone.log.gz']);
    expect(readFileSync(packed.path, 'utf8')).toBe('new');
    for (const { path } of [packed, linked])
      expect(readFileSync(`${path}.1`, 'utf8')).toBe(CONTENT);
    expect(statSync(`${linked.path}.1`).nlink).toBe(1);
    expect(scene.book.unfinished()).toEqual([]);

    scene.beforeCommit = () => {};
    const again = scene.candidate(`${packed.path}.1`);
    expect((await scene.move([again])).archived).toHaveLength(1);
  },
);

test.each(FOLDERS)(
  'archiveFiles() leaves a file that grew, shrank, vanished or was replaced since it was indexed, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const grew = scene.file('grew.log', CONTENT);
    const shrank = scene.file('shrank.log', CONTENT);
    const vanished = scene.file('vanished.log', CONTENT);
    const replaced = scene.file('replaced.log', CONTENT);
    const good = scene.file('good.log', CONTENT);
    writeFileSync(grew.path, 'more', { flag: 'a' });
    writeFileSync(shrank.path, 'less');
    unlinkSync(vanished.path);
    renameSync(replaced.path, `${replaced.path}.1`);
    writeFileSync(replaced.path, CONTENT);

    const { archived, left } = await scene.move([grew, shrank, vanished, replaced, good]);

    expect(archived.map((file) => file.originalPath)).toEqual([good.path]);
    expect(left.map((file) => file.reason)).toEqual([
      'it grew while it was being moved',
      'it became shorter than what was read of it',
      'it vanished',
      'its name belongs to another file now',
    ]);
    expect(readFileSync(grew.path, 'utf8')).toBe(`${CONTENT}more`);
    expect(scene.book.list(10)).toHaveLength(1);
    expect(scene.book.unfinished()).toEqual([]);
  },
);

test.each(FOLDERS)(
  'archiveFiles() leaves links, folders and files behind a linked folder, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const outside = scene.folder.write('outside/secret.log', CONTENT);
    const link = scene.file('link.log', CONTENT);
    unlinkSync(link.path);
    symlinkSync(outside, link.path);
    symlinkSync(scene.folder.join('outside'), join(scene.logDir, 'inner'));
    const behind = scene.candidate(join(scene.logDir, 'inner/secret.log'));
    const above = scene.candidate(outside);
    const folder = scene.file('folder.log', CONTENT);
    unlinkSync(folder.path);
    mkdirSync(folder.path);

    const { archived, left } = await scene.move([link, behind, above, folder]);

    expect(archived).toEqual([]);
    expect(left.map((file) => file.reason)).toEqual([
      'its name is a symbolic link now',
      'a symbolic link is on its path',
      'a symbolic link is on its path',
      'it is no regular file',
    ]);
    expect(readFileSync(outside, 'utf8')).toBe(CONTENT);
  },
);

test.each(FOLDERS)(
  'archiveFiles() refuses an archive folder that leads elsewhere, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const file = scene.file('app.log', CONTENT);
    const elsewhere = scene.folder.makeFolder('elsewhere');
    symlinkSync(elsewhere, scene.archive.join('app'));
    await expect(scene.move([file])).rejects.toMatchObject({ code: 'ARCHIVE_FAILED' });
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readFileSync(file.path, 'utf8')).toBe(CONTENT);
    await scene.recover();
    expect(scene.book.unfinished()).toEqual([]);
  },
);

test.each(FOLDERS)(
  'archiveFiles() archives a hard-linked file as a copy that its other name cannot change, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const file = scene.file('app.log', CONTENT);
    const other = scene.folder.join('other.log');
    linkSync(file.path, other);
    const { archived } = await scene.move([file]);
    writeFileSync(other, 'changed');
    expect(readFileSync(archived[0]!.archivePath, 'utf8')).toBe(CONTENT);
    expect(existsSync(file.path)).toBe(false);
  },
);

test.each(FOLDERS)('archiveFiles() keeps odd names as they are, on %s', async (_name, options) => {
  using scene = ArchiveScene.make(options);
  const names = [
    'with space.log',
    'line\nbreak.log',
    "it's $(x) `y`;.log",
    '-rf.log',
    '日志.log',
    '..log',
  ];
  const { archived } = await scene.move(names.map((name) => scene.file(name, name)));
  expect(readdirSync(scene.archive.join('app/2026/11/19')).sort()).toEqual([...names].sort());
  for (const { archivePath } of archived)
    expect(archivePath.endsWith(readFileSync(archivePath, 'utf8'))).toBe(true);
});

test.each(FOLDERS)(
  'archiveFiles() gives 1,000 files of one name, moved in one second, 1,000 names, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const files = Array.from({ length: 1000 }, (_, index) =>
      scene.file(`${index}/app.log`, `content ${index}\n`),
    );
    const { archived, left } = await scene.move(files);
    expect(left).toEqual([]);
    expect(new Set(archived.map((file) => file.archivePath)).size).toBe(1000);
    for (const [index, { archivePath, sha256 }] of archived.entries()) {
      const content = readFileSync(archivePath);
      expect(content.toString()).toBe(`content ${index}\n`);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
    expect(readdirSync(scene.archive.join('app/2026/11/19'))).toHaveLength(1000);
  },
  60_000,
);

test('archiveFiles() ends with a clear error where the archive cannot be written, and goes on later', async () => {
  using scene = ArchiveScene.make();
  const files = [scene.file('a.log', CONTENT), scene.file('b.log', CONTENT)];
  const blocker = scene.archive.write('app', 'a file where a folder must be');
  await expect(scene.move(files)).rejects.toMatchObject({ code: 'ARCHIVE_FAILED' });
  expect(files.every((file) => existsSync(file.path))).toBe(true);
  unlinkSync(blocker);
  const outcome: ArchiveOutcome = await scene.move(files);
  expect(outcome.archived).toHaveLength(2);
});

test.each(FOLDERS)(
  'archiveFiles() takes the archive name back where the original cannot be removed, on %s',
  async (_name, options) => {
    using scene = ArchiveScene.make(options);
    const file = scene.file('app.log', CONTENT);
    const other = scene.file('other.log', CONTENT);
    scene.disk = {
      ...systemDisk,
      unlink(path) {
        if (path === file.path)
          throw Object.assign(new Error('EACCES: not yours'), { code: 'EACCES' });
        systemDisk.unlink(path);
      },
    };
    for (const _run of [1, 2]) {
      await expect(scene.move([file])).rejects.toThrow(/Cannot remove ".*app.log"/);
      expect(readdirSync(scene.archive.join('app/2026/11/19'))).toEqual([]);
      expect(scene.book.unfinished()).toEqual([]);
      expect(readFileSync(file.path, 'utf8')).toBe(CONTENT);
    }
    expect((await scene.move([other])).archived).toHaveLength(1);
  },
);

test('archiveFiles() says that the log, not the archive, is on a read-only disk', async () => {
  using scene = ArchiveScene.make({ inMemory: true });
  const file = scene.file('app.log', CONTENT);
  scene.disk = {
    ...systemDisk,
    unlink(path) {
      if (path === file.path) throw Object.assign(new Error('EROFS: no'), { code: 'EROFS' });
      systemDisk.unlink(path);
    },
  };
  await expect(scene.move([file])).rejects.toMatchObject({
    hint: expect.stringContaining('The log is on a read-only file system'),
  });
});

test('archiveFiles() moves all others past files that nobody may remove, and copies few of those', async () => {
  using scene = ArchiveScene.make({ inMemory: true });
  scene.compression = 'zstd';
  const closed = Array.from({ length: 200 }, (_, index) => scene.file(`a/${index}.log`, CONTENT));
  const others = Array.from({ length: 100 }, (_, index) => scene.file(`b/${index}.log`, CONTENT));
  const kept = scene.file('b/immutable.log', CONTENT);
  let refusedCount = 0;
  scene.disk = {
    ...systemDisk,
    unlink(path) {
      const code = path === kept.path ? 'EPERM' : 'EACCES';
      if (path === kept.path || path.startsWith(join(scene.logDir, 'a/'))) {
        refusedCount += 1;
        throw Object.assign(new Error(`${code}: not yours`), { code });
      }
      systemDisk.unlink(path);
    },
  };
  const outcome: ArchiveOutcome = { archived: [], left: [] };

  const moving = scene.move([...closed, kept, ...others], outcome);

  await expect(moving).rejects.toThrow(/Cannot remove ".*a\/0.log".*; and 64 more failures$/);
  expect(outcome.archived.map(({ originalPath }) => originalPath).sort()).toEqual(
    others.map(({ path }) => path).sort(),
  );
  expect(outcome.left).toHaveLength(201);
  expect(outcome.left.find(({ path }) => path === kept.path)?.reason).toBe(
    'it could not be moved: EPERM: not yours',
  );
  expect(refusedCount).toBe(65);
  expect(scene.book.unfinished()).toEqual([]);
  expect(readdirSync(scene.archive.join('app/2026/11/19'))).toHaveLength(100);
});

test('archiveFiles() ends its moves where the archive has no room', async () => {
  using scene = ArchiveScene.make({ inMemory: true });
  scene.compression = 'zstd';
  const files = Array.from({ length: 100 }, (_, index) => scene.file(`${index}.log`, CONTENT));
  let openedCount = 0;
  scene.disk = {
    ...systemDisk,
    open(path, mode, options) {
      if (mode !== 'create') return systemDisk.open(path, mode, options);
      openedCount += 1;
      throw Object.assign(new Error('ENOSPC: full'), { code: 'ENOSPC' });
    },
  };
  await expect(scene.move(files)).rejects.toThrow(/full$/);
  expect(openedCount).toBe(1);
  expect(scene.book.unfinished()).toHaveLength(1);
});

test('archiveFiles() ends where the disk of the archive is unmounted meanwhile, and leaves nothing in its place', async (context) => {
  needsRoot(context);
  using scene = ArchiveScene.make();
  const { path } = scene.archive;
  const files = Array.from({ length: 70 }, (_, index) => scene.file(`${index}.log`, CONTENT));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path]);
  let unmount = (): void => {
    execFileSync('umount', ['--lazy', path]);
    unmount = () => {};
  };
  scene.disk = {
    ...systemDisk,
    link(from, to) {
      systemDisk.link(from, to);
      if (from.includes('-3-')) unmount();
    },
  };
  try {
    const outcome: ArchiveOutcome = { archived: [], left: [] };
    await expect(scene.move(files, outcome)).rejects.toThrow(
      /^The disk of the archive folder ".*" went away while files were moved there/,
    );
    expect(readdirSync(path)).toEqual([]);
    expect(files.slice(3).every((file) => existsSync(file.path))).toBe(true);
  } finally {
    unmount();
  }
});
