/** While the disk is full nothing is read: the loop waits like one that has nothing to do, and can be asked and stopped. */
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { type Disk, systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const WATCHED_MS = 2_000;
/** A loop without a pause asks for the time this often in a few hundred milliseconds, and would go on for ever. */
const ASKED_MAX = 200_000;

test('Ingest waits while the disk is full and lines wait to be read', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  let isFull = false;
  const disk: Disk = {
    ...systemDisk,
    room: (path) => {
      const room = systemDisk.room(path);
      return room === null ? null : { ...room, freeBytes: isFull ? 0 : 1e15 };
    },
  };
  let askedCount = 0;
  const clock: Clock = {
    ...systemClock,
    nowMs: () => {
      askedCount += 1;
      if (askedCount > ASKED_MAX) throw new Error('The loop does not pause');
      return systemClock.nowMs();
    },
  };
  const log = openLog({ level: 'fatal', style: 'json' });
  await using ingest = await Ingest.open({ disk, clock, log, settings });
  folder.write('logs/a.log', '2026-11-20 12:00:00 INFO first\n');
  await ingest.drain();
  isFull = true;
  const stop = new AbortController();
  const running = ingest.run(stop.signal);
  const service = ingest.service();
  await waitFor(async () => (await service.status()).diskPressure === 'rest');
  folder.append('logs/a.log', '2026-11-20 12:00:01 INFO second\n');
  await systemClock.sleep(WATCHED_MS);
  expect((await service.status()).entryCount).toBe(1);

  isFull = false;
  await waitFor(async () => (await service.status()).entryCount === 2);
  stop.abort();
  await running;
  expect(askedCount).toBeLessThan(ASKED_MAX / 10);
});

test('Ingest goes on when the database refuses to note a new file, and reads it when that works again', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const log = openLog({ level: 'fatal', style: 'json' });
  await using ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
  using other = Database.open(folder.join('state/logstead.db'));
  other
    .prepare(
      "CREATE TRIGGER full BEFORE INSERT ON watch_generation BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .run();
  folder.write('logs/a.log', '2026-11-20 12:00:00 INFO first\n');
  await expect(ingest.drain()).rejects.toThrow('database or disk is full');

  const stop = new AbortController();
  const running = ingest.run(stop.signal);
  const service = ingest.service();
  await waitFor(async () => (await service.status()).trouble !== null);
  await systemClock.sleep(WATCHED_MS);
  expect(await service.status()).toMatchObject({ entryCount: 0 });

  other.prepare('DROP TRIGGER full').run();
  await waitFor(async () => (await service.status()).entryCount === 1);
  expect((await service.status()).trouble).toBe(null);
  stop.abort();
  await running;
});

test('Ingest starts while nothing can be committed, with what a killed process had read, and commits it later', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const log = openLog({ level: 'fatal', style: 'json' });
  const options = { disk: systemDisk, clock: systemClock, log, settings };
  using database = Database.open(folder.join('state/logstead.db'));
  const before = await Ingest.open(options);
  folder.write('logs/a.log', '2026-11-20 12:00:00 INFO first\n');
  await before.drain();
  database
    .prepare(
      "CREATE TRIGGER full BEFORE INSERT ON engine_segment BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .run();
  // So many that their format is known before the last of them.
  const lines = Array.from({ length: 2_000 }, (_, index) => `2026-11-20 12:00:01 INFO ${index}\n`);
  folder.append('logs/a.log', lines.join(''));
  await expect(before.drain()).rejects.toThrow('database or disk is full');
  await expect(before[Symbol.asyncDispose]()).rejects.toThrow('database or disk is full');
  // From here on they are in the intake only.
  folder.write('logs/a.log', '');

  await using ingest = await Ingest.open(options);
  const service = ingest.service();
  expect(await service.status()).toMatchObject({
    trouble: { message: expect.stringContaining('database or disk is full') },
  });

  const stop = new AbortController();
  const running = ingest.run(stop.signal);
  database.prepare('DROP TRIGGER full').run();
  await waitFor(async () => (await service.status()).trouble === null);
  folder.append('logs/a.log', '2026-11-20 12:00:02 INFO last\n');
  await waitFor(() => countOf(ingest) === lines.length + 2);
  stop.abort();
  await running;
});

test('Ingest goes on committing where what is committed cannot be taken out of the intake', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const log = openLog({ level: 'fatal', style: 'json' });
  const disk: Disk = {
    ...systemDisk,
    unlink(path) {
      if (path.endsWith('.intake')) throw Object.assign(new Error('refused'), { code: 'EPERM' });
      systemDisk.unlink(path);
    },
  };
  await using ingest = await Ingest.open({ disk, clock: systemClock, log, settings });
  for (const [index, word] of ['first', 'second'].entries()) {
    folder.append('logs/a.log', `2026-11-20 12:00:0${index} INFO ${word}\n`);
    expect(await ingest.drain()).toMatchObject({ entryCount: index + 1 });
  }
  expect((await ingest.service().status()).trouble).toBe(null);
  expect(countOf(ingest)).toBe(2);
});

function countOf(ingest: Ingest): number {
  using reader = ingest.openReader();
  return reader.count({ query: { kind: 'everything' } });
}
