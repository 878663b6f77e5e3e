/**
 * Logs of several sections, with names of every kind and writers that keep them open, archived by runs that are killed, and let
 * go of by limits: every line is one entry and stands in one file until a limit lets that go, no file is written over, the book
 * and its manifests have them all, and a search finds them.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import type { StoreReader } from '../../src/engine/store-reader.ts';
import type { BookChange } from '../../src/ingest/archive-change.ts';
import type { ArchiveRow } from '../../src/ingest/archive-row.ts';
import { AsideBook } from '../../src/ingest/aside-book.ts';
import { checkArchived } from '../../src/rotate/archive-check.ts';
import { archiveRecordOf } from '../../src/rotate/archive-record.ts';
import { searchArchives } from '../../src/rotate/archive-search.ts';
import type { RotationResult } from '../../src/rotate/rotation-run.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { wronglyKept, wrongRemovals } from '../support/archive-limits.ts';
import { MortalRun } from '../support/mortal-run.ts';
import {
  FOLDERS,
  filesBelow,
  LAST_CONFIG,
  linesOf,
  rowsOf,
  SectionHistory,
  withoutHole,
} from '../support/section-history.ts';

/** `ARCHIVED_SECTIONS_CASES` and `ARCHIVED_SECTIONS_SEED`: more of them, or others, and each twice as long. */
const ASKED = process.env.ARCHIVED_SECTIONS_CASES ?? process.env.ARCHIVED_SECTIONS_SEED;
const CASES = Number(process.env.ARCHIVED_SECTIONS_CASES ?? 1);
const SEED = Number(process.env.ARCHIVED_SECTIONS_SEED ?? 1);
/** A run that waits for a writer looks fifty times: on a busy machine twelve took up to twenty seconds. */
const STEPS = ASKED === undefined ? 6 : 12;
/** Calls of the disk and of ingest after which a run dies, at most; one with many files makes more. */
const CALLS_MAX = 400;
const DAY_MS = 86_400_000;
/** None; what is read is committed; what is not finished is taken; what was rotated away is let go of. */
const PAUSES_MS = [0, 500, 1_100, 60_000];
/** The kernel tells of what was written. */
const NEWS_MS = 2;

test('Each line of several sections is one entry and stands in one file until a limit lets go of it', {
  timeout: 3_600_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const { lines, searched, ...outcome } = await live(seed);
    expect({ seed, ...outcome }).toEqual({
      ...{ seed, entries: lines, found: searched, inFiles: outcome.inFiles },
      ...{ faults: [], notArchived: [], asides: [] },
    });
  }
});

type Outcome = Readonly<{
  /** What was written, or, where the index forgets, what it has; and what it has. */
  lines: string[];
  entries: string[];
  /** What index and archive have, and what a search in both finds. */
  searched: string[];
  found: string[];
  inFiles: number;
  faults: string[];
  /** Files that should have moved in the end. */
  notArchived: string[];
  asides: string[];
}>;

async function live(seed: number): Promise<Outcome> {
  await using history = await SectionHistory.make(randomOf(seed));
  const { scene, ingestClock } = history;
  for (let step = 0; step < STEPS; step += 1) {
    history.writeSome();
    await pause(NEWS_MS);
    await scene.ingest.turn();
    await ingestClock.advance(history.pick(PAUSES_MS));
    await scene.ingest.turn();
    if (history.forgets && history.chance(0.3)) scene.ingest.maintenance.expire();
    if (history.chance(0.4)) continue;
    if (history.chance(0.2)) history.clock.aheadMs += history.pick([1, 3]) * DAY_MS;
    const isDead = await runOnce(history);
    if (isDead || history.chance(0.1)) {
      await scene.crash(history.chance(0.4) ? history.newConfig() : undefined);
      if (history.chance(0.5)) continue;
      await new MortalRun(scene, history.clock).recover();
    } else if (history.chance(0.3)) {
      await scene.reload(history.newConfig());
    }
  }
  await history.endWriters();
  await scene.reload(LAST_CONFIG);
  const last = new Watched(history);
  const run = new MortalRun(scene, history.clock);
  last.check(await run.rotate('once'), run);
  return await outcomeOf(history);
}

