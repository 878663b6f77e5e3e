/**
 * Whether file systems were mounted or taken away: who watches a folder is not told when one is mounted over it.
 *
 * Linux has a list of them for each process (proc(5), "mountinfo"). To compare it costs less than to look at two folders.
 */
import { readFileSync } from 'node:fs';

const LIST = '/proc/self/mountinfo';

export class Mounts {
  /** Null where the system has no such list. */
  #list = readList();

  get areKnown(): boolean {
    return this.#list !== null;
  }

  /** Since this was asked last, or since the beginning. */
  haveChanged(): boolean {
    const before = this.#list;
    this.#list = readList();
    return before !== null && this.#list !== null && !before.equals(this.#list);
  }
}

function readList(): Buffer | null {
  try {
    return readFileSync(LIST);
  } catch {
    return null;
  }
}
