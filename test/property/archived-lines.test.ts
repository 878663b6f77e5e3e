/**
 * Logs that are written to while they are archived, by runs that are killed at any step and settled by a later one, and by
 * other configs: every line is one entry, is counted once, and stands in one file, in the folder of the logs or in the archive.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { jsonLine } from '../../src/base/escape.ts';
import type { StoreReader } from '../../src/engine/store-reader.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import { entryAt } from '../../src/model/entry-at.ts';
import { entryRecordOf } from '../../src/model/entry-record.ts';
import { searchArchives } from '../../src/rotate/archive-search.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { IngestScene } from '../support/ingest-scene.ts';
import { MortalRun } from '../support/mortal-run.ts';
import { PieceWriter } from '../support/piece-writer.ts';

/** `ARCHIVED_LINES_CASES` and `ARCHIVED_LINES_SEED`: more of them, or others. */
const CASES = Number(process.env.ARCHIVED_LINES_CASES ?? 8);
const SEED = Number(process.env.ARCHIVED_LINES_SEED ?? 1);
const STEPS = 25;
/** Calls of the disk and of ingest after which a run dies, at most; one with many files makes more. */
const CALLS_MAX = 400;
/** None; what is read is committed; what is not finished is taken; what was rotated away is let go of. */
const PAUSES_MS = [0, 500, 1_100, 60_000];
/** The kernel tells of what was written. */
const NEWS_MS = 2;

const RULE = `[alert:lines]
when = line
threshold = 100000
window = 1h
notify = file
`;
/** Whatever nobody has open moves; or it is still written to, and taken aside. */
const WAYS = ['idle = 0s', 'idle = 1h\nactive = rename', 'idle = 1h\nactive = copytruncate'];
const COMPRESSIONS = ['none', 'gzip', 'zstd'];
const WATCHES = ['', '[watch:rotated]\npath = logs/**/*.log*\narchive = yes\n'];
const CONFIGS = WAYS.flatMap((way) => COMPRESSIONS.map((name) => `${way}\ncompress = ${name}`))
  .map((rotation) => `${RULE}[rotation]\n${rotation}\n`)
  .flatMap((config) => WATCHES.map((watch) => config + watch));

test('Each line of logs that are archived while they are written to is one entry, and stands in one file', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const { lines, ...outcome } = await archive(seed);
    expect({ seed, ...outcome }).toEqual({
      seed,
      entries: lines,
      matched: lines.length,
      inFiles: lines,
      left: [],
      unfinished: [],
      fromArchives: outcome.ofArchives,
      ofArchives: outcome.ofArchives,
      remembered: [],
    });
  }
});

type Outcome = Readonly<{
  /** What was written, what is in the index and what is in files, all in one order; how many the rule counted. */
  lines: string[];
  entries: string[];
  matched: number | undefined;
  inFiles: string[];
  /** Logs that are not in the archive at the end, but for those that others rotated; moves that are not done. */
  left: string[];
  unfinished: string[];
  /** Entries of archived lines: as the index has them, and as a search in the archives finds them when it has forgotten them. */
  ofArchives: string[];
  fromArchives: string[];
  /** Of these, what the index had not forgotten then: a search would find that there. */
  remembered: string[];
}>;

