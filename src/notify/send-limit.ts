/**
 * How long one try to send a mail may take: some time until its text is handed over, and from then on as long as the server
 * needs to answer. Who gives up on that answer sends the mail again, and servers that look through it have it by then.
 */
import { systemClock } from '../base/clock.ts';

export class SendLimit implements Disposable {
  /** Aborts with the signal that was given, or when handing over takes too long. */
  readonly signal: AbortSignal;
  readonly #late = new AbortController();
  readonly #lifted = new AbortController();
  #isHandedOver = false;

  constructor(handOverMs: number, signal: AbortSignal | undefined) {
    this.signal = AbortSignal.any([this.#late.signal, ...(signal === undefined ? [] : [signal])]);
    const limit = { signal: this.#lifted.signal, holdsProcess: false };
    void systemClock.sleep(handOverMs, limit).then(() => {
      if (!this.#lifted.signal.aborted) this.#late.abort();
    });
  }

  get isLate(): boolean {
    return this.#late.signal.aborted;
  }

  /** The server may have the mail, whatever becomes of the connection. */
  get isHandedOver(): boolean {
    return this.#isHandedOver;
  }

  handedOver(): void {
    this.#isHandedOver = true;
    this.#lifted.abort();
  }

  [Symbol.dispose](): void {
    this.#lifted.abort();
  }
}
