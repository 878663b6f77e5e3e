/**
 * Corrects the stored times of sources after the zone of their stamps was set wrong: in the index, and in what is known of archived
 * files.
 *
 * The index changes in one transaction. The skip indexes of archived files are written anew after it, one by one, and then the
 * manifests of their days; a run that was interrupted there is finished by the same command, because what is right already does
 * not change again.
 * What was decided with the wrong times stays as it was: incidents, notifications, reports.
 */
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { Engine } from '../engine/engine.ts';
import type { Retiming } from '../engine/retiming.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { type GenerationMove, moveFileTimes, setArchiveTimes } from '../ingest/archive-times.ts';
import { ClusterBook, readSpans } from '../ingest/cluster-book.ts';
import { type EntryColumns, FLAG } from '../model/entry-columns.ts';
import { Restamper, type RestampReading } from '../parse/restamper.ts';
import { compileNamePattern } from '../query/name-pattern.ts';
import { foldText } from '../query/words.ts';
import { generationFacts } from '../watch/generation-facts.ts';
import { sectionOf } from '../watch/patterns.ts';
import { writeManifests } from './archive-manifest.ts';
import { retimedSkipIndex } from './skip-build.ts';
import { readSkipIndex, skipPath, writeSkipIndex } from './skip-index.ts';

export type RestampParts = Readonly<{
  disk: Disk;
  clock: Clock;
  database: Database;
  settings: Settings;
  /** The segments folder. */
  folder: string;
}>;

export type RestampRequest = Readonly<{
  /** A source, or a pattern of them. */
  source: string;
  /** Null: what the config says of the watch that a file was read by. */
  timezone: string | null;
  /** Entries with a stored time in `[fromUs, untilUs)`; null: no bound. */
  fromUs: number | null;
  untilUs: number | null;
  isDryRun: boolean;
  /** Entries were copied to a cluster, and only this store is to be corrected. */
  isLocalOnly: boolean;
  /** Called with how many entries were looked at so far; throws to give up. */
  onLooked: (entryCount: number) => void;
}>;

/** So many entries moved by so much; the first of them as it was. */
export type Shift = { entryCount: number; readonly firstUs: number };

export type RestampResult = Readonly<{
  /** Entries of these sources, in these times. */
  entryCount: number;
  movedCount: number;
  /** Their time is the arrival of a line without a stamp. */
  unstampedCount: number;
  /** Their stamp is not understood as it was, or nobody knows how they were read: they stay. */
  keptCount: number;
  /** By µs. */
  shifts: ReadonlyMap<number, Shift>;
  segmentCount: number;
  archiveCount: number;
  /** Archived files without a skip index: what a search makes of them is told by their bytes and UTC. */
  unknownArchiveCount: number;
}>;

/** For whoever holds the lock of the state folder. */
export async function restamp(
  parts: RestampParts,
  request: RestampRequest,
): Promise<RestampResult> {
  const { disk, clock, database, folder } = parts;
  const holds = ClusterBook.open(database, clock).holds();
  using engine = Engine.open({ disk, clock, database, folder, holds });
  const book = ArchiveBook.open(database);
  refuseCopied(database, request, holds.held().size);

  const times = new CorrectedTimes(parts, request);
  const found = await engine.retime(
    times,
    request.isDryRun ? null : () => moveFileTimes(database, times.fileMoves()),
  );
  const archives = request.isDryRun
    ? { changed: 0, unknown: 0 }
    : await correctArchives(parts, request, book);
  if (!request.isDryRun) await correctManifests(disk, request, book);
  const { entryCount, unstampedCount, keptCount, shifts } = times;
  return {
    entryCount,
    movedCount: found.entryCount,
    unstampedCount,
    keptCount,
    shifts,
    segmentCount: found.segmentCount,
    archiveCount: archives.changed,
    unknownArchiveCount: archives.unknown,
  };
}

function refuseCopied(database: Database, request: RestampRequest, heldCount: number): void {
  if (request.isDryRun) return;
  if (heldCount > 0) {
    throw new OperatorError(
      'USAGE',
      `Cannot correct times: ${heldCount} segments still wait to be copied to the cluster, and must not change before`,
      { hint: 'Start the daemon, wait until "logstead clickhouse status" shows none, and stop it' },
    );
  }
  if (!request.isLocalOnly && readSpans(database).length > 0) {
    throw new OperatorError(
      'USAGE',
      'Cannot correct times: entries were copied to a cluster, whose copies this command does not change',
      { hint: 'Add --local-only to correct this store alone' },
    );
  }
}

/** What every entry's time should be, and counts of it. */
class CorrectedTimes implements Retiming {
  entryCount = 0;
  unstampedCount = 0;
  keptCount = 0;
  readonly shifts = new Map<number, Shift>();
  readonly #request: RestampRequest;
  readonly #matches: (folded: string) => boolean;
  readonly #restamper: Restamper;
  readonly #files = new Map<number, FileSpan>();
  #lookedCount = 0;

