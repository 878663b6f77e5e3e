/** Import of a file whose entries are in the index already, all of them or some: each is there once. */
import { appendFileSync, cpSync, renameSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { readCatalog, readInlineBytes } from '../../../src/engine/catalog.ts';
import { type ImportOptions, importFile } from '../../../src/ingest/import-file.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const OPTIONS: ImportOptions = {
  source: 'another/name',
  tags: [],
  format: null,
  timezone: 'America/Lima',
  again: false,
  nowMs: () => systemClock.nowMs(),
  onRead: () => {},
};

/** Each third has a second line. */
function recordsOf(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    const more = at % 3 === 0 ? `\n    at step ${at}` : '';
    return `2025-01-02 03:04:05.${String(at % 1000).padStart(3, '0')} ERROR order ${at}${more}\n`;
  }).join('');
}

function messagesOf(scene: RotationScene): string[] {
  using reader = scene.ingest.openReader();
  const found: string[] = [];
  const query = { kind: 'source', pattern: 'shop' } as const;
  for (const { columns, rows, count } of reader.matches({ query, order: 'oldest' })) {
    for (let index = 0; index < count; index += 1) {
      const start = columns.rawStart[rows[index]!]!;
      const length = columns.rawLength[rows[index]!]!;
      const at = columns.timestampUs[rows[index]!]!;
      found.push(`${at} ${columns.bytes.toString('utf8', start, start + length)}`);
    }
  }
  return found.toSorted();
}

function importing(scene: RotationScene, path: string, options: Partial<ImportOptions> = {}) {
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  return importFile(parts, path, { ...OPTIONS, ...options });
}

/** Change a byte in a segment that lies in the database, and let a search find it. */
function damage(scene: RotationScene, nth: number): void {
  {
    using database = Database.open(`${scene.settings.paths.stateDir}/logstead.db`);
    const { number } = readCatalog(database)[nth]!;
    const bytes = Uint8Array.from(readInlineBytes(database, number)!);
    bytes[70]! ^= 4;
    bytes[bytes.length - 30]! ^= 4;
    database.prepare('UPDATE engine_segment SET bytes = ? WHERE number = ?').run(bytes, number);
  }
  messagesOf(scene);
}

/** A file that is followed, read in three parts. */
async function followed(scene: RotationScene): Promise<string> {
  const path = scene.write('shop.log', recordsOf(0, 300), systemClock.nowMs());
  await scene.ingest.drain();
  for (const from of [300, 600]) {
    appendFileSync(path, recordsOf(from, 300));
    await scene.ingest.drain();
  }
  return path;
}

test('importFile() refuses a followed file whose entries are all there', async () => {
  await using scene = await RotationScene.make();
  const path = await followed(scene);
  const before = messagesOf(scene);
  expect(before).toHaveLength(900);
  await expect(importing(scene, path)).rejects.toThrow(
    'its entries are known, Logstead follows it',
  );
  appendFileSync(path, recordsOf(900, 10));
  await expect(importing(scene, path)).rejects.toMatchObject({ code: 'USAGE' });
  await scene.ingest.drain();
  expect(messagesOf(scene)).toHaveLength(910);
  await importing(scene, path, { again: true, source: 'shop' });
  expect(messagesOf(scene)).toHaveLength(1_820);
});

test('importFile() brings in of a followed file only what a damaged segment had, every time', async () => {
  await using scene = await RotationScene.make();
  const path = await followed(scene);
  const before = messagesOf(scene);
  damage(scene, 1);
  expect(messagesOf(scene)).toHaveLength(600);
  appendFileSync(path, recordsOf(900, 10));
  expect(await importing(scene, path)).toMatchObject({ entryCount: 300, onlyMissing: true });
  expect(messagesOf(scene)).toEqual(before);
  await expect(importing(scene, path)).rejects.toMatchObject({ code: 'USAGE' });
  await scene.ingest.drain();
  expect(messagesOf(scene)).toHaveLength(910);

  damage(scene, 0);
  expect(messagesOf(scene)).toHaveLength(610);
  expect(await importing(scene, path)).toMatchObject({ entryCount: 300 });
  expect(messagesOf(scene)).toHaveLength(910);
});

