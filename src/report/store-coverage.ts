/** Coverage from the state database: what was read, lost, mailed and archived since a moment, and the room on disk. */
import { IncidentStore } from '../alert/incident-store.ts';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { readCatalog } from '../engine/catalog.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import { type ReportFacts, RunBook } from '../ingest/run-book.ts';
import { mailCounts } from '../notify/mail-counts.ts';
import { ledgerSummary } from '../watch/ledger-summary.ts';
import type { Coverage, DiskRoom } from './report.ts';

export type CoverageParts = Readonly<{ disk: Disk; database: Database }>;

export type CoverageRange = Readonly<{
  sinceMs: number;
  /** Null: everything there is by now. */
  untilMs: number | null;
  nowMs: number;
  readBytes: number;
  /** Folders that grow: state and archive. */
  folders: readonly string[];
}>;

/** The pace at which a disk fills is that of at most so many days: a month with all its weekdays. */
const PACE_DAYS_MAX = 31;
/** A shorter stretch says more about the hour than about the disk. */
const PACE_DAYS_MIN = 1;
const DAY_MS = 86_400_000;
/** Beyond this, file systems slow down and people get nervous. */
const FREE_SHARE_MIN = 0.1;

export function coverageSince(
  { disk, database }: CoverageParts,
  range: CoverageRange,
): Readonly<{ coverage: Coverage; facts: ReportFacts }> {
  const { sinceMs, nowMs } = range;
  const untilMs = range.untilMs ?? Number.MAX_SAFE_INTEGER;
  const within = { sinceMs, untilMs };
  const late = lateCountOf(database);
  const earlier = earlierFacts(database, nowMs);
  const room = fullestOf(disk, range.folders);
  const lateUntil = earlier.find(({ writtenAtMs }) => writtenAtMs >= untilMs)?.lateCount ?? late;
  const lateBefore = earlier.findLast(({ writtenAtMs }) => writtenAtMs <= sinceMs)?.lateCount ?? 0;
  const coverage: Coverage = {
    ...ledgerSummary(database, within),
    readBytes: range.readBytes,
    mails: mailCounts(database, within),
    // Counters begin anew with a rule that was changed.
    lateCount: lateUntil === null ? null : Math.max(0, lateUntil - lateBefore),
    archives: ArchiveBook.read(database).summary(within),
    diskBytes: readCatalog(database).reduce((sum, segment) => sum + segment.sizeBytes, 0),
    disk: room === null ? null : { ...room, daysLeft: daysLeftOf(room, earlier, nowMs) },
  };
  const facts: ReportFacts = {
    lateCount: late,
    diskFreeBytes: room?.freeBytes ?? null,
    diskTotalBytes: room?.totalBytes ?? null,
  };
  return { coverage, facts };
}

/** The file system of these folders that has the smallest share free, and how long it lasts; null: none can be asked. */
export function diskRoomOf(
  { disk, database }: Readonly<{ disk: Disk; database: Database | null }>,
  { folders, nowMs }: Readonly<{ folders: readonly string[]; nowMs: number }>,
): DiskRoom | null {
  const room = fullestOf(disk, folders);
  if (room === null) return null;
  const earlier = database === null ? [] : earlierFacts(database, nowMs);
  return { ...room, daysLeft: daysLeftOf(room, earlier, nowMs) };
}

function earlierFacts(database: Database, nowMs: number): ReturnType<RunBook['factsSince']> {
  return RunBook.read(database).factsSince(nowMs - PACE_DAYS_MAX * DAY_MS);
}

/** Of all rules, since they are there. */
function lateCountOf(database: Database): number | null {
  const counters = IncidentStore.reader(database).counters();
  if (counters.length === 0) return null;
  return counters.reduce((sum, { lateCount }) => sum + lateCount, 0);
}

type Room = Omit<DiskRoom, 'daysLeft'>;

/** The file system of these folders that has the smallest share free; null: none can be asked. */
function fullestOf(disk: Disk, folders: readonly string[]): Room | null {
  const rooms = folders.flatMap((folder) => disk.room(folder) ?? []);
  return rooms.reduce<Room | null>(
    (least, room) =>
      least === null || room.freeBytes / room.totalBytes < least.freeBytes / least.totalBytes
        ? room
        : least,
    null,
  );
}

/** From the oldest report that looked at the same disk. */
function daysLeftOf(
  room: Room,
  earlier: readonly (ReportFacts & Readonly<{ writtenAtMs: number }>)[],
  nowMs: number,
): number | null {
  const first = earlier.find(
    ({ diskTotalBytes, diskFreeBytes }) =>
      diskTotalBytes === room.totalBytes && diskFreeBytes !== null,
  );
  if (first === undefined || first.diskFreeBytes === null) return null;
  const days = (nowMs - first.writtenAtMs) / DAY_MS;
  const takenBytes = first.diskFreeBytes - room.freeBytes;
  if (days < PACE_DAYS_MIN || takenBytes <= 0) return null;
  const spareBytes = room.freeBytes - room.totalBytes * FREE_SHARE_MIN;
  return Math.max(0, Math.floor(spareBytes / (takenBytes / days)));
}
