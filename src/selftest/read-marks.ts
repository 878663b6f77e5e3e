/** How far the daemon has read each log, for writers that are about to destroy what they wrote. */
import type { Clock } from '../base/clock.ts';
import type { DaemonUnderTest, FileProgress } from './daemon-under-test.ts';
import { Patience } from './patience.ts';

const POLL_MS = 20;

export class ReadMarks {
  readonly #clock: Clock;
  readonly #daemon: DaemonUnderTest;
  #progress: ReadonlyMap<string, FileProgress> = new Map();
  /** The generation that was waited for last, by path: what is said of it says nothing of the next one. */
  readonly #done = new Map<string, number>();
  #isStopped = false;

  constructor(clock: Clock, daemon: DaemonUnderTest) {
    this.#clock = clock;
    this.#daemon = daemon;
  }

  /** Ask the daemon until the signal aborts; then nobody is kept waiting. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#progress = await this.#daemon.progress();
      await this.#clock.sleep(POLL_MS, { signal });
    }
    this.#isStopped = true;
  }

  /**
   * Resolves when the `sizeBytes` of the file at the path were read, in a generation of their own. Where a daemon reads
   * nothing any more, they are destroyed unread: the test goes on, and says that they are lost.
   */
  async reached(path: string, sizeBytes: number): Promise<void> {
    const before = this.#done.get(path) ?? 0;
    const patience = new Patience(this.#clock);
    while (!this.#isStopped && !patience.isOver(this.#readBytes())) {
      const file = this.#progress.get(path);
      if (file !== undefined && file.generation > before && file.readBytes >= sizeBytes) {
        this.#done.set(path, file.generation);
        return;
      }
      await this.#clock.sleep(POLL_MS);
    }
  }

  /** Of all files; it moves whenever anything is read. */
  #readBytes(): number {
    let bytes = 0;
    for (const { generation, readBytes } of this.#progress.values())
      bytes += generation + readBytes;
    return bytes;
  }
}
