/**
 * One rotation from the settings: gives `rotation-run.ts` its ports, made of ingest and of the report room.
 *
 * Runs on the rotation thread of the daemon, and in the process of `once` and `rotate` when no daemon runs.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import type { Settings } from '../config/settings.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import type { ArchiveTimes } from '../ingest/archive-times.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import { RunBook } from '../ingest/run-book.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { timestampText } from '../model/entry-record.ts';
import type { Notification } from '../model/notification.ts';
import { errorCountOf } from '../report/level-counts.ts';
import { makeNewReport } from '../report/make-report.ts';
import { removeReport, writeReport } from '../report/report-files.ts';
import { reportNotice } from '../report/report-mail.ts';
import { asidesBeside, candidatesBeside } from './archive-candidates.ts';
import { writeManifests } from './archive-manifest.ts';
import { type Recovered, recoverArchive } from './archive-recovery.ts';
import { archivePolicyOf, archiveStateOf } from './archive-state.ts';
import { type AsideJournal, recoverAside } from './aside-recovery.ts';
import { entryTimesOf } from './entry-times.ts';
import { type RotationRequest, waitsForIdle } from './rotation-request.ts';
import {
  type RotationPorts,
  type RotationResult,
  runRotation,
  type WrittenReport,
} from './rotation-run.ts';
import { buildSkipIndexes } from './skip-build.ts';
import { skipPath } from './skip-index.ts';

export type JobParts = Readonly<{ clock: Clock; disk: Disk; ingest: IngestService }>;

/** Make one run; a failed stage is in the result. */
export function rotate(
  parts: JobParts,
  settings: Settings,
  request: RotationRequest,
): Promise<RotationResult> {
  const { notify, paths, rotation } = settings;
  const ports = portsOf(parts, settings);
  return runRotation(
    { clock: parts.clock, disk: parts.disk, ports },
    {
      run: request.run,
      waitsForIdle: waitsForIdle(request),
      watch: request.watch ?? null,
      onlyLargeOrOld: request.onlyLargeOrOld ?? false,
      withReport: request.onlyLargeOrOld !== true && request.isOwnSchedule !== true,
      writers: new Map(
        settings.watches.map((watch) => [watch.name, watch.rotation.active.writers]),
      ),
      retention: archivePolicyOf(settings),
      verifyEveryMs: rotation.verifyEveryMs,
      stateDir: paths.stateDir,
      host: hostname(),
      success: notify.success,
      failure: notify.failure,
      needsFiles: request.run === 'once',
      archiveDir: paths.archiveDir,
      timezone: rotation.timezone,
    },
  );
}

/** Settle the moves that an earlier run did not finish: it was killed, or a disk refused. */
export async function recoverMoves(parts: JobParts, settings: Settings): Promise<Recovered[]> {
  const { disk, ingest } = parts;
  const { journal, inFolder, asides } = portsOf(parts, settings);
  const recovered = await recoverArchive({ disk, journal }, await ingest.unfinishedMoves());
  const finished = recovered.filter(({ kind }) => kind === 'finished');
  const paths = finished.map(({ archivePath }) => archivePath);
  await writeManifests({ disk, inFolder }, paths);
  const enter: AsideJournal = (change) => journal({ kind: 'aside', change });
  await recoverAside({ disk, journal: enter }, await asides());
  return recovered;
}

