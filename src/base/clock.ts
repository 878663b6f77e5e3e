/**
 * The one door to time: wall clock, monotonic clock, and waiting.
 *
 * Everything that waits or asks for the time receives a `Clock`; tests pass one they can turn by hand.
 * Timers exist only here, so no callback of a timer can drop a promise unseen.
 */

export interface Clock {
  /** Wall time, ms since the epoch, UTC. May jump when an operator sets the clock. */
  nowMs(): number;
  /** Never goes back; only differences mean anything. */
  monotonicMs(): number;
  /**
   * Resolves after `ms`, or at once when `signal` aborts. Never rejects. Whose time is past (below 0) waits for the next
   * turn of a timer; nobody waits longer than 24.8 days. `holdsProcess: false` lets the process end meanwhile.
   */
  sleep(ms: number, options?: SleepOptions): Promise<void>;
}

export type SleepOptions = Readonly<{ signal?: AbortSignal; holdsProcess?: boolean }>;

/** What a timer of Node's can hold, 2^31 − 1: above it, and below 0, it warns on stderr and fires at once. */
const TIMER_MS_MAX = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs() {
    // The same clock as `performance`, whose first use loads a tenth of what a short command takes.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1e6;
  },
  sleep(ms, options = {}) {
    return new Promise((resolve) => {
      const { signal, holdsProcess = true } = options;
      if (signal?.aborted) {
        resolve();
        return;
      }
      const timer = setTimeout(done, Math.min(Math.max(0, ms), TIMER_MS_MAX));
      if (!holdsProcess) timer.unref();
      function done(): void {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done, { once: true });
    });
  },
};

/** Aborts with `signal`, or after `ms`: for what talks to others and must not wait for ever. */
export function signalWithin(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}

/** Let events that wait have their turn; for loops that would otherwise run long without a pause. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
