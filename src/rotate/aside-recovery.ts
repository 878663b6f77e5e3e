/**
 * After a crash: bring every file that was being taken aside to one of two ends, aside or where it was.
 *
 * `planned`, by rename: it is aside where the very file stands under the new name; an empty reservation goes. `planned`, by
 * copy: the file was not emptied yet, so the copy goes, where it is one. `truncating`: the copy goes only where the file still
 * holds all of it; else it is the one there is. `aside`: the row goes when the file is gone. Nothing that is not provably ours,
 * and held elsewhere, is removed.
 */
import type { Disk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import type { AsideChange, AsideRow } from '../ingest/aside-book.ts';
import { isSameFile, removeName } from './archive-file.ts';
import type { LeftFile } from './archive-moves.ts';

export type AsideJournal = (change: AsideChange) => Promise<number[]>;

const COMPARED_BYTES = 1024 * 1024;

/** Returns what could not be settled now; it is tried again by the next run. */
export async function recoverAside(
  { disk, journal }: Readonly<{ disk: Disk; journal: AsideJournal }>,
  rows: readonly AsideRow[],
): Promise<LeftFile[]> {
  const left: LeftFile[] = [];
  for (const row of rows) {
    try {
      const step = settle(disk, row);
      if (step !== row.state) await journal({ step, id: row.id });
    } catch (cause) {
      left.push({ path: row.asidePath, reason: messageOf(cause) });
    }
  }
  return left;
}

function settle(disk: Disk, row: AsideRow): 'aside' | 'forget' {
  if (disk.stat(row.root) === undefined) throw new Error(`the folder "${row.root}" is not there`);
  const aside = disk.linkStat(row.asidePath);
  if (aside === undefined) return 'forget';
  if (row.state === 'aside') return 'aside';
  if (row.way === 'rename') {
    if (isSameFile(aside, row)) return 'aside';
    // The reservation of a rename that did not happen holds nothing to lose.
    if (aside.isFile() && aside.size === 0) removeName(disk, row.asidePath);
    return 'forget';
  }
  if (!aside.isFile()) return 'forget';
  if (isHeldByOriginal(disk, row, aside.size)) {
    removeName(disk, row.asidePath);
    return 'forget';
  }
  return row.state === 'truncating' ? 'aside' : 'forget';
}

/** Whether the file that was copied still begins with all that the copy holds: then it was not emptied. */
function isHeldByOriginal(disk: Disk, row: AsideRow, sizeBytes: number): boolean {
  const found = disk.linkStat(row.path);
  if (found === undefined || !isSameFile(found, row) || found.size < sizeBytes) return false;
  using original = disk.open(row.path, 'read', { noFollow: true });
  using copy = disk.open(row.asidePath, 'read', { noFollow: true });
  const ours = Buffer.allocUnsafe(COMPARED_BYTES);
  const theirs = Buffer.allocUnsafe(COMPARED_BYTES);
  for (let at = 0; at < sizeBytes; ) {
    const wanted = Math.min(COMPARED_BYTES, sizeBytes - at);
    const count = copy.read(ours.subarray(0, wanted), at);
    if (count === 0 || original.read(theirs.subarray(0, count), at) !== count) return false;
    if (ours.compare(theirs, 0, count, 0, count) !== 0) return false;
    at += count;
  }
  return true;
}