function portsOf(parts: JobParts, settings: Settings): RotationPorts {
  const { ingest } = parts;
  return {
    async scan() {
      const { entryCount, byteCount } = await ingest.drain();
      const { fileTotals } = await ingest.status('none');
      return { fileCount: fileTotals.count, entryCount, sizeBytes: byteCount };
    },
    async candidates() {
      const { watches } = settings;
      const files = await ingest.archivable();
      using database = openDatabase(settings);
      return candidatesBeside(database, parts.disk, { files, watches });
    },
    async times(generations) {
      using database = openDatabase(settings);
      using reader = readerOf(parts, settings, database);
      return entryTimesOf(database, reader, generations);
    },
    report: () => reportNew(parts, settings),
    unfinished: () => ingest.unfinishedMoves(),
    async changed() {
      using database = openDatabase(settings);
      return ArchiveBook.read(database).changedSinceLastRun();
    },
    async asides() {
      using database = openDatabase(settings);
      return asidesBeside(database, settings.watches);
    },
    journal: (change) => ingest.applyBook(change),
    async inFolder(folder) {
      using database = openDatabase(settings);
      return ArchiveBook.read(database).inFolder(folder);
    },
    indexArchives: () => indexArchives(parts, settings),
    async archived() {
      const agesBehindMs = await ingest.agesBehindMs();
      using database = openDatabase(settings);
      const state = archiveStateOf(database, {
        watches: settings.watches,
        nowMs: parts.clock.nowMs(),
        verifyEveryMs: settings.rotation.verifyEveryMs,
      });
      return { ...state, agesBehindMs };
    },
    tell: (notification) => ingest.enqueue(notification),
  };
}

function readerOf(
  { clock, disk, ingest }: JobParts,
  { paths }: Settings,
  database: Database,
): StoreReader {
  const folder = join(paths.stateDir, SEGMENTS_FOLDER);
  return StoreReader.open({
    ...{ disk, clock, database, folder },
    // Ingest says what fails; where it has ended, so does the run.
    onDamage: ({ segment }) => void ingest.checkSegment(segment.number).catch(() => {}),
  });
}

function openDatabase({ paths }: Settings): Database {
  return Database.open(join(paths.stateDir, DATABASE_NAME), { readOnly: true });
}

/** Files looked at for a missing skip index: those of the last runs, however many were killed. */
const INDEXED_ROWS_MAX = 20_000;

async function indexArchives(parts: JobParts, settings: Settings): Promise<string[]> {
  const { disk } = parts;
  const { stateDir } = settings.paths;
  using database = openDatabase(settings);
  const book = ArchiveBook.read(database);
  const going = new Set(book.plannedRemovals().map(({ id }) => id));
  const rows = book
    .list(INDEXED_ROWS_MAX)
    .filter(({ id, state }) => state === 'done' && !going.has(id))
    .filter(({ id }) => disk.stat(skipPath(stateDir, id)) === undefined);
  if (rows.length === 0) return [];
  using reader = readerOf(parts, settings, database);

  const { watches } = settings;
  const corrected = new Set<number>();
  const enterTimes = async (times: ArchiveTimes): Promise<void> => {
    corrected.add(times.id);
    await parts.ingest.applyBook({ kind: 'archive-times', files: [times] });
  };
  await buildSkipIndexes({ disk, database, reader, watches, stateDir, enterTimes }, rows);
  return rows.flatMap(({ id, archivePath }) => (corrected.has(id) ? [archivePath] : []));
}

/** Report on everything that no report has covered, however old its stamps are. */
async function reportNew(parts: JobParts, settings: Settings): Promise<WrittenReport> {
  const { clock, disk, ingest } = parts;
  const { reportDir } = settings.paths;
  using database = openDatabase(settings);
  using reader = readerOf(parts, settings, database);

  const begun = RunBook.read(database).begunReport();
  if (begun !== null) removeReport(disk, begun);
  const { report, finished } = makeNewReport({ clock, disk, database, reader }, settings);
  const begin = async (path: string): Promise<void> => {
    await ingest.applyBook({ kind: 'begin-report', path });
  };
  const paths = await writeReport({ disk, folder: reportDir, begin }, report);
  const { entryCount, levels, writtenAtMs } = report;
  const notification: Notification | null = settings.report.mail
    ? {
        key: `report:${timestampText(writtenAtMs * 1000)}`,
        channels: ['email'],
        createdAtMs: writtenAtMs,
        event: await reportNotice(report, paths),
      }
    : null;
  return {
    result: { paths, entryCount, errorCount: errorCountOf(levels) },
    report: finished(paths[0]!),
    notification,
  };
}
