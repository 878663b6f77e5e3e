/** Records that are still open when the clock jumps: a busy machine must not cut a stack trace in two. */
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { OPEN_RECORD_MS_MAX } from '../../../src/ingest/pace.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** Between any two looks at it, longer passes than a record may stay open. */
function hurryingClock(): Clock {
  let passedMs = 0;
  const hurrying = (timeMs: number): number => {
    passedMs += OPEN_RECORD_MS_MAX + 1;
    return timeMs + passedMs;
  };
  return {
    ...systemClock,
    nowMs: () => hurrying(systemClock.nowMs()),
    monotonicMs: () => hurrying(systemClock.monotonicMs()),
  };
}

/** One entry, most of which is its stack trace: a read ends inside of one almost surely. */
const ENTRY = `2026-11-20 12:00:00,000 ERROR boom\n${'\tat com.example.Store.load(Store.java:1)\n'.repeat(50)}`;
const ENTRIES_PER_FILE = 1_000;

test('Ingest keeps a record open while more of its file waits to be read', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  // More than is read in one round, so that some files wait for the next.
  for (const name of ['a', 'b', 'c', 'd']) {
    folder.write(`logs/${name}.log`, ENTRY.repeat(ENTRIES_PER_FILE));
  }
  const clock = hurryingClock();
  const log = openLog({ level: 'error', style: 'json' });
  await using ingest = await Ingest.open({ disk: systemDisk, clock, log, settings });
  expect((await ingest.drain()).entryCount).toBe(4 * ENTRIES_PER_FILE);
});
