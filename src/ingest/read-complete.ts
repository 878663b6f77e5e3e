/**
 * S, the read-complete time: every byte that was in any followed file at S has been through the rules.
 *
 * The sizes of all files are looked at at clock c; when everything that was there has been read, S = c. That a file was not
 * said to have grown is not enough: what says so is late at the start of a daemon and on a busy machine, and may be lost.
 * While catching up S stays. It never goes back, and is committed, so that a restart knows which lines were written while
 * nobody read. Semantics: `src/alert/README.md`.
 */

/** Kinds that settle wait for S: they are decided this much later. */
const LOOK_MS = 1_000;
/** Looking at ten thousand files must not take more than this share of the time. */
const LOOK_SHARE_MAX = 0.01;

export class ReadComplete {
  #us: number;
  #roundStartedUs = 0;
  #nextLookMs = Number.NEGATIVE_INFINITY;

  /** `committedUs` as of the last commit; null at the first start ever, where S is the clock. */
  constructor(committedUs: number | null, nowUs: number) {
    this.#us = Math.min(committedUs ?? nowUs, nowUs);
  }

  get us(): number {
    return this.#us;
  }

  /** Whether the files are to be looked at now. */
  isLookDue(monotonicMs: number): boolean {
    return monotonicMs >= this.#nextLookMs;
  }

  /** They were, between these moments. */
  looked({ fromMs, untilMs }: Readonly<{ fromMs: number; untilMs: number }>): void {
    this.#nextLookMs = fromMs + Math.max(LOOK_MS, (untilMs - fromMs) / LOOK_SHARE_MAX);
  }

  /** The clock was set back: time begins anew. */
  step(toUs: number): void {
    this.#us = toUs;
    this.#roundStartedUs = toUs;
  }

  roundStarts(nowUs: number): void {
    this.#roundStartedUs = nowUs;
  }

  /** `complete`: the round read all that was there when it started. */
  roundEnds(complete: boolean): void {
    if (complete) this.#us = Math.max(this.#us, this.#roundStartedUs);
  }
}
