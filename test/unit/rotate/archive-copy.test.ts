/** Compressed copies: whole, readable by the usual tools, and damage is seen. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import type { Compression } from '../../../src/config/settings.ts';
import { ArchiveDamaged, FRAME_BYTES, framesOf } from '../../../src/rotate/archive-codec.ts';
import { digestOfStored, writeWholeCopy } from '../../../src/rotate/archive-copy.ts';
import { ArchiveScene } from '../../support/archive-scene.ts';
import { needsProgram } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const LINE = '2026-11-20T10:00:00Z INFO request 4711 served in 12 ms\n';
const SIZES = [0, 1, 1000, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES + 12_345];
const KINDS = ['gzip', 'zstd'] as const;

function copyOf(folder: TempFolder, content: Buffer, compression: Compression) {
  const from = folder.write('original', content);
  const path = folder.join('copy');
  using source = systemDisk.open(from, 'read');
  const copy = writeWholeCopy(systemDisk, path, { source, sizeBytes: content.length, compression });
  return { path, copy };
}

test.each(KINDS)('writeWholeCopy() with %s keeps every byte, whatever the size', (compression) => {
  for (const size of SIZES) {
    using folder = TempFolder.make();
    const content = Buffer.alloc(size, LINE);
    const { path, copy } = copyOf(folder, content, compression);
    const stored = readFileSync(path);
    expect(copy.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(copy.storedSha256).toBe(createHash('sha256').update(stored).digest('hex'));
    expect(copy.storedBytes).toBe(stored.length);
    using file = systemDisk.open(path, 'read');
    expect(digestOfStored(file, { sizeBytes: size, compression })).toMatchObject({
      sha256: copy.sha256,
      sizeBytes: size,
      lines: copy.lines,
    });
    expect(framesOf(file, compression).length).toBe(Math.max(1, Math.ceil(size / FRAME_BYTES)));
    if (compression === 'gzip') expect(gunzipSync(stored).equals(content)).toBe(true);
  }
});

test('the zstd program reads what was stored, an empty file too', (context) => {
  const program = needsProgram(context, 'zstd');
  for (const size of [0, FRAME_BYTES + 5]) {
    using folder = TempFolder.make();
    const content = Buffer.alloc(size, LINE);
    const { path } = copyOf(folder, content, 'zstd');
    const options = { maxBuffer: 64 * 1024 * 1024 };
    expect(execFileSync(program, ['-dcq', path], options).equals(content)).toBe(true);
  }
});

test.each(KINDS)('digestOfStored() sees every flipped byte of a %s file', (compression) => {
  using folder = TempFolder.make();
  const content = Buffer.from(LINE.repeat(20));
  const { path, copy } = copyOf(folder, content, compression);
  const stored = readFileSync(path);
  let unseen = 0;
  for (let at = 0; at < stored.length; at += 1) {
    const damaged = Buffer.from(stored);
    damaged[at] = damaged[at]! ^ 0x41;
    writeFileSync(path, damaged);
    using file = systemDisk.open(path, 'read');
    try {
      // Some header bytes mean nothing (a time, the name of a system): then the content must be right.
      const digest = digestOfStored(file, { sizeBytes: content.length, compression });
      expect(digest.sha256).toBe(copy.sha256);
      unseen += 1;
    } catch (cause) {
      expect(cause).toBeInstanceOf(ArchiveDamaged);
    }
  }
  expect(unseen).toBeLessThan(20);
});

test('archiveFiles() stores compressed files under their ending, beside what has the name', async () => {
  using scene = ArchiveScene.make();
  scene.compression = 'zstd';
  scene.archive.write('app/2026/11/19/a.log.zst', 'somebody else');
  const { archived } = await scene.move([
    scene.file('a.log', LINE.repeat(1000)),
    scene.file('b.log', ''),
    scene.file(`${'n'.repeat(251)}.log`, 'x\n'),
  ]);
  const names = archived.map(({ archivePath }) =>
    archivePath.slice(archivePath.lastIndexOf('/') + 1),
  );
  expect(names.slice(0, 2)).toEqual(['a.20261120-120000.log.zst', 'b.log.zst']);
  expect(Buffer.byteLength(names[2]!)).toBeLessThanOrEqual(255);
  expect(names[2]!.endsWith('n.log.zst')).toBe(true);
  expect(archived[0]!.storedBytes).toBeLessThan(archived[0]!.sizeBytes / 10);
});
