/**
 * Gives memory back that a start, or a burst of work, has left to a thread that has little to do now.
 *
 * V8 collects when something is allocated, and an idle thread allocates nothing: a fifth of what a daemon holds half a
 * minute after its start is garbage of the start, and code that ran once. The collection that V8 keeps for its last resort
 * takes both. It stops the thread for some 100 ms, so one that is busy is let be, and so is one where little is to be had.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './clock.ts';

/** A start is over by then, and so are most bursts. */
const LOOK_MS = 10_000;
/** After a collection, and where nothing is to be had. */
const REST_MS = 10 * 60_000;
/** Of the time since the last look. */
const BUSY_SHARE_MAX = 0.25;
/** What the heap has grown by since the last collection of this kind. */
const GROWN_BYTES_MIN = 8 * 1024 * 1024;

export class IdleMemory {
  #keptBytes = 0;
  #since: EventLoopUtilization = performance.eventLoopUtilization();

  /** For the thread that it is called on: look now and then, until `stop` aborts. Keeps no process alive. */
  static async watch(clock: Clock, stop: AbortSignal): Promise<void> {
    const memory = new IdleMemory();
    for (let isSettled = false; ; ) {
      await clock.sleep(isSettled ? REST_MS : LOOK_MS, { signal: stop, holdsProcess: false });
      if (stop.aborted) return;
      isSettled = memory.look();
    }
  }

  /** Collect, if it is worth it and the thread had little to do since the last look. False: it had much. */
  look(): boolean {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#since);
    this.#since = now;
    if (utilization > BUSY_SHARE_MAX) return false;
    if (process.memoryUsage().heapTotal - this.#keptBytes >= GROWN_BYTES_MIN) {
      collectAll();
      this.#keptBytes = process.memoryUsage().heapTotal;
    }
    return true;
  }
}

/**
 * All garbage of this thread, at once: some 100 ms. V8 offers it to programs that were started with a flag; the flag can be
 * set later for a context of its own.
 */
export function collectAll(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