/** Whether it died. */
async function runOnce(history: SectionHistory): Promise<boolean> {
  const { scene, clock } = history;
  const run = new MortalRun(scene, clock);
  let callsLeft = history.chance(0.5) ? history.below(CALLS_MAX) : Infinity;
  const isBusy = history.chance(0.5);
  // What is written between the last reading of a log and its truncation is lost.
  const isVeryBusy = isBusy && !scene.config.includes('copytruncate');
  const watched = new Watched(history);
  run.beforeCall = ({ of, name, argument }) => {
    callsLeft -= 1;
    if (callsLeft < 0) {
      run.die();
      return;
    }
    if (name === 'applyBook') watched.beforeChange(argument as BookChange);
    if (of === 'disk' && name === 'unlink') watched.beforeUnlink(argument as string);
    if (isBusy && of === 'ingest') history.writeSome(0.2);
    else if (isVeryBusy) history.writeSome(0.02);
  };
  const watch = history.pick(scene.settings.watches).name;
  const [name, more] = history.pick<Parameters<MortalRun['rotate']>>([
    ['once'],
    ['rotate'],
    ['rotate', { onlyLargeOrOld: true }],
    ['rotate', { watch }],
    ['rotate', { watch, isOwnSchedule: true }],
  ]);
  watched.check(await run.rotate(name, more), run);
  await history.hear();
  return run.isDead;
}

/** The archive in one run: what was there before is there still, as it was, or is deleted because of a limit. */
class Watched {
  readonly #history: SectionHistory;
  readonly #before: ReadonlyMap<string, Readonly<{ inode: number; content: string }>>;
  readonly #deleted = new Set<string>();

