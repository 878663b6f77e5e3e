/** Lines that are written to a file after it had ended for the ledger: kept in the intake like any others. */
import { cpSync, readdirSync, rmSync } from 'node:fs';
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
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

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

test.each(['archived', 'ended'])(
  'Ingest keeps late lines that were not committed when it was killed, of a file that was %s',
  async (state) => {
    using folder = TempFolder.make();
    const settings = defaultSettings(folder.path);
    prepareFolders(settings);
    const log = openLog({ level: 'error', style: 'json' });
    const open = async (stateDir: string): Promise<Ingest> => {
      const used = { ...settings, paths: { ...settings.paths, stateDir } };
      return Ingest.open({ disk: systemDisk, clock: systemClock, log, settings: used });
    };
    const path = folder.write('logs/a.log', line(1));
    const stateDir = folder.join('left');
    {
      await using killed = await open(settings.paths.stateDir);
      await killed.drain();
      folder.append('logs/a.log', line(2));
      await waitFor(async () => {
        await killed.turn();
        return readdirSync(join(settings.paths.stateDir, 'intake')).length > 0;
      });
      // What a kill leaves at this moment.
      cpSync(settings.paths.stateDir, stateDir, { recursive: true });
    }
    rmSync(path);
    {
      // What the ledger says from the move of the file on, or once its handle was given up.
      using database = Database.open(join(stateDir, DATABASE_NAME));
      database.prepare('UPDATE watch_generation SET state = ?').run(state);
    }
    for (let start = 0; start < 2; start += 1) {
      await using ingest = await open(stateDir);
      await ingest.drain();
      expect(messagesOf(ingest)).toEqual(['line 1', 'line 2']);
    }
  },
);
