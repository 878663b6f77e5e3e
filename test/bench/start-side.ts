/** Opens the index of a state folder as the daemon does, and says how long that took since the process began. */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { settingsFromText } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import { Ingest } from '../../src/ingest/ingest.ts';

export type StartResult = Readonly<{ entryCount: number; openMs: number; sinceStartMs: number }>;

async function run({ stateFolder }: Readonly<{ stateFolder: string }>): Promise<void> {
  const config = `[paths]
log_dir = empty
state_dir = ${stateFolder}
report_dir = reports
archive_dir = archives
notify_dir = notifications
`;
  const projectFolder = join(stateFolder, '..', 'project');
  const settings = settingsFromText(config, { projectFolder });
  prepareFolders(settings);
  const log = openLog({ level: 'warn', style: 'json' });
  const startMs = performance.now();
  const ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
  const { storedEntryCount } = await ingest.service().status();
  const nowMs = performance.now();
  const result: StartResult = {
    ...{ entryCount: storedEntryCount, openMs: nowMs - startMs, sinceStartMs: nowMs },
  };
  await ingest[Symbol.asyncDispose]();
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

await run(JSON.parse(process.argv[2] ?? '') as { stateFolder: string });
