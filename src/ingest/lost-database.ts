/** A state folder whose database is lost, or a part of it: there are segments, and nothing that lists them. */
import { join } from 'node:path';
import { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';
import { damageOfLog } from '../base/write-ahead-log.ts';
import { hasSegmentFiles } from '../engine/recovery.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from './state-files.ts';

/**
 * A database made anew would know nothing of segments that are there, and they would be set aside as nobody's; and whoever asks
 * would be told that there is nothing. Throws STATE_UNREADABLE.
 */
export function refuseLostDatabase(disk: Disk, stateDir: string): void {
  const isLost = isWithoutContent(disk, join(stateDir, DATABASE_NAME));
  if (!isLost || !hasSegmentFiles(disk, join(stateDir, SEGMENTS_FOLDER))) return;
  throw new OperatorError(
    'STATE_UNREADABLE',
    `Cannot open the state folder "${stateDir}": its segments are there, its database is not`,
    {
      hint: 'Run "logstead check --rebuild"; or move what is in the folder away, and restore a backup or begin anew',
    },
  );
}

/** Whether there is no database, or one in which nothing was ever committed. */
export function isWithoutContent(disk: Disk, path: string): boolean {
  return (disk.stat(path)?.size ?? 0) === 0 || !Database.hasTables(path);
}

/**
 * Segments that were committed behind the damage would be deleted as if they never were, though their log files may be gone since. For
 * whoever holds the lock: a log that is written to looks like this for a moment. Throws STATE_UNREADABLE.
 */
export function refuseDamagedLog(disk: Disk, stateDir: string): void {
  const path = join(stateDir, DATABASE_NAME);
  const damage = damageOfLog(disk, path);
  if (damage === null) return;
  const lost = formatCounted(damage.commitCount, 'commit');
  throw new OperatorError(
    'STATE_UNREADABLE',
    `Cannot open the state database: its log "${path}-wal" is damaged at byte ${damage.atByte}, and ${lost} behind that would be lost`,
    {
      hint: 'Look whether its disk is well (dmesg); then run "logstead check --rebuild", which lists the segments that were committed there; or restore a backup into an empty state folder',
    },
  );
}
