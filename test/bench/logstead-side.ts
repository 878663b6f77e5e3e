/**
 * Logstead's side of the benchmark: the daemon's own ingest, as `logstead once` runs it, in a process of its own.
 *
 * Everything the daemon does with a line is in it: discovery, detection of formats, fields, intake, ledger, index,
 * the one commit. Only alert rules are left out, which the other side does not have.
 */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { settingsFromText } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { DATABASE_NAME } from '../../src/ingest/state-files.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { diskBytesOf, reportSide, type SideArguments, sideArguments } from './side.ts';

async function run({ logFolder, stateFolder, needle }: SideArguments): Promise<void> {
  const config = `[paths]
log_dir = ${logFolder}
state_dir = ${stateFolder}
report_dir = reports
archive_dir = archives
notify_dir = notifications
`;
  const settings = settingsFromText(config, { projectFolder: join(stateFolder, '..', 'project') });
  prepareFolders(settings);
  const log = openLog({ level: 'warn', style: 'json' });

  const startedMs = performance.now();
  const ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
  await ingest.drain();
  const wallMs = performance.now() - startedMs;
  const usage = process.resourceUsage();

  const counts = countAll(join(stateFolder, DATABASE_NAME), needle);
  await ingest[Symbol.asyncDispose]();
  reportSide({ ...counts, wallMs, usage, diskBytes: diskBytesOf(stateFolder) });
}

function countAll(
  database: string,
  needle: string,
): Readonly<{ entryCount: number; errorCount: number; needleCount: number }> {
  using reader = StoreReader.open({ disk: systemDisk, clock: systemClock, database });
  const count = (query: string): number =>
    reader.count({ query: parseQuery(query, { nowMs: 0, timezone: 'UTC' }).filter });
  return {
    entryCount: count('*'),
    errorCount: count('level:error'),
    needleCount: count(needle),
  };
}

await run(sideArguments());
