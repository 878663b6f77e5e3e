/**
 * Takes one file aside that is still written to, in its own folder, so that it can be archived like any other.
 *
 * By rename: the writer goes on in the same file until it opens its log anew, so nothing is lost; an empty file with the same
 * owner and mode takes its place. By copy: everything up to the last read before the truncation is in the copy; what is
 * written between that read and the truncation, some microseconds, is not, and the ledger has a gap there. A power cut before
 * the copy is synced once more, some milliseconds later, may also take what was written since it was synced last.
 * No name is ever overwritten: the new one is reserved by an empty file of ours.
 */
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../base/disk.ts';
import { systemCodeOf } from '../base/errors.ts';
import { takeName } from '../base/take-name.ts';
import type { NewAside } from '../ingest/aside-book.ts';
import { isSameFile, removeName } from './archive-file.ts';
import { isPlainBelow } from './archive-folder.ts';

export type AsideResult =
  | Readonly<{ kind: 'aside' }>
  /** Nothing was done. */
  | Readonly<{ kind: 'left'; reason: string }>;

const ASIDE: AsideResult = { kind: 'aside' };
const PIECE_BYTES = 1024 * 1024;
/** Passes that sync what a writer added meanwhile; one that is faster than the disk is not waited for. */
const SYNCED_PASSES_MAX = 3;

export function renameAside(disk: Disk, move: NewAside): AsideResult {
  const obstacle = obstacleOf(disk, move);
  if (obstacle !== null) return left(obstacle);
  if (!reserve(disk, move.asidePath)) return left(TAKEN);
  const attributes = disk.linkStat(move.path);
  try {
    disk.rename(move.path, move.asidePath);
  } catch (cause) {
    removeName(disk, move.asidePath);
    if (systemCodeOf(cause) === 'ENOENT') return left('it vanished');
    throw cause;
  }
  const renamed = disk.linkStat(move.asidePath);
  if (renamed === undefined || !isSameFile(renamed, move)) {
    // The name was given to another file just before: that one goes back, where its name is free.
    if (takeName(disk, move.asidePath, move.path)) removeName(disk, move.asidePath);
    return left('its name belongs to another file now');
  }
  // First the new name of the full file, durably; then another file may have the old one.
  disk.syncFolder(dirname(move.path));
  if (attributes !== undefined) makeEmpty(disk, move.path, attributes);
  return ASIDE;
}

/** `beforeTruncation` is called once nearly all is in the copy, durably: what it enters is settled by after a crash. */
export async function copyAside(
  disk: Disk,
  move: NewAside,
  beforeTruncation: () => Promise<void>,
): Promise<AsideResult> {
  const obstacle = obstacleOf(disk, move);
  if (obstacle !== null) return left(obstacle);
  using source = disk.open(move.path, 'change', { noFollow: true });
  if (!isSameFile(source.stat(), move)) return left('its name belongs to another file now');
  using copy = openCopy(disk, move.asidePath);
  if (copy === null) return left(TAKEN);
  let sizeBytes = 0;
  try {
    for (let pass = 0; pass < SYNCED_PASSES_MAX; pass += 1) {
      const grown = appendRest(source, copy, sizeBytes);
      copy.takeAttributes(source.stat());
      copy.sync();
      if (grown === sizeBytes) break;
      sizeBytes = grown;
    }
    disk.syncFolder(dirname(move.asidePath));
    await beforeTruncation();
  } catch (cause) {
    removeName(disk, move.asidePath);
    throw cause;
  }
  // As little as possible between the read that finds the end and the truncation: nothing that waits for a disk.
  for (let more = -1; more !== sizeBytes; ) {
    more = sizeBytes;
    sizeBytes = appendRest(source, copy, sizeBytes);
  }
  source.truncate(0);
  copy.sync();
  source.sync();
  return ASIDE;
}

/** Copy what the source has from there on; returns how much it is then. */
function appendRest(source: DiskFile, copy: DiskFile, from: number): number {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  let at = from;
  for (;;) {
    const count = source.read(buffer, at);
    if (count === 0) return at;
    copy.write(buffer.subarray(0, count), at);
    at += count;
  }
}

/** What speaks against taking what stands under the path now; null: nothing. */
function obstacleOf(disk: Disk, move: NewAside): string | null {
  const found = disk.linkStat(move.path);
  if (found === undefined) return 'it vanished';
  if (!isPlainBelow(disk, move.root, move.path)) return 'a symbolic link is on its path';
  if (!found.isFile()) return 'it is no regular file';
  if (!isSameFile(found, move)) return 'its name belongs to another file now';
  return found.nlink > 1 ? 'it has a second name, under which it would go on' : null;
}

function reserve(disk: Disk, path: string): boolean {
  using file = openCopy(disk, path);
  return file !== null;
}

function openCopy(disk: Disk, path: string): DiskFile | null {
  try {
    return disk.open(path, 'create', { mode: 0o600, noFollow: true });
  } catch (cause) {
    if (systemCodeOf(cause) === 'EEXIST') return null;
    throw cause;
  }
}

/** For writers that may not make files here. One that was faster is fine; so is a folder in which nobody may. */
function makeEmpty(disk: Disk, path: string, like: ReturnType<DiskFile['stat']>): void {
  try {
    using file = disk.open(path, 'create', { mode: 0o600, noFollow: true });
    file.takeAttributes(like);
  } catch (cause) {
    if (!NOT_MADE.has(systemCodeOf(cause) ?? '')) throw cause;
  }
}
const NOT_MADE: ReadonlySet<string> = new Set(['EEXIST', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT']);

const TAKEN = 'the name it would get is taken';

function left(reason: string): AsideResult {
  return { kind: 'left', reason };
}