  constructor(parts: RestampParts, request: RestampRequest) {
    this.#request = request;
    this.#matches = compileNamePattern(request.source);
    this.#restamper = new Restamper({
      readingOf: (generation) => readingOf(parts, request, generation),
      declared: parts.settings.formats,
    });
  }

  wants(source: string): boolean {
    return this.#matches(foldText(source));
  }

  timeOf(columns: EntryColumns, row: number): number {
    const beforeUs = columns.timestampUs[row]!;
    const afterUs = this.#correctedTime(columns, row, beforeUs);
    const generation = columns.generation[row]!;
    const file = this.#files.get(generation);
    if (file === undefined) this.#files.set(generation, new FileSpan(beforeUs, afterUs));
    else file.add(beforeUs, afterUs);
    return afterUs;
  }

  looked(entryCount: number): void {
    this.#lookedCount += entryCount;
    this.#request.onLooked(this.#lookedCount);
  }

  fileMoves(): GenerationMove[] {
    return [...this.#files].map(([generation, file]) => ({ generation, ...file.move() }));
  }

  #correctedTime(columns: EntryColumns, row: number, beforeUs: number): number {
    if (!isWithin(beforeUs, this.#request)) return beforeUs;
    this.entryCount += 1;
    if ((columns.flags[row]! & FLAG.TIMESTAMP_NONE) !== 0) {
      this.unstampedCount += 1;
      return beforeUs;
    }
    const afterUs = this.#restamper.timeOf(columns, row);
    if (Number.isNaN(afterUs)) {
      this.keptCount += 1;
      return beforeUs;
    }
    if (afterUs !== beforeUs) this.#count(afterUs - beforeUs, beforeUs);
    return afterUs;
  }

  #count(shiftUs: number, firstUs: number): void {
    const shift = this.shifts.get(shiftUs);
    if (shift === undefined) this.shifts.set(shiftUs, { entryCount: 1, firstUs });
    else shift.entryCount += 1;
  }
}

/** From when to when the entries of a file are, as they were and as they will be. */
class FileSpan {
  readonly #before: [number, number];
  readonly #after: [number, number];

  constructor(beforeUs: number, afterUs: number) {
    this.#before = [beforeUs, beforeUs];
    this.#after = [afterUs, afterUs];
  }

  add(beforeUs: number, afterUs: number): void {
    widen(this.#before, beforeUs);
    widen(this.#after, afterUs);
  }

  move(): Omit<GenerationMove, 'generation'> {
    return {
      firstByUs: this.#after[0] - this.#before[0],
      lastByUs: this.#after[1] - this.#before[1],
    };
  }
}

function widen(span: [number, number], us: number): void {
  span[0] = Math.min(span[0], us);
  span[1] = Math.max(span[1], us);
}

function isWithin(us: number, { fromUs, untilUs }: RestampRequest): boolean {
  return (fromUs === null || us >= fromUs) && (untilUs === null || us < untilUs);
}

function readingOf(
  { database, settings }: RestampParts,
  { timezone: asked }: RestampRequest,
  generation: number,
): RestampReading | null {
  const facts = generationFacts(database, generation);
  const watch = facts === null ? undefined : sectionOf(settings.watches, facts);
  const timezone = asked ?? watch?.timezone;
  if (timezone === undefined) return null;
  return { timezone, encoding: facts?.encoding ?? watch?.encoding ?? 'utf-8' };
}

/** Skip indexes of archived files of these sources, written anew where times in them change. */
async function correctArchives(
  parts: RestampParts,
  request: RestampRequest,
  book: ArchiveBook,
): Promise<Readonly<{ changed: number; unknown: number }>> {
  const { disk, database, settings } = parts;
  const matches = compileNamePattern(request.source);
  let changed = 0;
  let unknown = 0;
  const everything = { text: null, source: null, fromUs: null, untilUs: null };
  for (const row of [...book.find(everything)]) {
    if (!matches(foldText(row.source))) continue;
    const path = skipPath(settings.paths.stateDir, row.id);
    const skip = readSkipIndex(disk, path);
    const made = skip === null ? null : await correctedSkip(parts, request, { row, skip });
    if (skip === null) unknown += 1;
    if (made === null) continue;
    writeSkipIndex(disk, path, made);
    setArchiveTimes(database, { id: row.id, firstUs: made.firstUs, lastUs: made.lastUs });
    changed += 1;
  }
  return { changed, unknown };
}

/** Of all days that hold files of these sources: also a run that was interrupted before it came to them may have changed their times. */
async function correctManifests(
  disk: Disk,
  { source }: RestampRequest,
  book: ArchiveBook,
): Promise<void> {
  const matches = compileNamePattern(source);
  const everything = { text: null, source: null, fromUs: null, untilUs: null };
  const paths = [...book.find(everything)]
    .filter((row) => matches(foldText(row.source)))
    .map(({ archivePath }) => archivePath)
    .filter((path) => disk.stat(dirname(path)) !== undefined);
  await writeManifests({ disk, inFolder: async (folder) => book.inFolder(folder) }, paths);
}

async function correctedSkip(
  parts: RestampParts,
  request: RestampRequest,
  { row, skip }: Readonly<{ row: ArchiveRow; skip: NonNullable<ReturnType<typeof readSkipIndex>> }>,
): ReturnType<typeof retimedSkipIndex> {
  const reading = readingOf(parts, request, row.generation);
  if (reading === null) return null;
  const { timezone } = reading;
  const restamper = new Restamper({
    readingOf: () => ({ timezone, encoding: skip.parser.encoding }),
    declared: skip.parser.declared ? [skip.parser.declared] : [],
  });
  const timeOf = (columns: EntryColumns, index: number): number => {
    const beforeUs = columns.timestampUs[index]!;
    if (!isWithin(beforeUs, request)) return beforeUs;
    const afterUs = restamper.timeOf(columns, index);
    return Number.isNaN(afterUs) ? beforeUs : afterUs;
  };
  return retimedSkipIndex(parts.disk, row, skip, { timezone, timeOf });
}
