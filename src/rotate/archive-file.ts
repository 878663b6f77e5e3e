/**
 * One file's move into the archive, as two steps that never leave fewer than one whole copy.
 *
 * `placeFile` makes the archive name: a second name for the same file (link) where that is possible, else a
 * copy that was synced, read back and matched before it got its name. Nothing is ever overwritten: a name
 * appears by link(2), which refuses an existing one. `removeOriginal` then takes the old name away. Between
 * the two the book is committed; each step may be run again.
 *
 * What moves is the very file that was indexed: device, inode and size are checked on the open file. A file
 * that changed meanwhile is left (a result), a disk that refuses is an error. A file with further hard links
 * is copied, so that the archived bytes cannot be changed through them. One that was renamed between the two steps is kept
 * where it is now: its writer goes on under that name, where it is found and moved by a later run.
 */
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../base/disk.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import { LINK_REFUSED, takeName } from '../base/take-name.ts';
import type { Compression } from '../config/settings.ts';
import type { StoredFile } from '../ingest/archive-row.ts';
import { digestOf, type WholeCopy, writeWholeCopy } from './archive-copy.ts';
import { isPlainBelow, makeFolderBelow } from './archive-folder.ts';

export type FileMove = Readonly<{
  from: string;
  /** The watched folder `from` lies in. */
  fromRoot: string;
  /** What was indexed. */
  device: number;
  inode: number;
  sizeBytes: number;
  compression: Compression;
  /** A free name below `toRoot`. */
  to: string;
  toRoot: string;
  /** Where a copy grows until it is whole; in the folder of `to`. */
  temporary: string;
}>;

/** Kept open until its name is gone: then its link count tells whether it was removed by somebody, or renamed. */
export class OpenOriginal implements Disposable {
  readonly #file: DiskFile;
  readonly #linkCount: number;

  constructor(file: DiskFile) {
    this.#file = file;
    this.#linkCount = file.stat().nlink;
  }

