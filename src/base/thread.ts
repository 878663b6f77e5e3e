/**
 * Threads that can be ended wherever they stand: the one door to `Worker`.
 *
 * Node 24 aborts the whole process when a thread is ended between the making of a zlib handle and its `init`
 * (`Assertion failed: init_done_ && "close before init"`, `src/node_zlib.cc`). So a thread says when it is in such a
 * place (`unendable`), and whoever ends it waits until it has left: microseconds, or one compressed piece.
 *
 * Every thread gives way to the main one. While logs are caught up with there is more to do than there are cores, and the
 * control thread, which has little to do, waited for its turn behind those that always have.
 */
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';
import { getEnvironmentData, isMainThread, setEnvironmentData, Worker } from 'node:worker_threads';
import type { Clock } from './clock.ts';

/** As `Worker` takes them. */
export type ThreadOptions = NonNullable<ConstructorParameters<typeof Worker>[1]>;

/** States of the one cell that a thread shares with whoever started it. */
const FREE = 0;
const UNENDABLE = 1;
const ENDING = 2;

const SHARED_KEY = 'logstead.thread';

/**
 * Nice values above that of the main thread: about half of its weight. With five, other programs on a busy machine would take three
 * quarters of a core that is shared.
 */
const NICER_BY = 3;
const NICEST = 19;

/** Started like a `Worker`, ended by `end()`, never by `terminate()`. */
export class Thread extends Worker {
  readonly #cell: Int32Array;
  #hasExited = false;

  private constructor(program: URL, options: ThreadOptions, cell: Int32Array) {
    super(program, options);
    this.#cell = cell;
    this.once('exit', () => {
      this.#hasExited = true;
      // One that ended in the middle of something lets nobody wait.
      Atomics.notify(cell, 0);
    });
  }

  /** `program`: a file of ours (`moduleUrl`). Throws what `Worker` throws for options that it cannot send. */
  static start(program: URL, options: ThreadOptions): Thread {
    const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    // A thread gets what is set when it is made; the next one gets its own.
    setEnvironmentData(SHARED_KEY, shared);
    try {
      return new Thread(program, options, new Int32Array(shared));
    } finally {
      setEnvironmentData(SHARED_KEY, undefined);
    }
  }

  /** End it wherever it stands; at once, but where that would abort the process. */
  async end(): Promise<void> {
    while (!this.#hasExited && Atomics.compareExchange(this.#cell, 0, FREE, ENDING) === UNENDABLE) {
      const left = Atomics.waitAsync(this.#cell, 0, UNENDABLE);
      await left.value;
    }
    await this.terminate();
  }

  /** The same, but returns false where it has not ended after `ms`: a read that the system does not give back holds it. */
  async endWithin(clock: Clock, ms: number): Promise<boolean> {
    const enough = new AbortController();
    const ended = this.end().then(() => true);
    const late = clock.sleep(ms, { signal: enough.signal }).then(() => false);
    const hasEnded = await Promise.race([ended, late]);
    enough.abort();
    return hasEnded;
  }
}

/** The cell of the thread that this code runs on; null: nobody ends it. */
const ownCell = isMainThread ? null : openOwnCell();
let isHeld = false;

function openOwnCell(): Int32Array | null {
  const shared = getEnvironmentData(SHARED_KEY);
  // Threads of this one are given cells of their own.
  setEnvironmentData(SHARED_KEY, undefined);
  if (!(shared instanceof SharedArrayBuffer)) return null;
  giveWay();
  return new Int32Array(shared);
}

/** Linux has a priority for each thread, and takes a thread's number for that of a process. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    const own = Number(basename(readlinkSync('/proc/thread-self')));
    // Of the main thread, which has the number of the process: one that a thread starts begins with that thread's own.
    setPriority(own, Math.min(NICEST, getPriority(process.pid) + NICER_BY));
  } catch {
    // Not allowed here, or no /proc: all threads wait alike.
  }
}

/** Run `task` to its end before this thread can be ended. Keep it short: nothing else stops it. */
export function unendable<T>(task: () => T): T {
  if (ownCell === null || isHeld) return task();
  if (Atomics.compareExchange(ownCell, 0, FREE, UNENDABLE) === ENDING) waitForTheEnd(ownCell);
  isHeld = true;
  try {
    return task();
  } finally {
    isHeld = false;
    Atomics.store(ownCell, 0, FREE);
    Atomics.notify(ownCell, 0);
  }
}

function waitForTheEnd(cell: Int32Array): never {
  for (;;) Atomics.wait(cell, 0, ENDING);
}
