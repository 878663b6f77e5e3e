/**
 * Logs that rotation moves by copying them, as `renamecopy` of logrotate does where `olddir` is on another file system: the log
 * becomes `app.log.tmp`, that is copied, and then it goes. What was read of it is not read in the copy again.
 *
 * A generation whose own file is there under another name was not copied, however alike an unknown file is. So its file
 * has to be there as `app.log.tmp`, or to be deleted while it is open here; and it is kept open until then.
 */
import type { ByteSource } from './byte-source.ts';
import { type FileLook, lookOrNothing } from './file-look.ts';
import { isBeginningOf, isCopyOfRead } from './fingerprint.ts';
import type { GenerationRecord } from './generation.ts';
import type { Roster } from './roster.ts';
import type { Tail } from './tail.ts';

export type CopiedMovesParts = Readonly<{
  roster: Roster;
  openOrNothing: (path: string) => ByteSource | undefined;
}>;

const ASIDE = '.tmp';

export class CopiedMoves {
  readonly #parts: CopiedMovesParts;

  constructor(parts: CopiedMovesParts) {
    this.#parts = parts;
  }

  /** Which of the generations that were at `original` an unknown file was made of; `waits` while it is being made. */
  originOf(
    original: string,
    generations: readonly GenerationRecord[],
    { source, look }: Readonly<{ source: ByteSource; look: FileLook }>,
  ): number | 'waits' | undefined {
    using aside = this.#parts.openOrNothing(original + ASIDE);
    const asideKey = aside?.look().key;
    for (const generation of generations) {
      const { number, key, handedOffset, startOffset, seenOffset } = generation;
      // What nothing was taken of cannot be taken twice.
      if (handedOffset === startOffset) continue;
      const isWhole = look.sizeBytes >= seenOffset && isCopyOfRead(generation, source, look);
      if (aside !== undefined && asideKey === key) {
        if (isBeginningOf(aside, source, look.sizeBytes)) return 'waits';
      } else if (isWhole && this.#isDeleted(number)) {
        return number;
      }
    }
    return undefined;
  }

  #isDeleted(number: number): boolean {
    const tail = this.#parts.roster.tail(number);
    return tail !== undefined && isDeletedNow(tail);
  }
}

/** Whether its own file is open and has no name any more. */
export function isDeletedNow({ source, reads }: Tail): boolean {
  return source !== null && reads === 'own' && source.look().linkCount === 0;
}

/** Whether rotation has it set aside while it copies it. */
export function isSetAside({ path, key }: GenerationRecord): boolean {
  return lookOrNothing(path + ASIDE)?.key === key;
}
