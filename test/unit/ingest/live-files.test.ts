/** Files as they live: encodings found or set, and modification times that move while a file is followed. */
import { closeSync, openSync, readdirSync, utimesSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { entryAt } from '../../../src/model/entry-at.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const TEXT = '2026-11-20 12:00:00 INFO grün ist 5 € wert\n2026-11-20 12:00:01 ERROR 😀 kaputt\n';

afterEach(() => vi.unstubAllEnvs());

test.each<['utf16le' | 'utf16be', number[]]>([
  ['utf16le', [0xff, 0xfe]],
  ['utf16be', [0xfe, 0xff]],
])('Ingest reads %s with a mark, in whatever pieces it comes', async (encoding, mark) => {
  using folder = TempFolder.make();
  await using ingest = await openIngest(folder);
  const text = Buffer.from(TEXT, 'utf16le');
  const bytes = Buffer.concat([Buffer.from(mark), encoding === 'utf16be' ? text.swap16() : text]);
  // In the middle of a unit, then of a line.
  const writer = openSync(folder.join('logs/a.log'), 'a');
  for (const [from, to] of [
    [0, 33],
    [33, 120],
    [120, bytes.length],
  ]) {
    writeSync(writer, bytes.subarray(from, to));
    await ingest.turn();
  }
  closeSync(writer);
  await ingest.drain();
  const entries = entriesOf(ingest);
  expect(entries.map(({ message }) => message)).toEqual(['grün ist 5 € wert', '😀 kaputt']);
  expect(entries.map(({ level }) => level)).toEqual(['INFO', 'ERROR']);
  const ends = entries.map(({ origin }) => origin.offsetBytes + origin.lengthBytes);
  expect(ends.at(-1)).toBe(bytes.length);
});

test('Ingest reads Latin-1 where the config says so', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  const watches = settings.watches.map((watch) => ({ ...watch, encoding: 'latin1' as const }));
  await using ingest = await openIngest(folder, { ...settings, watches });
  folder.write('logs/a.log', Buffer.from('2026-11-20 12:00:00 INFO grün\n', 'latin1'));
  await ingest.drain();
  expect(entriesOf(ingest).map(({ message }) => message)).toEqual(['grün']);
});

test('Ingest dates stamps without a date by the time the file has when they are read', async () => {
  using folder = TempFolder.make();
  await using ingest = await openIngest(folder);
  const path = folder.write('logs/a.log', '10:00:00 INFO first\n10:00:05 INFO second\n');
  setModified(path, '2026-11-20T10:00:05Z');
  await ingest.drain();
  folder.append('logs/a.log', '12:30:00 INFO two days later\n');
  setModified(path, '2026-11-22T12:30:00Z');
  await ingest.drain();
  expect(
    entriesOf(ingest).map(({ timestampUs }) => new Date(timestampUs / 1000).toISOString()),
  ).toEqual(['2026-11-20T10:00:00.000Z', '2026-11-20T10:00:05.000Z', '2026-11-22T12:30:00.000Z']);
});

test('Ingest unpacks beside its index, whatever the folder for temporary files, and leaves nothing there', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  const watches = settings.watches.map((watch) => ({
    ...watch,
    paths: [folder.join('logs/*.gz')],
  }));
  folder.write('logs/a.log.gz', gzipSync('2026-11-20 12:00:00 INFO packed\n'));
  // As a process that was killed leaves it.
  folder.write('state/unpacked/unpack-x/content', 'half');
  vi.stubEnv('TMPDIR', folder.join('missing'));
  await using ingest = await openIngest(folder, { ...settings, watches });
  expect(readdirSync(folder.join('state/unpacked'))).toEqual([]);
  await ingest.drain();
  expect(entriesOf(ingest).map(({ message }) => message)).toEqual(['packed']);
  expect(readdirSync(folder.join('state/unpacked'))).toEqual([]);
});

async function openIngest(folder: TempFolder, settings?: Settings): Promise<Ingest> {
  const used = settings ?? defaultSettings(folder.path);
  prepareFolders(used);
  const log = openLog({ level: 'error', style: 'json' });
  return Ingest.open({ disk: systemDisk, clock: systemClock, log, settings: used });
}

function setModified(path: string, text: string): void {
  utimesSync(path, new Date(text), new Date(text));
}

function entriesOf(ingest: Ingest): Entry[] {
  using reader = ingest.openReader();
  const entries: Entry[] = [];
  for (const { columns, rows, count } of reader.matches({
    query: { kind: 'everything' },
    order: 'oldest',
  })) {
    for (const row of rows.subarray(0, count)) entries.push(entryAt(columns, row));
  }
  return entries;
}
