/** `check --rebuild` finds in the entries how far log files were read: the next start reads on there, each line once. */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { register } from '../../../src/cli/check.ts';
import { readCatalog } from '../../../src/engine/catalog.ts';
import { type ImportOptions, importFile } from '../../../src/ingest/import-file.ts';
import { CONFIG_TEXT, runCommand } from '../../support/command-line.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

/** So many that their segment is a file; those of a few lines lie in the database. */
const MANY = 12_000;

const IMPORT: ImportOptions = {
  source: 'a',
  tags: [],
  format: null,
  timezone: 'UTC',
  again: false,
  nowMs: () => systemClock.nowMs(),
  onRead: () => {},
};

function lines(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    const noise = createHash('sha1').update(String(at)).digest('hex');
    return `2026-01-02 03:04:05 INFO order ${at} of ${noise}\n`;
  }).join('');
}

/** As `IngestScene.texts` gives them. */
function wanted(from: number, count: number, firstLine = 1): string[] {
  return lines(from, count)
    .split('\n')
    .slice(0, -1)
    .map((text, index) => `${firstLine + index}:${text}\n`);
}

/** The process ends, its database is lost, `between` happens, the catalog is made anew, and the next process starts. */
async function loseDatabase(scene: IngestScene, between = (): void => {}): Promise<string> {
  await scene.ingest[Symbol.asyncDispose]();
  for (const suffix of ['', '-wal', '-shm']) scene.folder.remove(`state/logstead.db${suffix}`);
  between();
  scene.folder.write('config/config.ini', `${CONFIG_TEXT}${scene.config}`);
  const said = await runCommand(register, ['check', '--rebuild'], {
    workingFolder: scene.folder.path,
    clock: systemClock,
  });
  expect(said.stderr).toBe('');
  await scene.start();
  await scene.ingest.drain();
  return said.stdout;
}

test('a log that grows is read on, and what lay in small segments is read again', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(lines(0, MANY));
  await scene.take(lines(MANY, 5));
  expect(segmentFiles(scene)).toMatchObject({ 0: true, 1: false });
  const said = await loseDatabase(scene, () =>
    scene.folder.append('logs/a.log', lines(MANY + 5, 5)),
  );
  expect(said).toContain('how far they were read: 1 log file\n');
  expect(scene.texts()).toEqual(wanted(0, MANY + 10));
  expect(await scene.take(lines(MANY + 10, 3))).toEqual(wanted(0, MANY + 13));
});

test('a log that was renamed meanwhile is read to its end under its new name', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(lines(0, MANY));
  await loseDatabase(scene, () => {
    scene.folder.append('logs/a.log', lines(MANY, 5));
    renameSync(scene.folder.join('logs/a.log'), scene.folder.join('logs/a.log.1'));
    scene.folder.append('logs/a.log', lines(MANY + 5, 5));
  });
  expect(scene.texts()).toEqual([...wanted(0, MANY + 5), ...wanted(MANY + 5, 5)]);
});

test('a log that was copied and emptied meanwhile is gone on with in both', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(lines(0, MANY));
  await loseDatabase(scene, () => {
    const [path, copy] = [scene.folder.join('logs/a.log'), scene.folder.join('logs/a.log.1')];
    scene.folder.append('logs/a.log', lines(MANY, 5));
    copyFileSync(path, copy);
    scene.folder.write('logs/a.log', lines(MANY + 5, 5));
  });
  expect(scene.texts()).toEqual([...wanted(0, MANY + 5), ...wanted(MANY + 5, 5)]);
});

test('one that was compressed meanwhile is known by its content, where rotated names are watched', async () => {
  await using scene = await IngestScene.make('[watch:all]\npath = logs/a.log*\n', new FakeClock());
  await scene.take(lines(0, MANY));
  const said = await loseDatabase(scene, () => {
    scene.folder.write('logs/a.log.1.gz', gzipSync(scene.folder.read('logs/a.log')));
    scene.folder.remove('logs/a.log');
    scene.folder.append('logs/a.log', lines(MANY, 5));
  });
  expect(said).toContain('how far they were read: 0 log files; not there any more: 1\n');
  expect(scene.texts()).toEqual([...wanted(0, MANY), ...wanted(MANY, 5)]);
});

