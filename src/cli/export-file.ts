/** A file that an export writes: under another name until it is whole, never over another one unless told to. */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';

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

  static create(path: string, { replaces }: Readonly<{ replaces: boolean }>): ExportFile {
    try {
      // `wx`: whatever has this name, a link too, is left alone.
      return new ExportFile(path, openSync(temporaryOf(path), 'wx', 0o600), replaces);
    } catch (cause) {
      throw new OperatorError('FILE_UNREADABLE', `Cannot write "${path}": ${messageOf(cause)}`, {
        cause,
        hint:
          systemCodeOf(cause) === 'EEXIST'
            ? `Another export writes it, or one was broken off: remove "${temporaryOf(path)}"`
            : 'Name a file in a folder that can be written to',
      });
    }
  }

  write(piece: string | Buffer): void {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#descriptor, bytes, at);
    }
  }

  /** It is whole: give it its name. Throws where that is taken. */
  finish(): void {
    fsyncSync(this.#descriptor);
    if (this.#replaces) {
      renameSync(this.#temporary, this.#path);
      this.#close();
      return;
    }
    try {
      linkSync(this.#temporary, this.#path);
    } catch (cause) {
      throw new OperatorError(
        'FILE_UNREADABLE',
        `Cannot write "${this.#path}": ${messageOf(cause)}`,
        {
          cause,
          hint: 'Name another file, or write over it with --force',
        },
      );
    }
    unlinkSync(this.#temporary);
    this.#close();
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#close();
    unlinkSync(this.#temporary);
  }

  #close(): void {
    closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}

function temporaryOf(path: string): string {
  return `${path}.part`;
}
