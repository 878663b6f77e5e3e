/** The wait between two rounds: it ends by the clock, or at once when there is news. */
import type { Clock } from '../base/clock.ts';

/** `news`: something happened, or somebody called `wake`; `due`: it is time for a look of the watcher's own; `time`: `maxMs` passed. */
export type WokenBy = 'news' | 'due' | 'time';

const WOKEN = 'woken';

export class WorkWait {
  readonly #clock: Clock;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `dueMs` or `maxMs`, whichever is shorter, or when `wake` is called or `signal` aborts. */
  async sleep(
    until: Readonly<{ maxMs: number; dueMs: number; signal: AbortSignal | undefined }>,
  ): Promise<WokenBy> {
    const { maxMs, dueMs, signal } = until;
    const waiting = new AbortController();
    // Without a reason an error with a stack is made, each time.
    const wake = (): void => waiting.abort(WOKEN);
    this.#wake = wake;
    signal?.addEventListener('abort', wake, { once: true });
    await this.#clock.sleep(Math.max(0, Math.min(maxMs, dueMs)), { signal: waiting.signal });
    signal?.removeEventListener('abort', wake);
    this.#wake = null;
    if (waiting.signal.aborted) return 'news';
    return dueMs <= maxMs ? 'due' : 'time';
  }

  /** End the wait that is under way, if there is one. */
  readonly wake = (): void => this.#wake?.();
}
