/** A state folder whose database is gone: its segments are not taken for nobody's. */
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { register } from '../../../src/cli/check.ts';
import { register as registerSearch } from '../../../src/cli/search.ts';
import { runCommand } from '../../support/command-line.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

const LINES = Array.from({ length: 50 }, (_, line) => `2026-11-20 12:00:00 INFO line ${line}\n`);

/** As a database is whose first commits lie in the log beside it, when that is gone. */
function makeWithoutTables(path: string): void {
  rmSync(path);
  using _database = Database.open(path);
}

test.each([
  ['gone', (path: string) => rmSync(path)],
  ['empty', (path: string) => writeFileSync(path, '')],
  ['without a table', makeWithoutTables],
])(
  'Ingest does not start where the database is %s and its segments are not, until they are listed again',
  async (_, lose) => {
    await using scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
    const entries = await scene.take(LINES.join(''));
    expect(entries).toHaveLength(LINES.length);
    await scene.stop();
    lose(scene.folder.join('state/logstead.db'));
    await expect(scene.start()).rejects.toThrow(/its segments are there, its database is not/);

    scene.folder.write('config/config.ini', scene.configText);
    const asked = await runCommand(registerSearch, ['search', 'line'], {
      workingFolder: scene.folder.path,
    });
    expect(asked.stderr).toMatch(/its segments are there, its database is not.*check --rebuild/s);
    const rebuilt = await runCommand(register, ['check', '--rebuild'], {
      workingFolder: scene.folder.path,
    });
    expect(rebuilt.stdout).toMatch(/what was imported and archived.*Listed again: 1 segment/s);
    await scene.start();
    expect(scene.texts()).toEqual(entries);
  },
);

/** Bytes of a frame in the log of the database. */
const FRAME_BYTES = 24 + 4096;

/** Change a byte of a page, or of the start, of the log that a killed process left. `share`: how much of the log lies before. */
function damageLog(path: string, share: number): void {
  const log = readFileSync(path);
  const frame = Math.floor((share * log.length) / FRAME_BYTES);
  const at = share === 0 ? 8 : 32 + frame * FRAME_BYTES + 2000;
  log[at] = log[at]! ^ 1;
  writeFileSync(path, log);
}

test.each([
  ['in its middle', 1 / 2],
  ['at its start', 0],
])(
  'Ingest does not start where the log of its database is damaged %s and commits lie behind, until they are listed again',
  async (_, share) => {
    await using scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
    for (const [at, line] of LINES.slice(0, 12).entries()) await scene.take(line, `${at}.log`);
    const entries = scene.texts();
    const log = scene.folder.join('state/logstead.db-wal');
    await scene.kill();
    // As after a rotation: nothing but the store has these lines any more.
    rmSync(scene.folder.join('logs'), { recursive: true });
    damageLog(log, share);
    await expect(scene.start()).rejects.toThrow(
      /its log ".*-wal" is damaged at byte.*would be lost/,
    );

    scene.folder.write('config/config.ini', scene.configText);
    scene.folder.makeFolder('logs');
    const rebuilt = await runCommand(register, ['check', '--rebuild'], {
      workingFolder: scene.folder.path,
    });
    expect(rebuilt.stdout).toMatch(/Listed again: \d+ segments/);
    await scene.start();
    expect(scene.texts().toSorted()).toEqual(entries.toSorted());
  },
);

test.each([
  ['torn in its last commit', (size: number) => size - 100],
  ['as it is', (size: number) => size],
])('Ingest starts where the log of its database was left %s', async (_, sizeOf) => {
  await using scene = await IngestScene.make();
  for (const line of LINES.slice(0, 12)) await scene.take(line);
  const entries = scene.texts();
  await scene.kill();
  const log = scene.folder.join('state/logstead.db-wal');
  truncateSync(log, sizeOf(statSync(log).size));
  await scene.start();
  await scene.ingest.drain();
  expect(scene.texts()).toEqual(entries);
});
