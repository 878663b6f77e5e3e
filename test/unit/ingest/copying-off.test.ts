/** Copying to a cluster that is turned off while lines are read: what counts as copied is what the cluster will get. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { readSpans } from '../../../src/ingest/cluster-book.ts';
import { clusterProgress } from '../../../src/ingest/cluster-queue.ts';
import { HEAD_ROWS_MAX } from '../../../src/ingest/flusher.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { DATABASE_NAME } from '../../../src/ingest/state-files.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const FILES = ['a', 'b', 'c', 'd'];

function settingsIn(projectFolder: string, engine: 'both' | 'local'): Settings {
  const config = `[paths]
log_dir = logs
report_dir = reports
archive_dir = archives
notify_dir = notifications
[store]
engine = ${engine}
[clickhouse]
shards = http://127.0.0.1:1
`;
  return settingsFromText(config, {
    projectFolder,
    environment: { LOGSTEAD_CLICKHOUSE_PASSWORD: 'x', LOGSTEAD_CLICKHOUSE_READER_PASSWORD: 'x' },
  });
}

test('rows that are read while copying is turned off are either waiting for the cluster or not counted', async () => {
  using folder = TempFolder.make();
  const settings = settingsIn(folder.path, 'both');
  prepareFolders(settings);
  for (const name of FILES) {
    const line = `2026-11-20T12:00:00Z INFO a line of ${name}\n`;
    folder.write(`logs/${name}.log`, line.repeat(HEAD_ROWS_MAX));
  }
  const log = openLog({ level: 'fatal', style: 'json' });
  {
    await using ingest = await Ingest.open({
      disk: systemDisk,
      clock: systemClock,
      log,
      settings,
    });
    const service = ingest.service();
    while ((await service.status()).committingForMs === null) await ingest.turn();
    let isOver = false;
    const turnedOff = ingest.reconfigure(settingsIn(folder.path, 'local')).then(() => {
      isOver = true;
    });
    // Reading goes on, as it does in a daemon.
    while (!isOver) {
      await ingest.turn();
      await systemClock.sleep(1);
    }
    await turnedOff;
    await ingest.drain();
    expect((await service.status()).storedEntryCount).toBe(FILES.length * HEAD_ROWS_MAX);
  }
  using database = Database.open(join(settings.paths.stateDir, DATABASE_NAME), { readOnly: true });
  const [span, ...others] = readSpans(database);
  expect(others).toEqual([]);
  expect(span!.until - span!.from).toBe(clusterProgress(database).pendingRows);
  expect(span!.until - span!.from).toBeLessThan(FILES.length * HEAD_ROWS_MAX);
});