test('importFile() brings in what came into a file that is not followed any more', async () => {
  await using scene = await RotationScene.make();
  const path = await followed(scene);
  await scene.ingest.reconfigure({ ...scene.settings, watches: [] });
  await expect(importing(scene, path)).rejects.toThrow('Logstead followed it');
  appendFileSync(path, recordsOf(900, 10));
  expect(await importing(scene, path, { source: 'shop' })).toMatchObject({ entryCount: 10 });
  expect(messagesOf(scene)).toHaveLength(910);
});

test('importFile() goes on with what is missing where an earlier try broke off', async () => {
  await using scene = await RotationScene.make();
  const path = scene.write('shop.log', recordsOf(0, 20_000), systemClock.nowMs());
  await scene.ingest.drain();
  const before = messagesOf(scene);
  damage(scene, 0);
  let readCount = 0;
  const onRead = (): void => {
    readCount += 1;
    if (readCount === 3) throw new Error('the power went');
  };
  await expect(importing(scene, path, { onRead })).rejects.toThrow('power');
  await scene.ingest.flush();
  expect(messagesOf(scene).length).toBeGreaterThan(0);
  await importing(scene, path);
  expect(messagesOf(scene)).toEqual(before);
  await expect(importing(scene, path)).rejects.toMatchObject({ code: 'USAGE' });
});

test('importFile() brings in what is missing of an archived and of an imported file too', async () => {
  await using scene = await RotationScene.make();
  scene.write('shop.log', recordsOf(0, 300), systemClock.nowMs() - 86_400_000);
  const { outcome } = await scene.rotate();
  const archived = outcome.archived[0]!.archivePath;
  const imported = scene.folder.write('old/b.log.gz', gzipSync(recordsOf(300, 200)));
  await importing(scene, imported, { source: 'shop' });
  expect(messagesOf(scene)).toHaveLength(500);

  damage(scene, 0);
  expect(messagesOf(scene)).toHaveLength(200);
  expect(await importing(scene, archived)).toMatchObject({ entryCount: 300 });
  expect(messagesOf(scene)).toHaveLength(500);
  damage(scene, 0);
  expect(messagesOf(scene)).toHaveLength(300);
  expect(await importing(scene, imported, { source: 'shop' })).toMatchObject({ entryCount: 200 });
  expect(messagesOf(scene)).toHaveLength(500);
  await expect(importing(scene, imported)).rejects.toMatchObject({ code: 'USAGE' });
});

test('importFile() brings in of a file that is followed from its end what lies before', async () => {
  await using scene = await RotationScene.make((settings) => ({
    ...settings,
    watches: settings.watches.map((watch) => ({ ...watch, readFrom: 'end' as const })),
  }));
  const path = scene.write('shop.log', recordsOf(0, 300), systemClock.nowMs());
  await scene.ingest.drain();
  appendFileSync(path, recordsOf(300, 5));
  await scene.ingest.drain();
  expect(messagesOf(scene)).toHaveLength(5);
  expect(await importing(scene, path)).toMatchObject({ entryCount: 300 });
  expect(messagesOf(scene)).toHaveLength(305);
});

test('importFile() brings what a restored index has not read of a log that was archived since', async () => {
  await using scene = await IngestScene.make();
  await scene.take(recordsOf(0, 10));
  await scene.stop();
  const [state, before] = [scene.folder.join('state'), scene.folder.join('before')];
  cpSync(state, before, { recursive: true });
  await scene.start();
  await scene.take(recordsOf(10, 5));
  const wanted = scene.texts();
  await scene.stop();
  rmSync(state, { recursive: true });
  renameSync(before, state);
  scene.folder.makeFolder('archives');
  const archived = scene.folder.join('archives/a.log');
  renameSync(scene.folder.join('logs/a.log'), archived);
  await scene.start();
  await scene.ingest.drain();
  expect(scene.texts()).toHaveLength(10);
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const imported = await importFile(parts, archived, OPTIONS);
  expect(imported).toMatchObject({ entryCount: 5, onlyMissing: true });
  expect(scene.texts().toSorted()).toEqual(wanted.toSorted());
});
