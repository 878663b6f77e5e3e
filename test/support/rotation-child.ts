/**
 * A process to be killed: one whole rotation of a project folder, from reading to notification.
 * `node rotation-child.ts CONFIG RUN` (`once` or `rotate`); says "started" once the state is open and "done" at the end.
 */
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { rotate } from '../../src/rotate/rotation-job.ts';

const settings = loadSettings(process.argv[2]!, {});
prepareFolders(settings);
const log = openLog({ level: 'error', style: 'json' });
await using ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });

process.stdout.write('started\n');
const parts = { clock: systemClock, disk: systemDisk, ingest: ingest.service() };
const run = process.argv[3] === 'rotate' ? 'rotate' : 'once';
const result = await rotate(parts, settings, { run });
process.stdout.write(`${result.status === 'failed' ? JSON.stringify(result.failure) : 'done'}\n`);
