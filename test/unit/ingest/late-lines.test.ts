/** Lines that are written to a file after it had ended for the ledger: kept in the intake like any others. */
import { cpSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
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

test('Ingest reads what was written to an archived file while nobody was there', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const log = openLog({ level: 'error', style: 'json' });
  const open = (): Promise<Ingest> =>
    Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
  const path = folder.write('logs/a.log', line(1));
  const archivePath = folder.join('archives/a.log');
  {
    await using ingest = await open();
    await ingest.drain();
    const { dev: device, ino: inode, mtimeMs: modifiedAtMs, size } = statSync(path);
    const service = ingest.service();
    const [id = 0] = await service.applyBook({
      kind: 'begin',
      rows: [
        {
          originalPath: path,
          originalRoot: folder.join('logs'),
          generation: 1,
          device,
          inode,
          source: 'a',
          archivePath,
          archiveRoot: folder.join('archives'),
          temporaryPath: `${archivePath}.new`,
          sizeBytes: size,
          compression: 'none',
          modifiedAtMs,
          movedAtMs: Date.now(),
        },
      ],
    });
    renameSync(path, archivePath);
    const stored = {
      how: 'link',
      sha256: '',
      lines: 1,
      storedBytes: size,
      storedSha256: '',
    } as const;
    await service.applyBook({ kind: 'stored', files: [{ id, file: stored }] });
    await service.applyBook({ kind: 'done', ids: [id] });
  }
  folder.append('archives/a.log', line(2));
  for (let start = 0; start < 2; start += 1) {
    await using ingest = await open();
    await ingest.drain();
    expect(messagesOf(ingest)).toEqual(['line 1', 'line 2']);
  }
});