  /** Whether it has lost no name, although the one that is known does not lead to it any more. */
  get hasOtherName(): boolean {
    return this.#file.stat().nlink >= this.#linkCount;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

export type PlaceResult =
  | Readonly<{ kind: 'placed'; stored: StoredFile; original: OpenOriginal }>
  /** The file is not what was indexed any more; nothing was done. */
  | Readonly<{ kind: 'left'; reason: string }>
  /** `to` exists meanwhile; nothing was done. */
  | Readonly<{ kind: 'taken' }>;

export type RemoveResult =
  | Readonly<{ kind: 'removed' }>
  /** The file grew, or has another name: the caller takes the archive name back. */
  | Readonly<{ kind: 'kept'; reason: string }>
  /** Nobody may remove it: the caller takes the archive name back, or each run would archive it anew. */
  | Readonly<{ kind: 'refused'; error: OperatorError }>;

/** Give the file its archive name, durably. The original stays. */
export function placeFile(disk: Disk, move: FileMove): PlaceResult {
  try {
    const changed = changeOf(disk, move);
    if (changed !== null) return left(changed);
    using opened = new DisposableStack();
    const source = opened.use(disk.open(move.from, 'read', { noFollow: true }));
    const stats = source.stat();
    const changedOpen = changeIn(stats, move);
    if (changedOpen !== null) return left(changedOpen);
    makeFolderBelow(disk, move.toRoot, dirname(move.to));
    const linked =
      stats.nlink === 1 && move.compression === 'none' ? placeByLink(disk, move, source) : null;
    const result = linked ?? placeByCopy(disk, move, source);
    if (result.kind === 'placed') opened.move();
    return result;
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT' && disk.linkStat(move.from) === undefined) {
      return left('it vanished');
    }
    throw archiveFailed(`Cannot archive "${move.from}" to "${move.to}"`, cause);
  }
}

/** Null: this file system does not link; nothing was done. */
function placeByLink(disk: Disk, move: FileMove, source: DiskFile): PlaceResult | null {
  // Before the name appears, so that a crash finds the name and the book close together in time.
  const digest = digestOf(source, move.sizeBytes);
  source.sync();
  try {
    disk.link(move.from, move.to);
  } catch (cause) {
    const code = systemCodeOf(cause) ?? '';
    if (code === 'EEXIST') return { kind: 'taken' };
    if (LINK_REFUSED.has(code)) return null;
    throw cause;
  }
  // The name may have been given to another file just before it was linked.
  const linked = disk.linkStat(move.to);
  const changed = linked === undefined ? 'it vanished' : changeIn(linked, move);
  if (changed !== null) {
    removeName(disk, move.to);
    return left(changed);
  }
  disk.syncFolder(dirname(move.to));
  const { sizeBytes: storedBytes, sha256: storedSha256 } = digest;
  return placed('link', { ...digest, storedBytes, storedSha256 }, source);
}

function placeByCopy(disk: Disk, move: FileMove, source: DiskFile): PlaceResult {
  removeName(disk, move.temporary);
  try {
    const { sizeBytes, compression } = move;
    const copy = writeWholeCopy(disk, move.temporary, { source, sizeBytes, compression });
    const changed = changeIn(source.stat(), move) ?? changeOf(disk, move);
    if (changed !== null) {
      removeName(disk, move.temporary);
      return left(changed);
    }
    // The temporary name stays until the original goes: it proves whose file stands under the final name.
    if (!takeName(disk, move.temporary, move.to)) {
      removeName(disk, move.temporary);
      return { kind: 'taken' };
    }
    disk.syncFolder(dirname(move.to));
    return placed('copy', copy, source);
  } catch (cause) {
    // The bytes of a failed copy are in the way of everything else on a full disk.
    removeName(disk, move.temporary);
    throw cause;
  }
}

/** Take the old name away, once the book has the new one. `original`: null where another process placed it. */
export function removeOriginal(
  disk: Disk,
  move: FileMove,
  { how, original }: Readonly<{ how: 'link' | 'copy'; original: OpenOriginal | null }>,
): RemoveResult {
  try {
    const found = disk.linkStat(move.from);
    if (found === undefined || !isSameFile(found, move)) {
      if (original?.hasOtherName) return { kind: 'kept', reason: RENAMED };
      // Already gone, or its name belongs to a newer file: only our own leftovers remain to be cleared.
      removeName(disk, move.temporary);
      return { kind: 'removed' };
    }
    if (found.size !== move.sizeBytes) return { kind: 'kept', reason: GREW };
    using source = disk.open(move.from, 'read', { noFollow: true });
    const changed = changeIn(source.stat(), move);
    if (changed !== null) return { kind: 'kept', reason: changed };
    const refusal = refusalToUnlink(disk, move.from);
    if (refusal !== null) return { kind: 'refused', error: removeFailed(move, refusal) };
    disk.syncFolder(dirname(move.from));
    const sizeBytes = source.stat().size;
    if (sizeBytes > move.sizeBytes) return rescueTail(disk, move, { source, sizeBytes, how });
    removeName(disk, move.temporary);
    return { kind: 'removed' };
  } catch (cause) {
    throw removeFailed(move, cause);
  }
}

/** What the system has against removing a name; null: it is removed. Other errors are thrown. */
function refusalToUnlink(disk: Disk, path: string): unknown {
  try {
    disk.unlink(path);
    return null;
  } catch (cause) {
    if (!UNLINK_REFUSED.has(systemCodeOf(cause) ?? '')) throw cause;
    return cause;
  }
}
const UNLINK_REFUSED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY']);

function removeFailed(move: FileMove, cause: unknown): OperatorError {
  const what = `Cannot remove "${move.from}", which was copied to the archive`;
  if (systemCodeOf(cause) !== 'EROFS') return archiveFailed(what, cause);
  return new OperatorError('ARCHIVE_FAILED', `${what}: ${messageOf(cause)}`, {
    cause,
    hint: 'The log is on a read-only file system: mount it for writing, or set `archive = no` in the section that follows it',
  });
}

/**
 * A writer appended in the instant before the name went. A linked file gets its old name back; of a copied
 * one the bytes behind the copy go into a new file under the old name, which is then read as one.
 */
function rescueTail(
  disk: Disk,
  move: FileMove,
  grown: Readonly<{ source: DiskFile; sizeBytes: number; how: 'link' | 'copy' }>,
): RemoveResult {
  if (grown.how === 'link') {
    disk.link(move.to, move.from);
    disk.syncFolder(dirname(move.from));
    return { kind: 'kept', reason: GREW };
  }
  using tail = disk.open(move.from, 'create', { noFollow: true });
  const buffer = Buffer.allocUnsafe(grown.sizeBytes - move.sizeBytes);
  const count = grown.source.read(buffer, move.sizeBytes);
  tail.write(buffer.subarray(0, count));
  tail.takeAttributes(grown.source.stat());
  tail.sync();
  disk.syncFolder(dirname(move.from));
  removeName(disk, move.temporary);
  return { kind: 'removed' };
}

/** Take the archive name back; the original is still there. Only for a name that `placeFile` gave. */
export function takeBack(disk: Disk, move: FileMove): void {
  removeName(disk, move.to);
  removeName(disk, move.temporary);
}

const GREW = 'it grew while it was being moved';
const RENAMED = 'it was renamed while it was being moved';

/** What speaks against moving what stands under `from` now; null: nothing. */
function changeOf(disk: Disk, move: FileMove): string | null {
  const found = disk.linkStat(move.from);
  if (found === undefined) return 'it vanished';
  if (!isPlainBelow(disk, move.fromRoot, move.from)) return 'a symbolic link is on its path';
  return changeIn(found, move);
}

function changeIn(found: Stats, move: FileMove): string | null {
  if (found.isSymbolicLink()) return 'its name is a symbolic link now';
  if (!found.isFile()) return 'it is no regular file';
  if (!isSameFile(found, move)) return 'its name belongs to another file now';
  if (found.size > move.sizeBytes) return GREW;
  if (found.size < move.sizeBytes) return 'it became shorter than what was read of it';
  return null;
}

export function isSameFile(
  found: Stats,
  file: Readonly<{ device: number; inode: number }>,
): boolean {
  return found.dev === file.device && found.ino === file.inode;
}

/** Remove a name of ours, durably; fine where it is not there. */
export function removeName(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return;
    throw cause;
  }
  disk.syncFolder(dirname(path));
}

