/**
 * After a crash or a failed run: bring every unfinished move in the book to one of its two ends.
 *
 * `moving`: the archive name, if it is ours, is taken back and the row removed; the next run moves the file
 * again. Only where the original is gone and the archive has the one copy is that copy entered instead.
 * `stored`: the original is removed, unless it grew; then the archive name is taken back.
 * A file system gives the inode of a removed file to the next one, which may be the log's successor: what has device and inode
 * of the original is the original only where it still holds what was copied.
 * Every step may be repeated; nothing that is not provably ours, or held elsewhere, is ever removed.
 */
import type { Disk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { ArchiveDamaged } from './archive-codec.ts';
import { type Digest, digestOf, digestOfStored } from './archive-copy.ts';
import { type FileMove, isSameFile, removeName, removeOriginal, takeBack } from './archive-file.ts';
import { type ArchiveJournal, moveOf } from './archive-moves.ts';

export type Recovered = Readonly<{
  path: string;
  archivePath: string;
  /** `finished`: it is in the archive. `undone`: it is where it was. `waiting`: the disk refused; tried again later. */
  kind: 'finished' | 'undone' | 'waiting';
  /** Why it waits; else null. */
  trouble: string | null;
}>;

/** Settle unfinished moves, as `ArchiveBook.unfinished` gives them, before new ones begin. */
export async function recoverArchive(
  parts: Readonly<{ disk: Disk; journal: ArchiveJournal }>,
  rows: readonly ArchiveRow[],
): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  for (const row of rows) {
    const { originalPath: path, archivePath } = row;
    try {
      const kind = await settle(parts.disk, parts.journal, row);
      recovered.push({ path, archivePath, kind, trouble: null });
    } catch (cause) {
      recovered.push({ path, archivePath, kind: 'waiting', trouble: messageOf(cause) });
    }
  }
  return recovered;
}

type Settled = 'finished' | 'undone';

async function settle(disk: Disk, journal: ArchiveJournal, row: ArchiveRow): Promise<Settled> {
  // An archive that is not mounted says nothing about what is in it.
  if (disk.stat(row.archiveRoot) === undefined) {
    throw new Error(`the archive folder "${row.archiveRoot}" is not there`);
  }
  return row.state === 'moving'
    ? settleMoving(disk, journal, row)
    : settleStored(disk, journal, row);
}

async function settleMoving(
  disk: Disk,
  journal: ArchiveJournal,
  row: ArchiveRow,
): Promise<Settled> {
  const move = moveOf(row);
  const original = disk.linkStat(move.from);
  const originalThere = original !== undefined && isSameFile(original, row);
  const how = ownerOf(disk, move, originalThere ? original.size : null);
  const isOnlyInArchive = !originalThere || (how === 'copy' && isHeldOnlyIn(disk, move));
  if (isOnlyInArchive && how !== null) return adopt(disk, journal, { row, move, how });
  if (how !== null) takeBack(disk, move);
  // Without the original, a copy under its temporary name may be the last one there is.
  else if (originalThere) removeName(disk, move.temporary);
  await journal({ kind: 'abandon', ids: [row.id] });
  return 'undone';
}

/** How the file under the archive name came there by this move; null: nothing is there, or it is not ours. */
function ownerOf(disk: Disk, move: FileMove, originalBytes: number | null): 'link' | 'copy' | null {
  const placed = disk.linkStat(move.to);
  if (placed === undefined || !placed.isFile()) return null;
  if (isSameFile(placed, move)) return 'link';
  const copy = disk.linkStat(move.temporary);
  if (copy !== undefined && copy.dev === placed.dev && copy.ino === placed.ino) return 'copy';
  // A file system without links: the final name may still be the empty reservation, which holds nothing to lose.
  if (placed.size === 0 && originalBytes !== null) return 'copy';
  const content = copy === undefined ? contentOf(disk, move) : null;
  if (content === null) return null;
  if (originalBytes === null) return 'copy';
  return originalHolds(disk, move, content.sha256) ? 'copy' : null;
}

/** Whether the archive has a whole copy of what the file under the old name does not hold. */
function isHeldOnlyIn(disk: Disk, move: FileMove): boolean {
  const content = contentOf(disk, move);
  return content !== null && !originalHolds(disk, move, content.sha256);
}

/** Whether the file under the old name still begins with what was copied of it. */
function originalHolds(disk: Disk, move: FileMove, sha256: string): boolean {
  using original = disk.open(move.from, 'read', { noFollow: true });
  if (original.stat().size < move.sizeBytes) return false;
  return digestOf(original, move.sizeBytes).sha256 === sha256;
}

/** What the file under the archive name holds; null: nothing that this move could have put there. */
function contentOf(disk: Disk, move: FileMove): Digest | null {
  using file = disk.open(move.to, 'read', { noFollow: true });
  try {
    const content = digestOfStored(file, move);
    return content.sizeBytes === move.sizeBytes ? content : null;
  } catch (cause) {
    if (cause instanceof ArchiveDamaged) return null;
    throw cause;
  }
}

/** The original was removed by somebody while our whole copy stood in the archive: keep that one. */
async function adopt(
  disk: Disk,
  journal: ArchiveJournal,
  found: Readonly<{ row: ArchiveRow; move: FileMove; how: 'link' | 'copy' }>,
): Promise<Settled> {
  const { row, move, how } = found;
  using file = disk.open(move.to, 'read', { noFollow: true });
  const { sha256, lines } = digestOfStored(file, move);
  const { sha256: storedSha256, sizeBytes: storedBytes } = digestOf(file, file.stat().size);
  const stored = { how, sha256, lines, storedBytes, storedSha256 };
  await journal({ kind: 'stored', files: [{ id: row.id, file: stored }] });
  removeName(disk, move.temporary);
  await journal({ kind: 'done', ids: [row.id] });
  return 'finished';
}

async function settleStored(
  disk: Disk,
  journal: ArchiveJournal,
  row: ArchiveRow,
): Promise<Settled> {
  const move = moveOf(row);
  const original = disk.linkStat(move.from);
  const originalThere = original !== undefined && isSameFile(original, row);
  const placed = disk.linkStat(move.to);
  if (originalThere && placed === undefined) {
    // Somebody removed the archived file before the original went: the original is the one copy.
    removeName(disk, move.temporary);
    await journal({ kind: 'abandon', ids: [row.id] });
    return 'undone';
  }
  const isLink = placed !== undefined && isSameFile(placed, row);
  if (originalThere && !isLink && !originalHolds(disk, move, row.stored?.sha256 ?? '')) {
    removeName(disk, move.temporary);
    await journal({ kind: 'done', ids: [row.id] });
    return 'finished';
  }
  const result = removeOriginal(disk, move, { how: row.stored?.how ?? 'copy', original: null });
  if (result.kind !== 'removed') {
    takeBack(disk, move);
    await journal({ kind: 'abandon', ids: [row.id] });
    return 'undone';
  }
  await journal({ kind: 'done', ids: [row.id] });
  return 'finished';
}
