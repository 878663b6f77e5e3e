/** Of a thousand files most are quiet: their parsers hold little, and read on as if they had not rested. */
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { collectAll } from '../../../src/base/thread-memory.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const FILE_COUNT = 500;
/** Longer than a file must be quiet, and not so long that the daemon was not there. */
const QUIET_MS = 11_000;
/** A parser at rest holds some 8 kB less. */
const FREED_BYTES_MIN = FILE_COUNT * 5 * 1024;

test('Ingest lets go of the parsers of quiet files, which read on in the same way', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  let passedMs = 0;
  const clock: Clock = {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + passedMs,
    monotonicMs: () => systemClock.monotonicMs() + passedMs,
  };
  const log = openLog({ level: 'fatal', style: 'json' });
  const append = (name: string, text: string) => folder.append(`logs/${name}.log`, text);
  for (let file = 0; file < FILE_COUNT; file += 1) append(`${file}`, 'WARNING:root:careful\n');
  await using ingest = await Ingest.open({ disk: systemDisk, clock, log, settings });
  await ingest.drain();
  const awakeBytes = heldBytes();

  passedMs = QUIET_MS;
  append('other', 'WARNING:root:careful\n');
  expect((await ingest.drain()).entryCount).toBe(FILE_COUNT + 1);
  expect(awakeBytes - heldBytes()).toBeGreaterThan(FREED_BYTES_MIN);

  for (let file = 0; file < FILE_COUNT; file += 1) append(`${file}`, 'ERROR:root:  no\n  more\n');
  expect((await ingest.drain()).entryCount).toBe(2 * FILE_COUNT + 1);
});

function heldBytes(): number {
  collectAll();
  return process.memoryUsage().heapUsed;
}
