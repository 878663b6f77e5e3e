/** Old files brought in: in every compression, each entry once, also after a try that broke off. */
import { execFileSync } from 'node:child_process';
import { readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { type ImportOptions, importFile } from '../../../src/ingest/import-file.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { encodeFrame } from '../../../src/rotate/archive-codec.ts';
import { needsRoot } from '../../support/needs.ts';
import { RotationScene } from '../../support/rotation-scene.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const OPTIONS: ImportOptions = {
  source: 'old/shop',
  tags: ['imported'],
  format: null,
  timezone: 'UTC',
  again: false,
  nowMs: () => systemClock.nowMs(),
  onRead: () => {},
};

function linesOf(count: number): string {
  return Array.from(
    { length: count },
    (_, line) =>
      `2025-01-02T03:04:05.${String(line % 1000).padStart(3, '0')}Z INFO order ${line}\n`,
  ).join('');
}

function countOf(ingest: Ingest): number {
  using reader = ingest.openReader();
  return reader.count({ query: { kind: 'source', pattern: 'old/shop' } });
}

const TEXT = linesOf(3_000);
const PACKED: readonly (readonly [name: string, content: Buffer | null, lines: number])[] = [
  ['plain.log', Buffer.from(TEXT), 3_000],
  ['packed.log.gz', gzipSync(TEXT), 3_000],
  ['packed.log.zst', zstdCompressSync(Buffer.from(TEXT)), 3_000],
  ['packed.log.bz2', null, 5],
  ['packed.log.xz', null, 5],
];

test.each(PACKED)('importFile() brings in %s', async (name, given, lines) => {
  const content = given ?? Buffer.from(KNOWN[name]!, 'base64');
  await using scene = await RotationScene.make();
  const path = scene.folder.write(`old/${name}`, content);
  const read: number[] = [];
  const options = { ...OPTIONS, onRead: (bytes: number) => read.push(bytes) };
  const book = scene.ingest.imports;
  const imported = await importFile({ ingest: scene.ingest, book }, path, options);
  expect(imported.entryCount).toBe(lines);
  expect(countOf(scene.ingest)).toBe(lines);
  expect(read.at(-1)).toBe(content.length * 2);
  expect(readFileSync(path)).toEqual(content);
});

test('importFile() brings in all of an archive of ours, which is made of several frames', async () => {
  await using scene = await RotationScene.make();
  const pieces = [linesOf(1_000), linesOf(2_000)].map((text) =>
    encodeFrame(Buffer.from(text), 'zstd'),
  );
  const path = scene.folder.write('old/app.log.zst', Buffer.concat(pieces));
  await importFile({ ingest: scene.ingest, book: scene.ingest.imports }, path, OPTIONS);
  expect(countOf(scene.ingest)).toBe(3_000);
});

test('importFile() passes over the holes of a log that was emptied under its writer', async () => {
  await using scene = await RotationScene.make();
  const [before, behind] = ['\0'.repeat(5000), '\0'.repeat(700_000)];
  const path = scene.folder.write('old/holes.log', before + linesOf(2) + behind + linesOf(2));
  const book = scene.ingest.imports;
  await importFile({ ingest: scene.ingest, book }, path, OPTIONS);
  using reader = scene.ingest.openReader();
  const messages: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) messages.push(columns.messageText(row));
  }
  expect(messages.toSorted()).toEqual(['order 0', 'order 0', 'order 1', 'order 1']);
});

/** `linesOf(5)`, made with bzip2 and xz. */
const KNOWN: Readonly<Record<string, string>> = {
  'packed.log.bz2':
    'QlpoOTFBWSZTWY4LOFMAACrfgAAQQAN+EAEhhBAGAJAAIABwUDTQyMmIIlKNponpqP1Rpja++O0pPiZS6ROcpxlJylktSTSSJLwZpLKWgyDdInSaSk2SkpN031bGKT6nCfk7T+LuSKcKEhHBZwpg',
  'packed.log.xz':
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AC9AD1dABkMApKbFMHbeTN3SpAXq1uO5B55DL0OFoCKuErWTrbYwhiwlxnYvhR39u8qoRgkcW9iT5XaFbm7vw4+QAAAAAAAfWk6vqpRyYcAAVm+AQAAAPJcn/+xxGf7AgAAAAAEWVo=',
};

