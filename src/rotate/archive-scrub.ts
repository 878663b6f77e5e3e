/**
 * Archived files read again from time to time, oldest look first: a disk that forgets is noticed while there may still
 * be a backup. What is found is entered in the book, and a new fault is told in the same commit,
 * which also opens an incident; it ends when the file is whole again.
 */
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import type { Channel, Notification } from '../model/notification.ts';
import { checkArchived } from './archive-check.ts';
import type { ArchiveJournal } from './archive-moves.ts';

export type ScrubParts = Readonly<{ clock: Clock; disk: Disk; journal: ArchiveJournal }>;

export type ScrubOptions = Readonly<{ host: string; channels: readonly Channel[] }>;

export type Damaged = Readonly<{ path: string; reason: string }>;

/** One run reads no longer than this; the next goes on. A night has room for it. */
const RUN_MS_MAX = 15 * 60_000;
/** Entered together: few commits for many small files. */
const BATCH_FILES = 64;

/** Read these, in the order given, as long as there is time. */
export async function scrubArchive(
  { clock, disk, journal }: ScrubParts,
  due: readonly ArchiveRow[],
  options: ScrubOptions,
): Promise<{ checkedCount: number; damaged: Damaged[] }> {
  const endMs = clock.monotonicMs() + RUN_MS_MAX;
  const damaged: Damaged[] = [];
  let checkedCount = 0;
  for (let start = 0; start < due.length && clock.monotonicMs() < endMs; start += BATCH_FILES) {
    const files: { id: number; fault: string | null; notification: Notification | null }[] = [];
    for (const row of due.slice(start, start + BATCH_FILES)) {
      if (clock.monotonicMs() >= endMs) break;
      const fault = checkArchived(disk, row);
      const isNews = (row.fault === null) !== (fault === null);
      const reason = fault?.reason ?? null;
      const at = { ...options, nowMs: clock.nowMs() };
      const notification = isNews ? faultNotification(row, reason, at) : null;
      files.push({ id: row.id, fault: reason, notification });
      checkedCount += 1;
      if (reason !== null) damaged.push({ path: row.archivePath, reason });
    }
    await journal({ kind: 'verified', files, atMs: clock.nowMs() });
  }
  return { checkedCount, damaged };
}

/** `reason` null: it was damaged and is whole again. */
function faultNotification(
  row: ArchiveRow,
  reason: string | null,
  at: ScrubOptions & Readonly<{ nowMs: number }>,
): Notification {
  return {
    key: `archive:${row.id}:${reason === null ? 'whole' : 'fault'}:${at.nowMs}`,
    channels: at.channels,
    createdAtMs: at.nowMs,
    event: {
      kind: 'internal',
      severity: 'high',
      title: reason === null ? 'an archived file is whole again' : 'an archived file is damaged',
      text:
        reason === null
          ? `${row.archivePath} was found damaged before, and is what was put there. It was moved from ${row.originalPath}.`
          : `${row.archivePath}: ${reason}. It was moved from ${row.originalPath}. Nothing was changed; bring it back from a backup: every rotation looks again until it is whole, and "logstead archives verify" does at once.`,
      host: at.host,
    },
  };
}