test('another file under the same name is read from its beginning', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(lines(0, MANY));
  await loseDatabase(scene, () => scene.folder.write('logs/a.log', lines(7, MANY + 50)));
  expect(scene.texts()).toEqual([...wanted(0, MANY), ...wanted(7, MANY + 50)]);
});

test('several generations of one log are told apart, each where it lies now', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(lines(0, MANY));
  renameSync(scene.folder.join('logs/a.log'), scene.folder.join('logs/a.log.1'));
  await scene.take(lines(MANY, MANY));
  await scene.take(lines(2 * MANY, MANY), 'b.log');
  const said = await loseDatabase(scene, () => {
    scene.folder.append('logs/a.log.1', lines(3 * MANY, 1));
    scene.folder.append('logs/b.log', lines(3 * MANY + 1, 1));
  });
  expect(said).toContain('how far they were read: 3 log files\n');
  expect(scene.texts()).toEqual([
    ...[...wanted(0, MANY), ...wanted(3 * MANY, 1, MANY + 1)],
    ...wanted(MANY, MANY),
    ...[...wanted(2 * MANY, MANY), ...wanted(3 * MANY + 1, 1, MANY + 1)],
  ]);
});

test('a watch that begins at the end goes on where it was, and reads what is new from its beginning', async () => {
  await using scene = await IngestScene.make(
    '[watch:all]\npath = logs/*.log\nread_from = end\n',
    new FakeClock(),
  );
  await scene.ingest.drain();
  await scene.take(lines(0, MANY));
  await loseDatabase(scene, () => {
    scene.folder.append('logs/a.log', lines(MANY, 2));
    scene.folder.append('logs/b.log', lines(MANY + 2, 2));
  });
  expect(scene.texts()).toEqual([...wanted(0, MANY + 2), ...wanted(MANY + 2, 2)]);
});

test('text in UTF-16 is read on as that', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  const bytes = (text: string): Buffer => Buffer.from(text, 'utf16le');
  scene.folder.append('logs/a.log', bytes(`\ufeff${lines(0, MANY)}`));
  await scene.ingest.drain();
  await loseDatabase(scene, () => scene.folder.append('logs/a.log', bytes(lines(MANY, 3))));
  using reader = scene.ingest.openReader();
  expect(reader.count({ query: { kind: 'everything' } })).toBe(MANY + 3);
});

test('what lay in a small segment before a large one comes back by an import', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(lines(0, 5));
  await scene.take(lines(5, MANY));
  expect(segmentFiles(scene)).toEqual([false, true]);
  await loseDatabase(scene);
  expect(scene.texts()).toEqual(wanted(5, MANY, 6));
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const imported = await importFile(parts, scene.folder.join('logs/a.log'), IMPORT);
  expect(imported).toMatchObject({ entryCount: 5, onlyMissing: true });
  expect(scene.texts().toSorted()).toEqual(wanted(0, MANY + 5).toSorted());
});

test('an older database learns what its segments say, and an import brings back what they have not', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(lines(0, 5));
  await scene.ingest[Symbol.asyncDispose]();
  const old = readFileSync(scene.folder.join('state/logstead.db'));
  await scene.start();
  await scene.take(lines(5, 3));
  await scene.take(lines(8, MANY));
  await loseDatabase(scene, () => {
    scene.folder.write('state/logstead.db', old);
    scene.folder.append('logs/a.log', lines(MANY + 8, 1));
  });
  expect(scene.texts()).toEqual([...wanted(0, 5), ...wanted(8, MANY + 1, 9)]);
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const imported = await importFile(parts, scene.folder.join('logs/a.log'), IMPORT);
  expect(imported).toMatchObject({ entryCount: 3, onlyMissing: true });
  expect(scene.texts().toSorted()).toEqual(wanted(0, MANY + 9).toSorted());
});

function segmentFiles(scene: IngestScene): boolean[] {
  using database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
  return readCatalog(database).map(({ file }) => file !== null);
}
