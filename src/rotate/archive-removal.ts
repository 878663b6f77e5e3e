/**
 * Archived files taken away for good: entered as planned, removed, entered as done. A crash in between is settled by
 * the next run, which finds the plan in the book.
 *
 * Only the very file that the book has goes: a regular file of the stored length, below the archive folder without a
 * symbolic link on the way. What looks otherwise stays, with the reason.
 */
import { dirname } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { removeName } from './archive-file.ts';
import { isPlainBelow } from './archive-folder.ts';
import type { ArchiveJournal, LeftFile } from './archive-moves.ts';
import { skipPath } from './skip-index.ts';

export type RemovalParts = Readonly<{
  disk: Disk;
  journal: ArchiveJournal;
  stateDir: string;
  nowMs: number;
}>;

export type Removal = Readonly<{ removed: ArchiveRow[]; left: LeftFile[] }>;

/** Remove these files. What cannot be removed stays in the book. */
export async function removeArchived(
  parts: RemovalParts,
  rows: readonly ArchiveRow[],
): Promise<Removal> {
  if (rows.length === 0) return { removed: [], left: [] };
  await parts.journal({ kind: 'plan-removal', ids: rows.map(({ id }) => id) });
  return finishRemovals(parts, rows);
}

/**
 * The second half, for planned ones: also after a crash. `givenAgain`: archive paths that other files have by now, since the
 * name of one that went in the crash was free.
 */
export async function finishRemovals(
  { disk, journal, stateDir, nowMs }: RemovalParts,
  rows: readonly ArchiveRow[],
  givenAgain: ReadonlySet<string> = new Set(),
): Promise<Removal> {
  const removed: ArchiveRow[] = [];
  const left: LeftFile[] = [];
  const begun = new Set<number>();
  for (const row of rows) {
    const isGone = givenAgain.has(row.archivePath);
    const obstacle = isGone ? null : obstacleOf(disk, row);
    if (obstacle !== null) {
      left.push({ path: row.archivePath, reason: `not removed: ${obstacle}` });
      continue;
    }
    try {
      if (!isGone) removeName(disk, row.archivePath);
      removeName(disk, skipPath(stateDir, row.id));
      removed.push(row);
    } catch (cause) {
      // Its name is gone, and that may not be durable: the plan stays, and the next run ends it.
      if (disk.linkStat(row.archivePath) === undefined) begun.add(row.id);
      left.push({ path: row.archivePath, reason: `cannot be removed: ${messageOf(cause)}` });
    }
  }
  const gone = new Set(removed.map(({ id }) => id));
  const kept = rows.flatMap(({ id }) => (gone.has(id) || begun.has(id) ? [] : [id]));
  if (removed.length > 0) await journal({ kind: 'removed', ids: [...gone], atMs: nowMs });
  if (kept.length > 0) await journal({ kind: 'keep', ids: kept });
  return { removed, left };
}

/** Null: it is what the book says, or gone already. */
function obstacleOf(disk: Disk, row: ArchiveRow): string | null {
  const { archivePath, archiveRoot, stored } = row;
  if (disk.stat(archiveRoot) === undefined) return `"${archiveRoot}" is not there`;
  const found = disk.linkStat(archivePath);
  if (found === undefined) {
    // Its folder may be on a disk that is not mounted: gone is only what its folder does not have.
    return disk.stat(dirname(archivePath)) === undefined ? 'its folder is not there' : null;
  }
  if (!isPlainBelow(disk, archiveRoot, archivePath)) return 'a symbolic link is on its path';
  if (!found.isFile()) return 'it is no regular file';
  if (found.size !== stored?.storedBytes) return 'it has another length than the book says';
  return null;
}
