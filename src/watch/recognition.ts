/**
 * Which generation is in this file? By device and inode, believed only when the content agrees; after a reboot or a mount
 * that renumbered the devices by inode and content.
 */
import { dirname } from 'node:path';
import type { OpenedFile } from './beginnings.ts';
import type { ByteSource } from './byte-source.ts';
import type { CopyBook } from './copies.ts';
import { type FileLook, inodeOf, lookOrNothing } from './file-look.ts';
import { isSameFile } from './fingerprint.ts';
import type { GenerationRecord } from './generation.ts';
import type { GenerationRow } from './generation-row.ts';
import type { Handles } from './handles.ts';
import type { Ledger } from './ledger.ts';
import { namesOfLog } from './link-target.ts';
import { type Roster, recordOf, type WatchedPath } from './roster.ts';
import { mayBeIn } from './search.ts';
import type { Tail } from './tail.ts';

export type RecognitionParts = Readonly<{
  roster: Roster;
  ledger: Ledger;
  handles: Handles;
  copies: CopyBook;
  /** Told of a generation whose bytes are gone from its file. */
  replaced: (tail: Tail) => void;
}>;

export class Recognition {
  readonly #parts: RecognitionParts;
  /** Generations of the last process that were not found yet. */
  readonly #unfoundByInode = new Map<string, Tail>();

  constructor(parts: RecognitionParts) {
    this.#parts = parts;
    for (const tail of parts.roster.tails()) {
      this.#unfoundByInode.set(inodeOf(tail.generation.key), tail);
    }
  }

  /** The generation that is known to be in an opened file; undefined: the file holds something new. */
  knownIn(source: ByteSource, look: FileLook, watched: WatchedPath): Tail | undefined {
    const { roster, ledger, replaced } = this.#parts;
    const { path } = watched;
    const followed = roster.inFile(look.key) ?? this.#renumbered(source, look);
    if (followed !== undefined) {
      const isHeld = followed.source !== null && followed.reads === 'own';
      if (isHeld || isHeldAt(path, followed.generation, source, look)) return followed;
      if (followed.reads === 'own') replaced(followed);
      else roster.leaveFile(followed);
    }
    for (const row of ledger.findByKey(look.key)) {
      if (!isCertain(row) || roster.tail(row.number) !== undefined) continue;
      if (!isHeldAt(path, recordOf(row, watched.watch), source, look)) continue;
      return roster.restore(row, watched);
    }
    return this.#mountedAnew(source, look, watched);
  }

  /**
   * Whether the file at `path` is known to hold another generation than `tail`. A record alone may be of a file that is gone. What was
   * skipped as a copy of this one, before that lost its own file, is there for it.
   */
  isTaken(path: string, { source, look }: OpenedFile, tail: Tail): boolean {
    const { roster, ledger, copies } = this.#parts;
    const { number, watch } = tail.generation;
    if (copies.isReading(look.key)) return true;
    const holder = roster.inFile(look.key);
    if (holder !== undefined && holder !== tail && holder.copyOf !== number) {
      if (holder.source !== null || (holder.found && holder.paths.size > 0)) return true;
    }
    return ledger
      .findByKey(look.key)
      .some(
        (row) =>
          ledger.copiedFrom(row) !== number && isHeldAt(path, recordOf(row, watch), source, look),
      );
  }

  /**
   * Where an overlay or a file system of the network is mounted anew, its files have another device number: the one that the
   * path led to before is known by its inode, and what was seen of it.
   */
  #mountedAnew(source: ByteSource, look: FileLook, watched: WatchedPath): Tail | undefined {
    const { roster, ledger, handles } = this.#parts;
    const { earlier, formerNumber } = watched;
    for (const before of [...earlier.map((each) => each.number), formerNumber]) {
      const row = before === null ? undefined : ledger.find(before);
      if (row === undefined || inodeOf(row.key) !== inodeOf(look.key) || !isCertain(row)) continue;
      const followed = roster.tail(row.number);
      if (followed !== undefined && followed.paths.size > 0) continue;
      const record = followed?.generation ?? recordOf(row, watched.watch);
      if (record.head.length === 0 || !isHeldBy(record, source, look)) continue;
      const tail = followed ?? roster.restore(row, watched);
      handles.close(tail);
      roster.moveToFile(tail, look.key);
      return tail;
    }
    return undefined;
  }

  #renumbered(source: ByteSource, look: FileLook): Tail | undefined {
    const tail = this.#unfoundByInode.get(inodeOf(look.key));
    if (tail === undefined || tail.found || tail.generation.head.length === 0) return undefined;
    // Let go of before it was found: the ledger has it.
    if (this.#parts.roster.tail(tail.generation.number) !== tail) return undefined;
    if (!isHeldBy(tail.generation, source, look)) return undefined;
    this.#parts.roster.moveToFile(tail, look.key);
    return tail;
  }
}

/** Moved away and there again: the same file only if that is certain, else a new one of that name. */
function isCertain(row: GenerationRow): boolean {
  return row.state !== 'archived' || row.birthMs !== 0;
}

/**
 * Whether the file at `path`, which has the inode of a generation, holds that. Where nobody knows when files were born, the inode of
 * one that is gone may be that of another log by now, with the very same lines: then it has to be where rotation leaves it, or as it was.
 */
function isHeldAt(
  path: string,
  generation: GenerationRecord,
  source: ByteSource,
  look: FileLook,
): boolean {
  if (!isHeldBy(generation, source, look)) return false;
  if (generation.birthMs !== 0 && look.birthMs !== 0) return true;
  // Two names of one file.
  if (lookOrNothing(generation.path)?.key === look.key) return true;
  if (!mayBeIn(path, generation)) return false;
  const { seenOffset, modifiedAtMs } = generation;
  if (look.sizeBytes === seenOffset && look.modifiedAtMs === modifiedAtMs) return true;
  const folders = [dirname(path), dirname(dirname(path))];
  const names = [generation.path, generation.firstPath].flatMap(namesOfLog);
  return names.some((name) => folders.includes(dirname(name)));
}

/**
 * Of a compressed file the content is not looked at again: its times are. One that nothing was taken of may have been met
 * while it was written: then it is the same, whenever it was written last.
 */
function isHeldBy(generation: GenerationRecord, source: ByteSource, look: FileLook): boolean {
  if (generation.packed === null) return isSameFile(generation, source, look);
  if (generation.birthMs !== look.birthMs) return false;
  return generation.seenOffset === 0 || generation.modifiedAtMs === look.modifiedAtMs;
}
