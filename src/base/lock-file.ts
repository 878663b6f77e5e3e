/**
 * One process at a time on a state folder.
 *
 * The lock is an open exclusive SQLite transaction: the kernel drops it with the process, so `kill -9` and a power
 * cut leave none behind, and a file that merely exists means nothing. The holder's pid is in a second
 * file beside it, because opening and closing the locked one would drop the lock; it is for people only.
 */
import {
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { holdExclusively } from './database.ts';
import { OperatorError, systemCodeOf } from './errors.ts';

/** Locks live as long as the process: a forgotten one must not be collected, which would release it. */
const held = new Set<LockFile>();

export class LockFile implements Disposable {
  /** When it was taken, by the clock of the file system. */
  readonly sinceMs: number;
  readonly #pidPath: string;
  readonly #lock: Disposable;

  private constructor(pidPath: string, lock: Disposable) {
    this.sinceMs = statSync(pidPath).ctimeMs;
    this.#pidPath = pidPath;
    this.#lock = lock;
  }

  /** Take the lock at `path`, in a folder that exists. Throws STATE_IN_USE, at once, where another process has it. */
  static acquire(path: string): LockFile {
    const pidPath = `${path}.pid`;
    const lock = hold(path);
    if (lock === null) throw inUse(path, readHolder(pidPath));
    try {
      writePid(pidPath);
      const lockFile = new LockFile(pidPath, lock);
      held.add(lockFile);
      return lockFile;
    } catch (cause) {
      lock[Symbol.dispose]();
      throw unreadable(path, cause);
    }
  }

  /** The pid of the process that has the lock at `path` open; null: none, or it is not to be known. Touches no lock. */
  static holder(path: string): number | null {
    const pid = readHolder(`${path}.pid`);
    // The pid of one that was killed may be another program's by now.
    return pid !== null && hasOpen(pid, path) ? pid : null;
  }

  [Symbol.dispose](): void {
    if (!held.delete(this)) return;
    try {
      // Before the lock goes: the next holder writes its own.
      rmSync(this.#pidPath, { force: true });
    } catch {
      // A disk that has become read-only: the pid of a process that is gone says nothing.
    }
    this.#lock[Symbol.dispose]();
  }
}

/** On a disk that is full it stays empty: it is for people only, and a daemon has to start there as well. */
function writePid(pidPath: string): void {
  try {
    writeFileSync(pidPath, `${process.pid}\n`);
  } catch (cause) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(cause) ?? '');
    if (!isFull || statSync(pidPath, { throwIfNoEntry: false }) === undefined) throw cause;
  }
}

function hold(path: string): Disposable | null {
  try {
    return holdExclusively(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The pid in the file, if that process lives; a file left behind by a killed one, or half written, says nothing. */
function readHolder(pidPath: string): number | null {
  try {
    const pid = Number(readFileSync(pidPath, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // Not ours to signal, but there.
    return systemCodeOf(cause) === 'EPERM';
  }
}

function hasOpen(pid: number, path: string): boolean {
  try {
    const real = realpathSync(path);
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => opens(join(folder, name), real));
  } catch {
    // Gone, or another user's.
    return false;
  }
}

function opens(link: string, path: string): boolean {
  try {
    return readlinkSync(link) === path;
  } catch {
    // Closed meanwhile.
    return false;
  }
}

function inUse(path: string, pid: number | null): OperatorError {
  const holder = pid === null ? 'another process' : `process ${pid}`;
  return new OperatorError(
    'STATE_IN_USE',
    `Cannot lock "${path}": ${holder} holds it, and only one process may use a state folder`,
    { hint: 'Stop that process first, or give this one another state_dir' },
  );
}

function unreadable(path: string, cause: unknown): OperatorError {
  return new OperatorError('STATE_UNREADABLE', `Cannot lock "${path}"`, {
    hint: 'The folder must exist and be writable for the user that runs Logstead',
    cause,
  });
}
