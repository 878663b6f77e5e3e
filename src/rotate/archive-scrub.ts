/**
 * Archived files read again from time to time, oldest look first: a disk that forgets is noticed while there may still
 * be a backup. What is found is entered in the book, and a new fault is told in the same commit.
 */
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import type { ArchiveRow } from '../ingest/archive-book.ts';
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
    const files: { id: number; fault: string | null }[] = [];
    const notifications: Notification[] = [];
    for (const row of due.slice(start, start + BATCH_FILES)) {
      if (clock.monotonicMs() >= endMs) break;
      const fault = checkArchived(disk, row);
      files.push({ id: row.id, fault: fault?.reason ?? null });
      checkedCount += 1;
      if (fault === null) continue;
      damaged.push({ path: row.archivePath, reason: fault.reason });
      if (row.fault === null) {
        notifications.push(
          faultNotification(row, fault.reason, { ...options, nowMs: clock.nowMs() }),
        );
      }
    }
    await journal({ kind: 'verified', files, atMs: clock.nowMs(), notifications });
  }
  return { checkedCount, damaged };
}

function faultNotification(
  row: ArchiveRow,
  reason: string,
  at: ScrubOptions & Readonly<{ nowMs: number }>,
): Notification {
  return {
    key: `archive:${row.id}:fault:${at.nowMs}`,
    channels: at.channels,
    createdAtMs: at.nowMs,
    event: {
      kind: 'internal',
      severity: 'high',
      title: 'an archived file is damaged',
      text: `${row.archivePath}: ${reason}. It was moved from ${row.originalPath}. Nothing was changed; bring it back from a backup, and "logstead archives verify" looks again.`,
      host: at.host,
    },
  };
}
