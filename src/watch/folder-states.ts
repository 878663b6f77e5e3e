/**
 * As what each folder was found when it was listed last: which one it was, and when a name in it had come or gone last.
 * One look at each tells whether a listing would find other names, also where another file system was mounted over one.
 */
import { type FileKey, lookOrNothing } from './file-look.ts';

type FolderState = Readonly<{ key: FileKey; modifiedAtMs: number }>;

export class FolderStates {
  /** Undefined: nothing was there. */
  readonly #states = new Map<string, FolderState | undefined>();

  /** It is listed after this, so that what comes meanwhile is a change. Returns whether another one is there than before. */
  note(folder: string): boolean {
    const before = this.#states.get(folder);
    const now = stateOf(folder);
    this.#states.set(folder, now);
    return before !== undefined && before.key !== now?.key;
  }

  /** Forget all folders that `keep` refuses. */
  retain(keep: (folder: string) => boolean): void {
    for (const folder of this.#states.keys()) if (!keep(folder)) this.#states.delete(folder);
  }

  /** Whether all are as they were noted. */
  areUnchanged(): boolean {
    for (const [folder, noted] of this.#states) {
      const now = stateOf(folder);
      if (now?.key !== noted?.key || now?.modifiedAtMs !== noted?.modifiedAtMs) return false;
    }
    return true;
  }
}

function stateOf(folder: string): FolderState | undefined {
  const look = lookOrNothing(folder);
  return look && { key: look.key, modifiedAtMs: look.modifiedAtMs };
}
