/** What cannot be followed (a folder that cannot be listed, a name that is not UTF-8), with the reason, as of the last whole pass over all folders. */

export class FailedPaths {
  #known = new Map<string, string>();
  /** Of the pass under way. */
  #found = new Map<string, string>();

  known(): ReadonlyMap<string, string> {
    return this.#known;
  }

  /** Returns whether it is news: neither the last whole pass nor this one had met it. */
  add(path: string, reason: string): boolean {
    const isNews = !this.#known.has(path) && !this.#found.has(path);
    this.#found.set(path, reason);
    return isNews;
  }

  passEnded(): void {
    this.#known = this.#found;
    this.#found = new Map();
  }
}