async function archive(seed: number): Promise<Outcome> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const clock = new FakeClock();
  await using scene = await IngestScene.make(pick(CONFIGS), clock);
  scene.folder.makeFolder('logs/folder');
  const logs = ['a', 'b', 'folder/a'].map((name) => new PieceWriter(name, scene.folder, random));
  const writeLines = (): void => {
    for (const log of logs) {
      if (random() < 0.3) log.write();
      log.finish();
    }
  };
  /** Of a run that may die, while lines are written. */
  const makeRun = (): MortalRun => {
    const run = new MortalRun(scene);
    let callsLeft = random() < 0.5 ? Math.floor(random() * CALLS_MAX) : Infinity;
    const isBusy = random() < 0.5;
    run.beforeCall = ({ of }) => {
      callsLeft -= 1;
      if (callsLeft < 0) run.die();
      else if (isBusy && of === 'ingest') writeLines();
    };
    return run;
  };
  writeLines();
  // While a file has both its names, whoever copies it makes a third.
  let isSettled = true;
  for (let step = 0; step < STEPS; step += 1) {
    const log = pick(logs);
    if (random() < 0.5) log.write();
    else if (isSettled) pick([() => log.rotate(), () => log.pack(), () => {}])();
    await pause(NEWS_MS);
    await scene.ingest.turn();
    await clock.advance(pick(PAUSES_MS));
    await scene.ingest.turn();
    if (random() < 0.4) continue;
    // Of a line that is in the archive nobody waits for the rest.
    for (const each of logs) each.finish();
    const run = makeRun();
    await run.rotate(pick(['once', 'rotate']));
    isSettled = !run.isDead;
    if (run.isDead || random() < 0.1) {
      await scene.crash(random() < 0.3 ? pick(CONFIGS) : undefined);
      if (random() < 0.5) continue;
      await new MortalRun(scene).recover();
      isSettled = true;
    } else if (random() < 0.2) {
      await scene.reload(pick(CONFIGS));
    }
  }
  for (const log of logs) log.finish();
  await new MortalRun(scene).rotate('once');
  return await outcomeOf(scene, logs);
}

async function outcomeOf(scene: IngestScene, logs: readonly PieceWriter[]): Promise<Outcome> {
  const { rules } = await scene.ingest.service().status();
  const logFolder = scene.folder.join('logs');
  using database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
  const moves = ArchiveBook.read(database).list(100_000);
  const files = [logFolder, scene.folder.join('archives')].flatMap(filesBelow);
  return {
    lines: logs.flatMap(({ lines }) => lines).toSorted(),
    entries: scene
      .texts()
      .map((text) => text.slice(text.indexOf(':') + 1))
      .toSorted(),
    matched: rules[0]?.counters.matchedCount,
    inFiles: files.flatMap(linesOf).toSorted(),
    left: filesBelow(logFolder).filter((path) => !/\.\d+(\.gz)?$/.test(path)),
    unfinished: moves.filter(({ state }) => state !== 'done').map(({ archivePath }) => archivePath),
    ...(await archivedEntries(scene, database)),
  };
}

async function archivedEntries(
  { folder, ingest, settings }: IngestScene,
  database: Database,
): Promise<Pick<Outcome, 'ofArchives' | 'fromArchives' | 'remembered'>> {
  const lines = new Set(filesBelow(folder.join('archives')).flatMap(linesOf));
  using reader = ingest.openReader();
  const ofArchives = recordsOf(reader, lines);
  const { maintenance } = ingest;
  maintenance.reconfigure({ ...settings.retention, indexBytesMax: 0 });
  maintenance.expire();
  using search = await searchArchives(
    {
      ...{ disk: systemDisk, clock: systemClock, database, reader },
      stateDir: settings.paths.stateDir,
    },
    { kind: 'everything' },
  );
  using rest = ingest.openReader();
  const remembered = recordsOf(rest, lines);
  return { ofArchives, fromArchives: recordsOf(search.reader, lines), remembered };
}

function recordsOf(reader: StoreReader, lines: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) {
      const line = columns.rawBytes(row).toString('utf8');
      const { timestamp, level, message, tags, metadata, offset } = entryRecordOf(
        entryAt(columns, row),
      );
      // Source and path are the newest where the file was renamed, or its section, while it was read.
      if (lines.has(line))
        found.push(jsonLine({ timestamp, level, message, tags, metadata, offset }));
    }
  }
  return found.toSorted();
}

/** But for manifests. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function linesOf(path: string): string[] {
  return (
    contentOf(path, readFileSync(path))
      .toString('utf8')
      .match(/.*\n|.+$/g) ?? []
  );
}

/** A log that others had compressed may have been compressed once more, or have got a date into its name. */
function contentOf(path: string, stored: Buffer): Buffer {
  if (path.endsWith('.zst')) return contentOf(path.slice(0, -4), zstdDecompressSync(stored));
  return isGzip(stored) ? contentOf(path, gunzipSync(stored)) : stored;
}

const isGzip = (stored: Buffer): boolean => stored[0] === 0x1f && stored[1] === 0x8b;
