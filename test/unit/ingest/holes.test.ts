/** Holes of NULs, as writers leave them that keep their position when their file is truncated: what is behind them is kept like any line. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { DATABASE_NAME } from '../../../src/ingest/state-files.ts';
import { Ledger } from '../../../src/watch/ledger.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const HOLE_BYTES = 4_096;
const HOLE = '\0'.repeat(HOLE_BYTES);

function line(number: number): string {
  return `2026-11-20 12:00:00 INFO line ${number}\n`;
}

function messagesOf(ingest: Ingest): string[] {
  const messages: string[] = [];
  using reader = ingest.openReader();
  const everything = { query: { kind: 'everything' }, order: 'oldest' } as const;
  for (const { columns, rows, count } of reader.matches(everything)) {
    for (const row of rows.subarray(0, count)) messages.push(columns.messageText(row));
  }
  return messages;
}

test.each([
  ['first', HOLE + line(1) + line(2), 0],
  ['between lines', line(1) + HOLE + line(2), line(1).length],
])(
  'Ingest keeps the lines behind a hole, %s, that were not committed when it was killed and the file was truncated',
  async (_, content, start) => {
    using folder = TempFolder.make();
    const settings = defaultSettings(folder.path);
    prepareFolders(settings);
    const log = openLog({ level: 'error', style: 'json' });
    const open = async (stateDir: string): Promise<Ingest> => {
      const used = { ...settings, paths: { ...settings.paths, stateDir } };
      return Ingest.open({ disk: systemDisk, clock: systemClock, log, settings: used });
    };
    const path = folder.write('logs/a.log', content);
    const stateDir = folder.join('left');
    {
      await using killed = await open(settings.paths.stateDir);
      await killed.turn();
      // What a kill leaves at this moment.
      cpSync(settings.paths.stateDir, stateDir, { recursive: true });
    }
    writeFileSync(path, '');
    {
      await using ingest = await open(stateDir);
      await ingest.drain();
      expect(messagesOf(ingest)).toEqual(['line 1', 'line 2']);
    }
    using database = Database.open(join(stateDir, DATABASE_NAME));
    expect(new Ledger(database).spansOf(1)).toMatchObject([
      { start, end: start + HOLE_BYTES, kind: 'skipped', reason: 'hole of NUL bytes' },
    ]);
  },
);