function placed(how: StoredFile['how'], copy: WholeCopy, source: DiskFile): PlaceResult {
  const { sha256, lines, storedBytes, storedSha256 } = copy;
  const stored: StoredFile = { how, sha256, lines, storedBytes, storedSha256 };
  return { kind: 'placed', stored, original: new OpenOriginal(source) };
}

function left(reason: string): PlaceResult {
  return { kind: 'left', reason };
}

/** What could not be done in `folder`, with what the operator can do about the system's refusal. */
export function archiveFailed(
  what: string,
  cause: unknown,
  folder = 'the archive folder',
): OperatorError {
  const hint = HINTS[systemCodeOf(cause) ?? '']?.replace(FOLDER, () => folder);
  return new OperatorError(
    'ARCHIVE_FAILED',
    `${what}: ${messageOf(cause)}`,
    hint === undefined ? { cause } : { cause, hint },
  );
}

const FOLDER = 'FOLDER';
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: `The disk of ${FOLDER} is full, of bytes or of files (df -h, df -i); make room, the next run goes on where this one stopped`,
  EDQUOT: `The quota of ${FOLDER} is used up; the next run goes on where this one stopped`,
  EROFS: `A read-only file system holds ${FOLDER}`,
  EACCES: 'Give the user that Logstead runs as the right to write there',
  EPERM: 'Give the user that Logstead runs as the right to write there',
  EIO: 'The disk reports errors; check the kernel log',
};
