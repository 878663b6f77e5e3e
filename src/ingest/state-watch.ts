/**
 * Whether the state database still is where it was opened, and the log of its commits beside it. Who deletes or replaces them while a
 * daemon runs takes the name from files that are open: what is committed then goes with the process, and another one could start
 * beside it.
 */
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';

const LOOK_EVERY_MS = 1_000;

const KEPT_HINT =
  'Start Logstead again: what it had committed was written into the database as it ended. Stop it before its state folder is touched';

const FILES = [
  {
    end: '',
    what: 'The state database',
    harm: 'be lost',
    hint: 'Stop Logstead before its state folder is touched; restore a backup, or start again: log files that are still there are read from their beginning',
  },
  { end: '-wal', what: 'The log of the state database', harm: 'be lost', hint: KEPT_HINT },
  {
    end: '-shm',
    what: 'The index to the log of the state database',
    harm: 'not be seen by who asks',
    hint: KEPT_HINT,
  },
] as const;

type Watched = Omit<(typeof FILES)[number], 'end'> & Readonly<{ path: string; inode: number }>;

export class StateWatch {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #watched: readonly Watched[];
  #nextLookMs = 0;

  /** Of the database that was opened at `path` just now, and has its tables. */
  constructor(clock: Clock, disk: Disk, path: string) {
    this.#clock = clock;
    this.#disk = disk;
    this.#watched = FILES.flatMap(({ end, ...file }) => {
      const inode = disk.stat(`${path}${end}`)?.ino;
      return inode === undefined ? [] : [{ ...file, path: `${path}${end}`, inode }];
    });
  }

  /** Throws where a path leads to another file, or to none, if it is time to look. */
  look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + LOOK_EVERY_MS;
    for (const watched of this.#watched) this.#lookAt(watched);
  }

  #lookAt({ path, what, harm, inode, hint }: Watched): void {
    const inodeNow = this.#inodeNow(path, inode);
    if (inodeNow === inode) return;
    const became = inodeNow === undefined ? 'deleted' : 'replaced';
    throw new OperatorError(
      'STATE_UNREADABLE',
      `${what} "${path}" was ${became} while Logstead ran: what it commits from here on would ${harm}`,
      { hint },
    );
  }

  #inodeNow(path: string, inode: number): number | undefined {
    try {
      return this.#disk.stat(path)?.ino;
    } catch {
      // A disk that does not answer says nothing about the file.
      return inode;
    }
  }
}
