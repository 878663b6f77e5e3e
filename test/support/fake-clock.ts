/**
 * A clock turned by hand: nothing happens until `advance`, and then everything due happens, in order of time.
 *
 * Between two sleepers that wake, pending promises run to rest, so a loop that sleeps again within the
 * advanced span is woken again, as it would be by a real clock.
 */
import { setImmediate as afterPendingWork } from 'node:timers/promises';
import type { Clock, SleepOptions } from '../../src/base/clock.ts';

/** 2026-11-20T12:00:00Z: any moment that is not near a change of day, year or summer time. */
export const FAKE_START_MS = Date.UTC(2026, 10, 20, 12);

type Sleeper = Readonly<{ dueMs: number; order: number; wake: () => void }>;

export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #sleepers: Sleeper[] = [];
  #order = 0;

  constructor(startMs: number = FAKE_START_MS) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(ms: number, options: SleepOptions = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      this.#order += 1;
      const sleeper: Sleeper = { dueMs: this.#monotonicMs + ms, order: this.#order, wake: done };
      const remove = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      };
      function done(): void {
        remove();
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** How many are asleep: lets a test wait until a loop has gone to sleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Move both clocks on by `ms`, waking whoever is due on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await afterPendingWork();
    for (;;) {
      const next = this.#nextDue(endMs);
      if (next === undefined) break;
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs));
      next.wake();
      await afterPendingWork();
    }
    this.#moveTo(endMs);
  }

  /** An operator sets the wall clock; the monotonic one does not notice. */
  setWallClock(nowMs: number): void {
    this.#wallMs = nowMs;
  }

  #nextDue(endMs: number): Sleeper | undefined {
    return this.#sleepers
      .filter((sleeper) => sleeper.dueMs <= endMs)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
