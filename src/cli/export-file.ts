/** A file that an export writes: under another name until it is whole, never over another one unless told to. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { systemDisk } from '../base/disk.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import { takeName } from '../base/take-name.ts';

export class ExportFile implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  readonly #replaces: boolean;
  #isOpen = true;

  private constructor(path: string, descriptor: number, replaces: boolean) {
    this.#path = path;
    this.#temporary = temporaryOf(path);
    this.#descriptor = descriptor;
    this.#replaces = replaces;
  }

  /** Throws FILE_UNREADABLE, before anything is written, where it could not get its name in the end. */
  static create(given: string, { replaces }: Readonly<{ replaces: boolean }>): ExportFile {
    const path = replaces ? targetOf(given) : given;
    const old = lstatSync(path, { throwIfNoEntry: false });
    if (old !== undefined && !replaces) {
      throw cannotWrite(
        path,
        'it is there already',
        'Name another file, or write over it with --force',
      );
    }
    if (old !== undefined && !old.isFile()) {
      const kind = old.isDirectory() ? 'a folder' : 'no regular file';
      throw cannotWrite(
        path,
        `it is ${kind}`,
        'Name a file; without --to it goes to standard output',
      );
    }
    try {
      // `wx`: whatever has this name, a link too, is left alone.
      const descriptor = openSync(temporaryOf(path), 'wx', 0o600);
      const file = new ExportFile(path, descriptor, replaces);
      if (old !== undefined) takePermissions(descriptor, old);
      return file;
    } catch (cause) {
      const hint =
        systemCodeOf(cause) === 'EEXIST'
          ? `Another export writes it, or one was broken off: remove "${temporaryOf(path)}"`
          : 'Name a file in a folder that can be written to';
      throw cannotWrite(path, messageOf(cause), hint);
    }
  }

  write(piece: string | Buffer): void {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    this.#onDisk(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    });
  }

  /** It is whole: give it its name. Throws where that is taken. */
  finish(): void {
    this.#onDisk(() => fsyncSync(this.#descriptor));
    try {
      if (this.#replaces) renameSync(this.#temporary, this.#path);
      else this.#takeName();
    } catch (cause) {
      throw cannotWrite(this.#path, messageOf(cause), 'Name another file');
    }
    this.#close();
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#close();
    unlinkSync(this.#temporary);
  }

  #takeName(): void {
    if (!takeName(systemDisk, this.#temporary, this.#path)) {
      throw new Error('somebody made it meanwhile');
    }
    rmSync(this.#temporary, { force: true });
  }

  #onDisk(work: () => void): void {
    try {
      work();
    } catch (cause) {
      const code = systemCodeOf(cause) === 'ENOSPC' ? 'DISK_FULL' : 'STAGE_FAILED';
      throw new OperatorError(code, `Cannot write "${this.#path}": ${messageOf(cause)}`, {
        hint: 'Make room there, or name a file elsewhere',
      });
    }
  }

  #close(): void {
    closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}

/** What a name stands for: a link stays one, and its target is written. */
export function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // Not there, or a link to nothing: that says itself what it is.
  }
}

/** Those of the file that is replaced, as far as this process may. */
export function takePermissions(descriptor: number, { mode, uid, gid }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'EPERM') throw cause;
  }
  fchmodSync(descriptor, mode & 0o777);
}

function cannotWrite(path: string, reason: string, hint: string): OperatorError {
  return new OperatorError('FILE_UNREADABLE', `Cannot write "${path}": ${reason}`, { hint });
}

function temporaryOf(path: string): string {
  return `${path}.part`;
}
