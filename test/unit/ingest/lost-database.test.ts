/** A state folder whose database is gone: its segments are not taken for nobody's. */
import { rmSync, writeFileSync } from 'node:fs';
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
