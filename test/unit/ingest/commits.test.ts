/** Batches that are sealed while reading goes on: in order, each row once, whatever fails in between. */
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { type Disk, systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { readIdentity, type StoreIdentity } from '../../../src/engine/catalog.ts';
import { segmentFile } from '../../../src/engine/segment-files.ts';
import { HEAD_ROWS_MAX } from '../../../src/ingest/flusher.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { DATABASE_NAME } from '../../../src/ingest/state-files.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const EVERYTHING: Filter = { kind: 'everything' };

function linesOf(file: string, count: number): string {
  // Something that does not compress: a segment of this many rows must be a file.
  const noise = (line: number): string => hash('md5', `${file} ${line}`);
  const lines = Array.from({ length: count }, (_, line) => `${file} line ${line} ${noise(line)}`);
  return lines.map((line) => `${STAMP} INFO ${line}\n`).join('');
}

const STAMP = '2026-11-20T12:00:00Z';
const STAMP_US = Date.parse(STAMP) * 1000;

/** What of a store is committed. */
function storeOf(stateDir: string): StoreIdentity {
  using database = Database.open(join(stateDir, DATABASE_NAME));
  return readIdentity(database)!;
}

/** Each line of each file once, in order. */
function expectInOrder(ingest: Ingest, names: readonly string[]): void {
  const reader = ingest.openReader();
  const nextLine = new Map(names.map((name) => [name, 0]));
  const outOfPlace: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: EVERYTHING, order: 'oldest' })) {
    for (const row of rows.subarray(0, count)) {
      const message = columns.messageText(row);
      const [name, , line] = message.split(' ');
      if (Number(line) !== nextLine.get(name!)) outOfPlace.push(message);
      nextLine.set(name!, Number(line) + 1);
    }
  }
  expect(outOfPlace).toEqual([]);
  expect([...nextLine.values()]).toEqual(names.map(() => HEAD_ROWS_MAX));
}

test('Ingest keeps batches whole and in order where sealing fails for a while', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const names = ['a', 'b'];
  for (const name of names) folder.write(`logs/${name}.log`, linesOf(name, HEAD_ROWS_MAX));
  const { stateDir } = settings.paths;
  const segments = join(stateDir, 'segments');
  let skippedMs = 0;
  const clock = {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + skippedMs,
    monotonicMs: () => systemClock.monotonicMs() + skippedMs,
  };
  // The failure is expected, and said.
  const log = openLog({ level: 'fatal', style: 'json' });
  await using ingest = await Ingest.open({ disk: systemDisk, clock, log, settings });
  const service = ingest.service();

  renameSync(segments, `${segments}.away`);
  writeFileSync(segments, 'a file where the folder was: nothing can be written there');
  // The watchdog is told how long a batch has been on its way.
  let longestMs = -1;
  for (let turn = 0; (await service.status()).trouble === null; turn += 1) {
    expect(turn).toBeLessThan(1_000);
    longestMs = Math.max(longestMs, (await service.status()).committingForMs ?? -1);
    await ingest.turn();
    await systemClock.sleep(5);
  }
  expect((await service.status()).storedEntryCount).toBe(0);
  // What was read into the next head meanwhile must not be committed with the offsets of the first.
  await expect(ingest.flush()).rejects.toThrow(/ENOTDIR|EEXIST/);

  rmSync(segments);
  renameSync(`${segments}.away`, segments);
  skippedMs = 10_000;
  await ingest.turn();
  expect(await service.status()).toMatchObject({ trouble: null });
  await ingest.drain();
  expect(longestMs).toBeGreaterThanOrEqual(0);
  expect((await service.status()).committingForMs).toBeNull();

  expectInOrder(ingest, names);
  expect(uncommittedIntake(stateDir)).toEqual([]);
});

test('Ingest seals the next batch while one is written, and commits it after that one', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const names = ['a', 'b', 'c'];
  for (const name of names) folder.write(`logs/${name}.log`, linesOf(name, HEAD_ROWS_MAX));
  const { stateDir } = settings.paths;
  const log = openLog({ level: 'fatal', style: 'json' });
  await using ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
  const service = ingest.service();

  const file = (number: number): string => {
    const { storeId } = storeOf(stateDir);
    return join(stateDir, 'segments', segmentFile(storeId, { number, maxUs: STAMP_US }));
  };
  // In the way of the first segment alone.
  mkdirSync(join(file(1), 'occupied'), { recursive: true });
  await waitFor(async () => {
    await ingest.turn();
    return existsSync(file(2)) && (await service.status()).trouble !== null;
  });
  expect(storeOf(stateDir).nextSegment).toBe(1);
  expect((await service.status()).storedEntryCount).toBe(0);
  expectInOrder(ingest, []);

  rmSync(file(1), { recursive: true });
  // Before the next try is due.
  await ingest.drain();
  expectInOrder(ingest, names);
  expect(storeOf(stateDir).nextSegment).toBeGreaterThan(3);
  expect(uncommittedIntake(stateDir)).toEqual([]);
});

test('Ingest drains to the end where a commit in the middle fails once', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) folder.write(`logs/${name}.log`, linesOf(name, HEAD_ROWS_MAX));
  let renameCount = 0;
  const disk: Disk = {
    ...systemDisk,
    rename(from, to) {
      if (to.endsWith('.segment')) renameCount += 1;
      if (to.endsWith('.segment') && renameCount === 2) {
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      }
      systemDisk.rename(from, to);
    },
  };
  const log = openLog({ level: 'fatal', style: 'json' });
  await using ingest = await Ingest.open({ disk, clock: systemClock, log, settings });
  await ingest.drain();
  expect(renameCount).toBeGreaterThan(2);
  expectInOrder(ingest, names);
  expect(uncommittedIntake(settings.paths.stateDir)).toEqual([]);
});

/** Without the spares, in which nothing is. */
function uncommittedIntake(stateDir: string): string[] {
  return readdirSync(join(stateDir, 'intake')).filter((name) => name.endsWith('.intake'));
}
