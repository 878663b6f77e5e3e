/** A state folder whose database is lost: there are segments, and nothing that lists them. */
import { join } from 'node:path';
import { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
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