  constructor(history: SectionHistory) {
    this.#history = history;
    const rows = rowsOf(history.scene).filter(({ state }) => state === 'done');
    const paths = rows.map(({ archivePath }) => archivePath).filter((path) => isThere(path));
    this.#before = new Map(
      paths.map((path) => [path, { inode: statSync(path).ino, content: linesOf(path).join('') }]),
    );
  }

  beforeChange(change: BookChange): void {
    if (change.kind !== 'plan-removal') return;
    const { faults, scene } = this.#history;
    using reader = scene.ingest.openReader();
    faults.push(...wrongRemovals(this.#history, change.ids, new Set(textsOf(reader))));
  }

  /** Of the archive: planned, or the second copy of what is being moved. */
  beforeUnlink(path: string): void {
    const { deleted, faults, scene } = this.#history;
    if (!path.startsWith(scene.folder.join('archives/')) || !isThere(path)) return;
    using database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
    const row = database
      .prepare('SELECT state, removal FROM archive WHERE archive_path = ? ORDER BY id DESC LIMIT 1')
      .get(path);
    if (row?.state !== 'done') return;
    if (row.removal !== 'planned') faults.push(`removed: ${path}`);
    this.#deleted.add(path);
    for (const line of linesOf(path)) deleted.add(line);
  }

  check({ status, failure, report }: RotationResult, { isDead }: MortalRun): void {
    const { faults } = this.#history;
    for (const [path, { inode, content }] of this.#before) {
      if (this.#deleted.has(path)) continue;
      const isSame = isThere(path) && statSync(path).ino === inode;
      if (!isSame || linesOf(path).join('') !== content) faults.push(`not as it was: ${path}`);
    }
    if (isDead) return;
    if (failure !== null) faults.push(`${failure.stage}: ${failure.message}`);
    if (status === 'done' && report !== null) faults.push(...wronglyKept(this.#history));
  }
}

const isThere = (path: string): boolean => systemDisk.linkStat(path)?.isFile() === true;

async function outcomeOf(history: SectionHistory): Promise<Outcome> {
  const { scene, lines: written, deleted, faults, forgets } = history;
  const { folder } = scene;
  const kept = filesBelow(folder.join('kept'));
  const live = FOLDERS.flatMap((name) => filesBelow(folder.join(name)));
  const archived = filesBelow(folder.join('archives'));
  const inFiles = [...live, ...archived].flatMap(linesOf);
  const counts = Map.groupBy(inFiles, (line) => line);
  const wrong = [...written.keys()].filter((line) => {
    const count = counts.get(line)?.length ?? 0;
    return count > 1 || (count === 0 && !deleted.has(line));
  });
  const wrongTexts = wrong.map(
    (line) => `in ${counts.get(line)?.length ?? 0} files: ${shown(line)}`,
  );
  using database = Database.open(folder.join('state/logstead.db'), { readOnly: true });
  using reader = scene.ingest.openReader();
  const entries = textsOf(reader);
  const { stateDir } = scene.settings.paths;
  const parts = { disk: systemDisk, clock: systemClock, database, reader, stateDir };
  using search = await searchArchives(parts, { kind: 'everything' });
  const searched = new Set([...entries, ...archived.flatMap(linesOf)]);
  return {
    lines: (forgets ? [...new Set(entries)] : [...written.keys()]).map(shown).toSorted(),
    entries: entries.map(shown).toSorted(),
    searched: [...searched].map(shown).toSorted(),
    found: textsOf(search.reader).map(shown).toSorted(),
    inFiles: inFiles.length,
    faults: [...faults, ...wrongTexts, ...bookFaults(history, archived)],
    notArchived: live.filter((path) => !kept.includes(path)),
    asides: AsideBook.read(database)
      .list()
      .map(({ asidePath }) => asidePath),
  };
}

/** Where book, manifests and files do not agree. */
function bookFaults(history: SectionHistory, archived: readonly string[]): string[] {
  const { scene, lines: written } = history;
  const rows = rowsOf(scene);
  const paths = rows.map(({ archivePath }) => archivePath);
  const strays = archived.filter((path) => !paths.includes(path));
  const twice = paths.filter((path, index) => paths.indexOf(path) !== index);
  const ofRows = rows.flatMap((row) => {
    const fault = checkArchived(systemDisk, row);
    const times = linesOf(row.archivePath).map((line) => written.get(line)!);
    const [first, last] = [Math.min(...times) * 1000, Math.max(...times) * 1000];
    const isTimed = times.length === 0 || (row.firstAtUs === first && row.lastAtUs === last);
    const isKept = row.originalPath.startsWith(scene.folder.join('kept/'));
    return [
      ...(fault === null ? [] : [fault.reason]),
      ...(row.state === 'done' ? [] : [row.state]),
      ...(isTimed ? [] : ['has other times']),
      ...(isKept ? ['was not to move'] : []),
    ].map((reason) => `${row.archivePath}: ${reason}`);
  });
  return [
    ...strays.map((path) => `not in the book: ${path}`),
    ...twice.map((path) => `twice in the book: ${path}`),
    ...ofRows,
    ...manifestFaults(rows),
  ];
}

function manifestFaults(rows: readonly ArchiveRow[]): string[] {
  const byFolder = Map.groupBy(rows, ({ archivePath }) => dirname(archivePath));
  return [...byFolder].flatMap(([folder, inFolder]) => {
    const path = `${folder}.json`;
    const { files } = JSON.parse(isThere(path) ? readFileSync(path, 'utf8') : '{}');
    const records = inFolder.map(archiveRecordOf).toSorted((a, b) => (a.path < b.path ? -1 : 1));
    return JSON.stringify(files) === JSON.stringify(records) ? [] : [`not as in the book: ${path}`];
  });
}

function textsOf(reader: StoreReader): string[] {
  const texts: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) {
      texts.push(withoutHole(columns.rawBytes(row).toString('utf8')));
    }
  }
  return texts;
}

/** As much of a line as tells it from others. */
function shown(line: string): string {
  return line.slice(0, 50);
}
