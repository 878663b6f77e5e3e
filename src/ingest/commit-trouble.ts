/** What keeps commits from working (a full disk): said once when it begins and once when it ends, and shown as long as it lasts. */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

export type Trouble = Readonly<{ message: string; sinceMs: number }>;

export class CommitTrouble {
  readonly #clock: Clock;
  readonly #log: Log;
  #current: Trouble | null = null;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Null: there is none. */
  get current(): Trouble | null {
    return this.#current;
  }

  begin(cause: unknown): void {
    if (this.#current === null) {
      this.#log.error({ cause }, 'Cannot commit what was read; reading rests until it works again');
    }
    const sinceMs = this.#current?.sinceMs ?? this.#clock.nowMs();
    this.#current = { message: messageOf(cause), sinceMs };
  }

  end(): void {
    if (this.#current === null) return;
    this.#log.info({}, 'Commits work again');
    this.#current = null;
  }
}
