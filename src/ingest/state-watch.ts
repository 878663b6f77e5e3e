/**
 * Whether the state database still is where it was opened. Who deletes or replaces the state folder while a daemon runs takes the
 * name from files that are open: what is committed then goes with the process, and another one could start beside it.
 */
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';

const LOOK_EVERY_MS = 1_000;

export class StateWatch {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #inode: number | undefined;
  #nextLookMs = 0;

  /** Of the database that was opened at `path` just now. */
  constructor(clock: Clock, disk: Disk, path: string) {
    this.#clock = clock;
    this.#disk = disk;
    this.#path = path;
    this.#inode = disk.stat(path)?.ino;
  }

  /** Throws where the path leads to another file, or to none, if it is time to look. */
  look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + LOOK_EVERY_MS;
    const inode = this.#inodeNow();
    if (inode === this.#inode) return;
    const became = inode === undefined ? 'deleted' : 'replaced';
    throw new OperatorError(
      'STATE_UNREADABLE',
      `The state database "${this.#path}" was ${became} while Logstead ran: what it commits from here on would be lost`,
      {
        hint: 'Stop Logstead before its state folder is touched; restore a backup, or start again: log files that are still there are read from their beginning',
      },
    );
  }

  #inodeNow(): number | undefined {
    try {
      return this.#disk.stat(this.#path)?.ino;
    } catch {
      // A disk that does not answer says nothing about the file.
      return this.#inode;
    }
  }
}