test.each(PACKED.slice(1))('importFile() brings in nothing of half of %s', async (name, given) => {
  const long = name.endsWith('gz') ? gzipSync : zstdCompressSync;
  const content =
    given === null ? Buffer.from(KNOWN[name]!, 'base64') : long(Buffer.from(linesOf(200_000)));
  await using scene = await RotationScene.make();
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const path = scene.folder.write(`old/${name}`, content.subarray(0, content.length / 2));
  await expect(importFile(parts, path, OPTIONS)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await scene.ingest.flush();
  expect(countOf(scene.ingest)).toBe(0);
  writeFileSync(path, content);
  const { entryCount } = await importFile(parts, path, OPTIONS);
  expect(countOf(scene.ingest)).toBe(entryCount);
});

test('importFile() refuses what was brought in before, also under another name', async () => {
  await using scene = await RotationScene.make();
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  await importFile(parts, scene.folder.write('old/a.log', TEXT), OPTIONS);
  const copy = scene.folder.write('old/b.log', TEXT);
  await expect(importFile(parts, copy, OPTIONS)).rejects.toMatchObject({ code: 'USAGE' });
  expect(countOf(scene.ingest)).toBe(3_000);
  await importFile(parts, copy, { ...OPTIONS, again: true });
  expect(countOf(scene.ingest)).toBe(6_000);
});

test('importFile() knows what it brought in also packed, packed otherwise and unpacked', async () => {
  const ways = [Buffer.from(TEXT), gzipSync(TEXT), zstdCompressSync(Buffer.from(TEXT))];
  for (const first of ways) {
    await using scene = await RotationScene.make();
    const parts = { ingest: scene.ingest, book: scene.ingest.imports };
    await importFile(parts, scene.folder.write('old/first.log', first), OPTIONS);
    for (const other of ways) {
      const path = scene.folder.write('old/other.log', other);
      await expect(importFile(parts, path, OPTIONS)).rejects.toThrow(/known, as ".*first\.log"/);
    }
    expect(countOf(scene.ingest)).toBe(3_000);
  }
});

test('importFile() goes on with a packed file where its unpacked one broke off', async () => {
  await using scene = await RotationScene.make();
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const text = linesOf(20_000);
  const plain = scene.folder.write('old/plain.log', text);
  const broken = importFile(parts, plain, {
    ...OPTIONS,
    onRead(bytes) {
      if (bytes >= text.length * 1.8) throw new Error('broken off');
    },
  });
  await expect(broken).rejects.toThrow('broken off');
  const packed = scene.folder.write('old/packed.log.gz', gzipSync(text));
  await importFile(parts, packed, OPTIONS);
  expect(countOf(scene.ingest)).toBe(20_000);
  await expect(importFile(parts, plain, OPTIONS)).rejects.toThrow('are known');
});

test('importFile() refuses what is no text', async () => {
  await using scene = await RotationScene.make();
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const lzma = Buffer.concat([Buffer.of(0x5d, 0, 0, 0x80, 0), Buffer.alloc(8, 0xff), Buffer.of(0)]);
  const path = scene.folder.write('old.lzma', lzma);
  await expect(importFile(parts, path, OPTIONS)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: `Cannot import "${path}": it is not text: binary`,
  });
  expect(countOf(scene.ingest)).toBe(0);
});

test('importFile() refuses what the archive has', async () => {
  await using scene = await RotationScene.make();
  scene.write('shop.log', TEXT, systemClock.nowMs() - 86_400_000);
  const { outcome } = await scene.rotate();
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const path = outcome.archived[0]!.archivePath;
  await expect(importFile(parts, path, OPTIONS)).rejects.toThrow('it is in the archive');
});

test('importFile() goes on where an earlier try broke off', async () => {
  await using scene = await RotationScene.make();
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const path = scene.folder.write('old/a.log', linesOf(40_000));
  let pieces = 0;
  const breaking: Ingest = Object.create(scene.ingest, {
    appendColumns: {
      value: async (columns: Parameters<Ingest['appendColumns']>[0]) => {
        pieces += 1;
        if (pieces === 3) throw new Error('the power went');
        await scene.ingest.appendColumns(columns);
      },
    },
    refuseFullDisk: { value: (doing: string) => scene.ingest.refuseFullDisk(doing) },
    names: { get: () => scene.ingest.names },
    openReader: { value: () => scene.ingest.openReader() },
    flush: { value: () => scene.ingest.flush() },
    importing: { value: (work: () => Promise<unknown>) => scene.ingest.importing(work) },
  });
  await expect(importFile({ ...parts, ingest: breaking }, path, OPTIONS)).rejects.toThrow('power');
  await scene.ingest.flush();
  const before = countOf(scene.ingest);
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(40_000);
  await importFile(parts, path, OPTIONS);
  expect(countOf(scene.ingest)).toBe(40_000);
});

test('importFile() makes lines without a stamp as old as their file', async () => {
  await using scene = await RotationScene.make();
  const path = scene.folder.write('old/a.log', 'no stamp at all\nneither here\n');
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  await importFile({ ingest: scene.ingest, book: scene.ingest.imports }, path, OPTIONS);
  using reader = scene.ingest.openReader();
  const [first] = [...reader.matches({ query: { kind: 'everything' } })];
  expect(first?.columns.timestampUs[first.rows[0]!]).toBe(1_600_000_000e6);
});

test('importFile() says that the disk of the index takes nothing, not that the file cannot be read, and goes on later', async (context) => {
  needsRoot(context);
  using folder = TempFolder.make();
  const standard = defaultSettings(folder.path);
  const settings = { ...standard, retention: { ...standard.retention, freeBytesMin: 0 } };
  prepareFolders(settings);
  const { stateDir } = settings.paths;
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', stateDir]);
  try {
    const log = openLog({ level: 'fatal', style: 'json' });
    await using ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
    const path = folder.write('old/long.log', linesOf(150_000));
    const parts = { ingest, book: ingest.imports };
    const filling = join(stateDir, 'filling');
    expect(() => writeFileSync(filling, Buffer.alloc(4 * 1024 * 1024))).toThrow('ENOSPC');
    const failure = await importFile(parts, path, OPTIONS).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringMatching(/^Cannot import ".*long.log" into the index: .*(ENOSPC|full)/),
      hint: expect.stringMatching(/make room there; then ask again, and it goes on where/),
    });
    unlinkSync(filling);
    await importFile(parts, path, OPTIONS);
    expect(countOf(ingest)).toBe(150_000);
  } finally {
    execFileSync('umount', ['--lazy', stateDir]);
  }
});

test('importFile() reads nothing where so little is free that watched files are not read either', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const disk = { ...systemDisk, room: () => ({ freeBytes: 1_000_000, totalBytes: 10_000_000 }) };
  const log = openLog({ level: 'fatal', style: 'json' });
  await using ingest = await Ingest.open({ disk, clock: systemClock, log, settings });
  const path = folder.write('old/a.log', linesOf(10));
  const { stateDir } = settings.paths;
  await expect(importFile({ ingest, book: ingest.imports }, path, OPTIONS)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: `Cannot import "${path}": 1 MB are free on the disk of "${stateDir}"`,
  });
  expect(countOf(ingest)).toBe(0);
});
