/**
 * S, the read-complete time: every byte that was in any followed file at S has been through the rules.
 *
 * The sizes of all files are looked at at clock c; when everything that was there has been read, S = c, but for the last record
 * of a file, which stays open for a moment: as long as it does S stays before the moment at which it may have been written.
 * That a file was not said to have grown is not enough: what says so is late at the start of a daemon and on a busy machine,
 * and may be lost. While catching up S stays. It never goes back, and is committed, so that a restart knows which lines were
 * written while nobody read. Semantics: `src/alert/README.md`.
 */

/** Kinds that settle wait for S: they are decided this much later. */
const LOOK_MS = 1_000;
/** Looking at ten thousand files must not take more than this share of the time. */
const LOOK_SHARE_MAX = 0.01;
/**
 * Where nothing is said to have happened and no rule waits, looks become ever more seldom. What nobody tells of (a write
 * through a memory map) is still found, and then looked for more often again.
 */
const REST_LOOK_MS_MIN = 60_000;
export const REST_LOOK_MS_MAX = 3_600_000;

export class ReadComplete {
  #us: number;
  #roundStartedUs = 0;
  #completeUs: number;
  #nextLookMs = Number.NEGATIVE_INFINITY;
  #nextRestLookMs = Number.NEGATIVE_INFINITY;
  #restLookMs = REST_LOOK_MS_MIN;

  /** `committedUs` as of the last commit; null at the first start ever, where S is the clock. */
  constructor(committedUs: number | null, nowUs: number) {
    this.#us = Math.min(committedUs ?? nowUs, nowUs);
    this.#completeUs = this.#us;
  }

  get us(): number {
    return this.#us;
  }

  /** All that was there at this moment has been read; what is read now was not, or came since. */
  get completeUs(): number {
    return this.#completeUs;
  }

  /** Whether the files are to be looked at now; `isAwake`: something happened, or somebody waits for S. */
  isLookDue(monotonicMs: number, isAwake: boolean): boolean {
    return monotonicMs >= (isAwake ? this.#nextLookMs : this.#nextRestLookMs);
  }

  /** When they are to be looked at at the latest, on the monotonic clock. */
  get nextLookMs(): number {
    return this.#nextRestLookMs;
  }

  /** They were, between these moments. */
  looked(
    { fromMs, untilMs }: Readonly<{ fromMs: number; untilMs: number }>,
    isAwake: boolean,
  ): void {
    this.#restLookMs = isAwake
      ? REST_LOOK_MS_MIN
      : Math.min(this.#restLookMs * 2, REST_LOOK_MS_MAX);
    this.#nextLookMs = fromMs + Math.max(LOOK_MS, (untilMs - fromMs) / LOOK_SHARE_MAX);
    this.#nextRestLookMs = fromMs + this.#restLookMs;
  }

  /** The clock was set back: time begins anew. */
  step(toUs: number): void {
    this.#us = toUs;
    this.#roundStartedUs = toUs;
    this.#completeUs = toUs;
  }

  roundStarts(nowUs: number): void {
    this.#roundStartedUs = nowUs;
  }

  /** `complete`: the round read all that was there when it started. `openSinceUs`: up to when no record is still open. */
  roundEnds(complete: boolean, openSinceUs = Number.POSITIVE_INFINITY): void {
    if (!complete) return;
    this.#completeUs = Math.max(this.#completeUs, this.#roundStartedUs);
    this.#us = Math.max(this.#us, Math.min(this.#roundStartedUs, openSinceUs));
  }
}
