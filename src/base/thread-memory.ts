/**
 * Keeps down what a thread holds that lives for months.
 *
 * - V8 collects when something is allocated, and an idle thread allocates nothing: a fifth of what a daemon holds half a
 *   minute after its start is garbage of the start, and code that ran once. The collection that V8 keeps for its last resort
 *   takes both. It stops the thread for some 100 ms, so one that is busy is let be, and so is one where little is to be had;
 *   one that others always wait for has its garbage collected the usual way, in some 20 ms.
 * - After a peak V8 lets a heap grow to several times of what lives in it before it collects again, minutes later; buffers
 *   that garbage holds are then memory of the process as well. A thread that may be stopped for some 30 ms now and then has
 *   its garbage collected sooner; one that others wait for while it has little to do, and once a minute at most.
 * - Node cuts small buffers out of slabs of 64 KiB (8 KiB before version 24), and a slab is held as long as any cut of it is.
 *   Small slabs make less of that, and what is kept for long has memory of its own (`keptCopy`).
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './clock.ts';

/** A start is over by then, and so are most bursts. */
const LOOK_MS = 10_000;
/** After a look at a thread that did next to nothing. */
const IDLE_LOOK_MS = 60_000;
/** What heap and buffers of such a thread have grown by since the last look. */
const IDLE_GROWTH_BYTES_MAX = 1024 * 1024;
/** Between two collections that take all there is: each makes code be compiled again. */
const REST_MS = 10 * 60_000;
/** Of the time since the last look. */
const BUSY_SHARE_MAX = 0.25;
/** What the heap has grown by since the last collection that took all. */
const GROWN_BYTES_MIN = 8 * 1024 * 1024;
/** What heap and buffers have grown by since the last collection: half of what lives in a thread of a busy daemon. */
const GARBAGE_BYTES_MAX = 12 * 1024 * 1024;
/** Between two collections of a thread that others wait for. */
const PAUSE_REST_MS = 60_000;
/** As Node had it until version 24. */
const SLAB_BYTES = 8 * 1024;

export type ThreadMemoryOptions = Readonly<{
  /** Whether it may be stopped for some 30 ms while it is busy. Default: no, others wait for it. */
  mayPause?: boolean;
}>;

export class ThreadMemory {
  readonly #clock: Clock;
  readonly #mayPause: boolean;
  /** Of the heap, after the last collection that took all. */
  #keptBytes = 0;
  #keptAtMs = Number.NEGATIVE_INFINITY;
  #collectedAtMs = Number.NEGATIVE_INFINITY;
  /** Of heap and buffers, after the last collection. */
  #livingBytes = 0;
  /** At the last look. */
  #usedBytes = 0;
  #since: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(clock: Clock, { mayPause = false }: ThreadMemoryOptions = {}) {
    this.#clock = clock;
    this.#mayPause = mayPause;
  }

  /** For the thread that it is called on: look now and then, until `stop` aborts. Keeps no process alive. */
  static async watch(
    clock: Clock,
    stop: AbortSignal | null,
    options: ThreadMemoryOptions = {},
  ): Promise<void> {
    Buffer.poolSize = SLAB_BYTES;
    const signal = stop ?? new AbortController().signal;
    const memory = new ThreadMemory(clock, options);
    for (let hasRest = false; ; ) {
      await clock.sleep(hasRest ? IDLE_LOOK_MS : LOOK_MS, { signal, holdsProcess: false });
      if (signal.aborted) return;
      hasRest = memory.look();
    }
  }

  /** Collect, if it is worth it and the thread can be stopped. Returns whether it did next to nothing since the last look. */
  look(): boolean {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#since);
    this.#since = now;
    const { heapTotal, heapUsed, arrayBuffers } = process.memoryUsage();
    const usedBytes = heapUsed + arrayBuffers;
    const isIdle = utilization <= BUSY_SHARE_MAX;
    const hasRest = isIdle && usedBytes - this.#usedBytes <= IDLE_GROWTH_BYTES_MAX;
    this.#usedBytes = usedBytes;
    const nowMs = this.#clock.monotonicMs();
    const mayTakeAll = isIdle && nowMs - this.#keptAtMs >= REST_MS;
    if (mayTakeAll && heapTotal - this.#keptBytes >= GROWN_BYTES_MIN) {
      if (this.#mayPause) collectAll();
      else collect();
      this.#keptAtMs = nowMs;
      this.#keptBytes = this.#note().heapTotal;
    } else if (usedBytes - this.#livingBytes >= GARBAGE_BYTES_MAX && this.#mayCollect(isIdle)) {
      collect();
      this.#note();
    }
    return hasRest;
  }

  #mayCollect(isIdle: boolean): boolean {
    if (this.#mayPause) return true;
    return isIdle && this.#clock.monotonicMs() - this.#collectedAtMs >= PAUSE_REST_MS;
  }

  #note(): NodeJS.MemoryUsage {
    this.#collectedAtMs = this.#clock.monotonicMs();
    const usage = process.memoryUsage();
    this.#livingBytes = usage.heapUsed + usage.arrayBuffers;
    this.#usedBytes = this.#livingBytes;
    return usage;
  }
}

/** All garbage of this thread, at once: some 100 ms. */
export function collectAll(): void {
  collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** What is not needed any more, but no code: some 20 ms. */
function collect(): void {
  collector()({ type: 'major', execution: 'sync' });
}

/** The same bytes in memory of their own, for what is kept for long. */
export function keptCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Bytes to be kept for long: themselves, or a copy where they are a small part of a larger piece of memory. */
export function kept(bytes: Buffer): Buffer {
  return bytes.byteLength * 2 < bytes.buffer.byteLength ? keptCopy(bytes) : bytes;
}

let exposed: NonNullable<typeof globalThis.gc> | null = null;

/**
 * V8 offers it to programs that were started with a flag, as `logstead.sh` starts them. For others the flag is set now, and
 * stays: it belongs to the process, and another thread may be about to need it.
 */
function collector(): NonNullable<typeof globalThis.gc> {
  if (exposed === null) {
    if (globalThis.gc === undefined) setFlagsFromString('--expose-gc');
    exposed = globalThis.gc ?? (runInNewContext('gc') as NonNullable<typeof globalThis.gc>);
  }
  return exposed;
}
