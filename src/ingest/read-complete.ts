/**
 * S, the read-complete time: every byte that was in any followed file at S has been through the rules.
 *
 * A round that begins at clock c and reads everything it found makes S = c. While catching up S stays. It never
 * goes back, and is committed, so that a restart knows which lines were written while nobody read.
 * Semantics: `src/alert/README.md`.
 */

export class ReadComplete {
  #us: number;
  #roundStartedUs = 0;

  /** `committedUs` as of the last commit; null at the first start ever, where S is the clock. */
  constructor(committedUs: number | null, nowUs: number) {
    this.#us = Math.min(committedUs ?? nowUs, nowUs);
  }

  get us(): number {
    return this.#us;
  }

  roundStarts(nowUs: number): void {
    this.#roundStartedUs = nowUs;
  }

  /** `complete`: the round read all that was there when it started. */
  roundEnds(complete: boolean): void {
    if (complete) this.#us = Math.max(this.#us, this.#roundStartedUs);
  }
}
