/**
 * What keeps commits from working (a full disk, one that became read-only): said once when it begins and once when it ends, shown as
 * long as it lasts, and told to people when it has lasted for a while: no rule sees anything meanwhile.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

export type Trouble = Readonly<{ message: string; sinceMs: number }>;

/** What is over by itself within a minute is for the journal. */
const TOLD_AFTER_MS = 60_000;

export class CommitTrouble {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tell: (trouble: Trouble) => void;
  #current: Trouble | null = null;
  /** Monotonic time from which on it is to be told; null: it was. */
  #tellAtMs: number | null = null;

  constructor(clock: Clock, log: Log, tell: (trouble: Trouble) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#tell = tell;
  }

  /** Null: there is none. */
  get current(): Trouble | null {
    return this.#current;
  }

  /** Called again at each attempt that fails. */
  begin(cause: unknown): void {
    if (this.#current === null) {
      this.#log.error({ cause }, 'Cannot commit what was read; reading rests until it works again');
      this.#tellAtMs = this.#clock.monotonicMs() + TOLD_AFTER_MS;
    }
    const sinceMs = this.#current?.sinceMs ?? this.#clock.nowMs();
    this.#current = { message: messageOf(cause), sinceMs };
    this.#tellInTime(this.#current);
  }

  end(): void {
    if (this.#current === null) return;
    this.#tellInTime(this.#current);
    this.#log.info({}, 'Commits work again');
    this.#current = null;
  }

  #tellInTime(trouble: Trouble): void {
    if (this.#tellAtMs === null || this.#clock.monotonicMs() < this.#tellAtMs) return;
    this.#tellAtMs = null;
    this.#tell(trouble);
  }
}
