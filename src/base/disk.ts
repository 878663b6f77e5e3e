/**
 * The one door to durable files: segments, intake, reports, archive moves.
 *
 * Calls are synchronous: they run on threads that own their work (ingest, archive), never on the thread that answers people.
 * What takes long has a second form that Node's pool does meanwhile, for a thread that has other work.
 * Errors are the system's own (`ENOENT`, `ENOSPC`, …); callers add context.
 * Tests pass a disk that loses what was not synced (`test/support/faulty-disk.ts`).
 */

import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  statfsSync,
  statSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { systemCodeOf } from './errors.ts';
import { makeFolderDeep } from './make-folder.ts';

/**
 * How a file is opened: read; create and write, refusing an existing one; append, creating it; read and write, creating it;
 * read and write what is there.
 */
export type OpenMode = 'read' | 'create' | 'append' | 'update' | 'change';

export type OpenOptions = Readonly<{
  /** Permission bits of a created file. Default 0o640: the owner writes, the group reads. */
  mode?: number;
  /** Refuse a symbolic link as the last part of the path (ELOOP). */
  noFollow?: boolean;
}>;

export interface DiskFile extends Disposable {
  /** Fill `buffer` from `position`; returns how many bytes were read, 0 at the end. */
  read(buffer: Uint8Array, position: number): number;
  /** Write all of `buffer`, at `position` or at the end. */
  write(buffer: Uint8Array, position?: number): void;
  /** The same at the end, meanwhile: `buffer` must stay as it is. */
  writeMeanwhile(buffer: Uint8Array): Promise<void>;
  /** Make the written bytes durable. */
  sync(): void;
  syncMeanwhile(): Promise<void>;
  truncate(sizeBytes: number): void;
  stat(): Stats;
  /** Give this file another one's owner, mode and times, as far as this process may. */
  takeAttributes(of: Stats): void;
  close(): void;
}

export interface Disk {
  open(path: string, mode: OpenMode, options?: OpenOptions): DiskFile;
  /** Replaces `to`. Durable only after `syncFolder` of both folders. */
  rename(from: string, to: string): void;
  /** A second name for the same file; fails with EEXIST where `to` exists, so it never overwrites. */
  link(from: string, to: string): void;
  unlink(path: string): void;
  /** Copy bytes; fails with EEXIST where `to` exists. Not synced. */
  copy(from: string, to: string): void;
  makeFolder(path: string): void;
  removeFolder(path: string): void;
  /** Make creations, renames and removals in a folder durable. */
  syncFolder(path: string): void;
  syncFolderMeanwhile(path: string): Promise<void>;
  /** Names in a folder, in no order. */
  list(path: string): string[];
  /** Follows links; undefined where nothing is there. */
  stat(path: string): Stats | undefined;
  /** Does not follow links; undefined where nothing is there. */
  linkStat(path: string): Stats | undefined;
  /** Room on the file system that a path is on; null where it cannot be asked. */
  room(path: string): DiskRoom | null;
}

/** `freeBytes`: for whoever is not root. */
export type DiskRoom = Readonly<{ freeBytes: number; totalBytes: number }>;

const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  append: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
  update: constants.O_RDWR | constants.O_CREAT,
  change: constants.O_RDWR,
};

const FILE_MODE_DEFAULT = 0o640;
const FOLDER_MODE_DEFAULT = 0o750;

const writeInPool = promisify(write);
const fsyncInPool = promisify(fsync);

class SystemFile implements DiskFile {
  readonly #descriptor: number;
  #open = true;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read(buffer: Uint8Array, position: number): number {
    return readSync(this.#descriptor, buffer, 0, buffer.byteLength, position);
  }

  write(buffer: Uint8Array, position?: number): void {
    let done = 0;
    while (done < buffer.byteLength) {
      const at = position === undefined ? null : position + done;
      done += writeSync(this.#descriptor, buffer, done, buffer.byteLength - done, at);
    }
  }

  async writeMeanwhile(buffer: Uint8Array): Promise<void> {
    let done = 0;
    while (done < buffer.byteLength) {
      const { bytesWritten } = await writeInPool(this.#descriptor, buffer, done);
      done += bytesWritten;
    }
  }

  sync(): void {
    fsyncSync(this.#descriptor);
  }

  syncMeanwhile(): Promise<void> {
    return fsyncInPool(this.#descriptor);
  }

  truncate(sizeBytes: number): void {
    ftruncateSync(this.#descriptor, sizeBytes);
  }

  stat(): Stats {
    return fstatSync(this.#descriptor);
  }

  takeAttributes(of: Stats): void {
    // The owner first: changing it clears set-id bits that the mode may hold. Only root may give files away.
    attempt(() => fchownSync(this.#descriptor, of.uid, of.gid));
    attempt(() => fchmodSync(this.#descriptor, of.mode & 0o7777));
    attempt(() => futimesSync(this.#descriptor, of.atimeMs / 1000, of.mtimeMs / 1000));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Run what this process or file system may not allow. */
function attempt(change: () => void): void {
  try {
    change();
  } catch (cause) {
    if (!NOT_ALLOWED.has(systemCodeOf(cause) ?? '')) throw cause;
  }
}
const NOT_ALLOWED: ReadonlySet<string> = new Set([
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'ENOSYS',
  'EINVAL',
]);

export const systemDisk: Disk = {
  open(path, mode, options = {}) {
    const flags = OPEN_FLAGS[mode] | (options.noFollow ? constants.O_NOFOLLOW : 0);
    return new SystemFile(openSync(path, flags, options.mode ?? FILE_MODE_DEFAULT));
  },
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => linkSync(from, to),
  unlink: (path) => unlinkSync(path),
  copy: (from, to) => copyFileSync(from, to, constants.COPYFILE_EXCL),
  makeFolder: (path) => makeFolderDeep(path, FOLDER_MODE_DEFAULT),
  removeFolder: (path) => rmdirSync(path),
  syncFolder(path) {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  async syncFolderMeanwhile(path) {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await fsyncInPool(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  list: (path) => readdirSync(path),
  stat: (path) => statSync(path, { throwIfNoEntry: false }),
  linkStat: (path) => lstatSync(path, { throwIfNoEntry: false }),
  room(path) {
    try {
      const { bavail, blocks, bsize } = statfsSync(path);
      return blocks === 0 ? null : { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    } catch (cause) {
      if (systemCodeOf(cause) === undefined) throw cause;
      return null;
    }
  },
};
