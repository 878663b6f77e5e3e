/**
 * What a program has begun to do with a store: closing waits for it, and nothing begins afterwards.
 *
 * A closed store has given its folder away: what it would still write there is another's, who does not know of it.
 */

export class OpenWork {
  readonly #underWay = new Set<Promise<unknown>>();
  #isOver = false;

  /** Throws where the store was closed. */
  async run<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    this.checkOpen();
    const done = (async () => await work())();
    this.#underWay.add(done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(done);
    }
  }

  /** Throws where the store was closed. */
  checkOpen(): void {
    if (this.#isOver) throw new Error('Cannot use the store: it was closed');
  }

  /** Nothing begins from here on. Resolves when all that was begun has ended, well or not. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.allSettled(this.#underWay);
  }
}
