/** Folders that cannot be listed, with the reason. What is known is that of the last whole pass over all folders. */

export class FailedFolders {
  #known = new Map<string, string>();
  /** Of the pass under way. */
  #found = new Map<string, string>();

  known(): ReadonlyMap<string, string> {
    return this.#known;
  }

  /** Returns whether the last whole pass could list it, so that it is news. */
  add(folder: string, reason: string): boolean {
    this.#found.set(folder, reason);
    return !this.#known.has(folder);
  }

  passEnded(): void {
    this.#known = this.#found;
    this.#found = new Map();
  }
}
