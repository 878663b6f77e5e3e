/** Archived files read back: whole, damaged, gone; and the original given back beside what is there. */
import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Compression } from '../../../src/config/settings.ts';
import { checkArchived, restoreArchived } from '../../../src/rotate/archive-check.ts';
import { ArchiveScene, MODIFIED_AT_MS } from '../../support/archive-scene.ts';

const CONTENT = 'one\ntwo\nthree\n'.repeat(200);

test.each(['none', 'gzip', 'zstd'] as const)(
  'checkArchived() tells whole, damaged and missing files apart, stored as %s',
  async (compression: Compression) => {
    using scene = ArchiveScene.make();
    scene.compression = compression;
    await scene.move([scene.file('app.log', CONTENT)]);
    const row = scene.book.list(1)[0]!;
    expect(checkArchived(scene.disk, row)).toBeNull();

    const stored = readFileSync(row.archivePath);
    const damaged = Buffer.from(stored);
    damaged[12] = damaged[12]! ^ 1;
    writeFileSync(row.archivePath, damaged);
    expect(checkArchived(scene.disk, row)).toMatchObject({ kind: 'damaged' });
    writeFileSync(row.archivePath, stored.subarray(0, -1));
    expect(checkArchived(scene.disk, row)).toEqual({
      kind: 'damaged',
      reason: 'it has another length',
    });
    unlinkSync(row.archivePath);
    expect(checkArchived(scene.disk, row)).toEqual({ kind: 'missing', reason: 'it is not there' });
  },
);

test.each(['none', 'gzip', 'zstd'] as const)(
  'restoreArchived() gives back every byte and the time, never over a file, from %s',
  async (compression: Compression) => {
    using scene = ArchiveScene.make();
    scene.compression = compression;
    await scene.move([scene.file('app.log', CONTENT)]);
    const row = scene.book.list(1)[0]!;
    const to = scene.folder.join('back.log');
    restoreArchived(scene.disk, row, to);
    expect(readFileSync(to, 'utf8')).toBe(CONTENT);
    expect(statSync(to).mtimeMs).toBe(MODIFIED_AT_MS);
    expect(() => restoreArchived(scene.disk, row, to)).toThrow('something is there already');

    const damaged = readFileSync(row.archivePath);
    damaged[12] = damaged[12]! ^ 1;
    writeFileSync(row.archivePath, damaged);
    const other = scene.folder.join('other.log');
    expect(() => restoreArchived(scene.disk, row, other)).toThrow('Cannot restore');
    expect(
      scene.disk
        .list(scene.folder.path)
        .filter((name) => name.includes('other') || name.includes('restore')),
    ).toEqual([]);
  },
);
