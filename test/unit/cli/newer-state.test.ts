/** A state that a newer version wrote is refused by whoever would change it, before anything is changed. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { register as registerBackup, registerRestore } from '../../../src/cli/backup.ts';
import { register as registerCheck } from '../../../src/cli/check.ts';
import { register as registerRestamp } from '../../../src/cli/restamp.ts';
import { runCommand } from '../../support/command-line.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

const LINES = Array.from({ length: 50 }, (_, line) => `2026-11-20 12:00:00 INFO line ${line}\n`);
const REFUSED = {
  code: 2,
  stderr: expect.stringMatching(/^Cannot open the state: its .*Use the newer Logstead/s),
};

/** A state folder with a segment file and one that belongs to nothing, which a start sets aside. */
async function makeState(): Promise<IngestScene> {
  const scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
  await scene.take(LINES.join(''));
  await scene.stop();
  const [file] = segmentFiles(scene);
  writeFileSync(join(scene.folder.join('state/segments'), `${file!}.foreign`), 'of nobody');
  scene.folder.write('config/config.ini', scene.configText);
  return scene;
}

function segmentFiles(scene: IngestScene): string[] {
  return filesIn(scene).filter((path) => path.endsWith('.segment'));
}

function filesIn(scene: IngestScene, below = 'state/segments'): string[] {
  const folder = scene.folder.join(below);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((path) => statSync(join(folder, path)).isFile()).toSorted();
}

/** Names and contents; what SQLite lays beside its file says nothing. */
function stateOf(scene: IngestScene): string[] {
  const isBesides = (path: string): boolean => /logstead\.db-(?:wal|shm)$|^lock/.test(path);
  return filesIn(scene, 'state')
    .filter((path) => !isBesides(path))
    .map((path) => {
      const bytes = readFileSync(scene.folder.join(`state/${path}`));
      return `${path} ${createHash('sha1').update(bytes).digest('hex')}`;
    });
}

function change(scene: IngestScene, sql: string): void {
  using database = Database.open(scene.folder.join('state/logstead.db'));
  database.prepare(sql).run();
}

function run(
  scene: IngestScene,
  register: Parameters<typeof runCommand>[0],
  words: readonly string[],
): ReturnType<typeof runCommand> {
  return runCommand(register, words, { workingFolder: scene.folder.path });
}

test.each([
  ['tables of a later step', "UPDATE schema_version SET version = 99 WHERE room = 'alert'"],
  ['tables of a room unknown here', "INSERT INTO schema_version VALUES ('from-the-future', 1)"],
])(
  'a state with %s is refused by a start, a rebuild, a restamp and a restore of it',
  async (_, sql) => {
    await using scene = await makeState();
    change(scene, sql);
    const before = stateOf(scene);
    await expect(scene.start()).rejects.toMatchObject({ code: 'STATE_NEWER' });
    expect(await run(scene, registerCheck, ['check', '--rebuild'])).toMatchObject(REFUSED);
    expect(await run(scene, registerRestamp, ['restamp', '*', '--timezone', 'UTC'])).toMatchObject(
      REFUSED,
    );
    expect(stateOf(scene)).toEqual(before);

    const backup = scene.folder.join('backup');
    expect(await run(scene, registerBackup, ['backup', backup])).toMatchObject({ code: 0 });
    rmSync(scene.folder.join('state'), { recursive: true });
    expect(await run(scene, registerRestore, ['restore', backup])).toMatchObject(REFUSED);
    expect(readdirSync(scene.folder.join('state'))).not.toContain('logstead.db');
  },
);

test('check --rebuild does not take segments of a newer version for damaged ones', async () => {
  await using scene = await makeState();
  const [file] = segmentFiles(scene);
  const path = scene.folder.join(`state/segments/${file!}`);
  const bytes = readFileSync(path);
  bytes.writeUInt16LE(4, 8);
  bytes.writeUInt32LE(0, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 48)), 12);
  writeFileSync(path, bytes);
  for (const suffix of ['', '-wal', '-shm']) scene.folder.remove(`state/logstead.db${suffix}`);
  const before = stateOf(scene);
  expect(await run(scene, registerCheck, ['check', '--rebuild'])).toMatchObject(REFUSED);
  expect(stateOf(scene)).toEqual(before);
});
