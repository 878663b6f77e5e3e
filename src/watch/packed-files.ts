/**
 * Compressed files: rotation makes them of logs that were read, or of which a rest was not; or a watch names them.
 *
 * What is in one is known only when it was unpacked. Then it is a copy of what was read (nothing more to do), the rest
 * of a generation whose file is gone, or a generation never seen. One that was read is not unpacked again: it is known
 * by file, birth and modification time.
 */
import { basename, dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Packing } from '../base/unpacking.ts';
import type { Accounts } from './accounts.ts';
import type { Beginnings } from './beginnings.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import type { CopyBook, PackedOriginal } from './copies.ts';
import type { FileKey, FileLook } from './file-look.ts';
import { headIsIntact } from './fingerprint.ts';
import { type FolderIndex, type FoundFile, listingsAround } from './folder-index.ts';
import type { Handles } from './handles.ts';
import { copyReason, type Ledger } from './ledger.ts';
import { CLOCK_SLACK_MS } from './limits.ts';
import { namesOfLog } from './link-target.ts';
import type { FileMatch, Patterns } from './patterns.ts';
import type { Rests } from './rests.ts';
import { type Roster, rename } from './roster.ts';
import { packedFormatOf } from './rotation-name.ts';
import { seeksRest, type Tail } from './tail.ts';
import type { PackedFile, Unpacker, UnpackOutcome } from './unpacker.ts';

export type PackedParts = Readonly<{
  clock: Clock;
  roster: Roster;
  ledger: Ledger;
  handles: Handles;
  accounts: Accounts;
  copies: CopyBook;
  index: FolderIndex;
  patterns: () => Patterns;
  unpacker: Unpacker;
  ready: (tail: Tail) => void;
  ended: (tail: Tail) => void;
  /** Look at the tail again after a while. */
  retry: (tail: Tail) => void;
  beginnings: Beginnings;
  rests: Rests;
}>;

/** How often a file that no path leads to is tried: it may have been met while it was written. */
const ATTEMPTS_MAX = 4;

type OpenedPacked = Readonly<{ path: string; format: Packing; packed: ByteSource }>;

export class PackedFiles {
  readonly #parts: PackedParts;
  /** What was looked into in vain for a tail: what is made later is looked into, too. */
  readonly #searched = new WeakMap<Tail, Set<string>>();

  constructor(parts: PackedParts) {
    this.#parts = parts;
  }

  /** A compressed file that nobody knows: what is in it is seen when it is unpacked. */
  begin(
    path: string,
    match: FileMatch,
    file: Readonly<{ format: Packing; packed: ByteSource; look: FileLook }>,
  ): Tail {
    const { roster, unpacker } = this.#parts;
    const { format, packed, look } = file;
    const tail = roster.begin(path, { watch: match.watch, source: match.source, look });
    tail.found = true;
    tail.generation.packed = format;
    tail.generation.modifiedAtMs = look.modifiedAtMs;
    unpacker.add({
      tail,
      candidates: [this.#held({ path, format, key: look.key, packed })],
      isKnown: false,
      done: (outcome) => this.#unpackedNew(tail, match, outcome),
    });
    return tail;
  }

  /** A path leads to a compressed file that is known: go on with it if it was not read to its end. */
  found(tail: Tail, look: FileLook): void {
    const { generation } = tail;
    const isSame = generation.modifiedAtMs === look.modifiedAtMs;
    if (tail.found && isSame && generation.error === null) return;
    generation.modifiedAtMs = look.modifiedAtMs;
    tail.found = true;
    this.goOn(tail);
  }

  /** Unpack again what was not read to its end. Returns whether there is anything to wait for. */
  goOn(tail: Tail): boolean {
    const { generation } = tail;
    const { packed, error, sizeBytes, readOffset } = generation;
    const isRead = sizeBytes > 0 && readOffset === sizeBytes && error === null;
    if (packed === null || tail.isUnpacking || tail.source !== null) return true;
    if (isRead) {
      tail.found = true;
      tail.atEnd = true;
      return true;
    }
    tail.retryAtMs = 0;
    const file = this.#openOwn(tail);
    if (file === undefined) return false;
    const match = { watch: generation.watch, source: generation.source };
    const isKnown = generation.seenOffset > 0;
    this.#parts.unpacker.add({
      tail,
      candidates: [file],
      isKnown,
      done: (outcome) =>
        isKnown ? this.#unpackedKnown(tail, outcome) : this.#unpackedNew(tail, match, outcome),
    });
    return true;
  }

  /** Is the rest of a generation whose file is gone in a compressed one? Returns whether one is being unpacked. */
  search(tail: Tail): boolean {
    const searched = this.#searched.get(tail) ?? new Set();
    this.#searched.set(tail, searched);
    const files = this.#filesFor(tail).filter((file) => !searched.has(versionOf(file)));
    const candidates = files.flatMap((file) => this.#open(file) ?? []);
    if (candidates.length === 0) return false;
    for (const file of files) searched.add(versionOf(file));
    this.#parts.unpacker.add({
      tail,
      candidates,
      isKnown: true,
      done: (outcome) => {
        if (outcome.kind === 'unpacked') {
          // Where it cannot be read after all it is looked for again.
          this.#searched.delete(tail);
          this.#readFrom(tail, outcome.source);
          return;
        }
        if (outcome.kind === 'none') {
          this.#parts.rests.lostSight(tail);
          return;
        }
        for (const file of files) searched.delete(versionOf(file));
        if (outcome.isOurs) this.#parts.rests.couldNotLook(tail);
        else this.#parts.rests.metUnfinished(tail);
      },
    });
    return true;
  }

  /** Everything that was unpacked was read. */
  read(tail: Tail): void {
    const { generation } = tail;
    tail.reads = 'own';
    // What it met before is over: a file with an error is unpacked again.
    generation.error = null;
    if (generation.packed === null || generation.state !== 'live') {
      this.#parts.ended(tail);
      return;
    }
    this.#parts.handles.close(tail);
    generation.sizeBytes = generation.readOffset;
    generation.changed = true;
    tail.atEnd = true;
  }

  /** Compressed files of a related name, the first written after the generation was last seen before the others. */
  #filesFor(tail: Tail): FoundFile[] {
    const { path, firstPath, modifiedAtMs, head } = tail.generation;
    if (head.length === 0) return [];
    const files = new Map<string, FoundFile>();
    const names = [path, firstPath].flatMap(namesOfLog);
    for (const listing of listingsAround(names, this.#parts.index, true)) {
      if (this.#parts.patterns().excludes(listing.folder)) continue;
      for (const name of new Set(names.map((each) => basename(each)))) {
        for (const file of listing.relatedTo(name)) files.set(file.path, file);
      }
    }
    return [...files.values()]
      .filter(({ look }) => look.modifiedAtMs >= modifiedAtMs - CLOCK_SLACK_MS)
      .sort((a, b) => a.look.modifiedAtMs - b.look.modifiedAtMs)
      .filter(({ path, look }) => packedFormatOf(path) !== null && !this.#isKnown(look, tail));
  }

  /**
   * One whose content is that of another generation already; not yet where it is not unpacked. What was skipped as a copy
   * of this one, before its own file lost the rest, has that rest.
   */
  #isKnown(look: FileLook, searching: Tail): boolean {
    const { ledger, roster } = this.#parts;
    return ledger.findByKey(look.key).some((row) => {
      const tail = roster.tail(row.number);
      // Not unpacked yet; also one that nobody follows any more, since its section went before it was.
      const isOpen =
        tail === undefined
          ? row.committedOffset === row.startOffset
          : tail.source === null && tail.generation.seenOffset === 0;
      if (row.packed === null || row.birthMs !== look.birthMs || isOpen) return false;
      return (tail?.copyOf ?? ledger.copiedFrom(row)) !== searching.generation.number;
    });
  }

  /** The compressed file of a tail, which may have another name by now. */
  #openOwn(tail: Tail): PackedFile | undefined {
    const { path, key } = tail.generation;
    const opened = this.#openByKey(path, key);
    if (opened === undefined) return undefined;
    rename(tail, opened.path);
    // It may have been written on since it failed: it is the same file all the same.
    tail.generation.modifiedAtMs = opened.packed.look().modifiedAtMs;
    tail.generation.changed = true;
    return this.#held({ path: opened.path, format: opened.format, key, packed: opened.packed });
  }

  #open({ path, look }: FoundFile): PackedFile | undefined {
    const opened = this.#openPath(path);
    if (opened === undefined) return undefined;
    return this.#held({ path, format: opened.format, key: look.key, packed: opened.packed });
  }

  /** Waits with its handle while there is room for one, else by its key. */
  #held(
    file: Readonly<{ path: string; format: Packing; key: FileKey; packed: ByteSource }>,
  ): PackedFile {
    const { path, format, key, packed } = file;
    const reopen = (): ByteSource | undefined => this.#openByKey(path, key)?.packed;
    if (this.#parts.unpacker.hasRoom) return { path, format, packed, reopen };
    packed[Symbol.dispose]();
    return { path, format, packed: null, reopen };
  }

  /** The file `key`, under the name it had or the one that rotation gave it since. */
  #openByKey(path: string, key: FileKey): OpenedPacked | undefined {
    const named = this.#openPath(path);
    if (named?.packed.look().key === key) return named;
    named?.packed[Symbol.dispose]();
    const moved = this.#parts.index.list(dirname(path), { fresh: true }).find(key);
    const found = moved && this.#openPath(moved.path);
    if (found?.packed.look().key === key) return found;
    found?.packed[Symbol.dispose]();
    return undefined;
  }

  #openPath(path: string): OpenedPacked | undefined {
    const format = packedFormatOf(path);
    if (format === null) return undefined;
    try {
      return { path, format, packed: this.#parts.handles.open(path) };
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      return undefined;
    }
  }

  #readFrom(tail: Tail, source: ByteSource): void {
    const { generation } = tail;
    // Its own file is gone: the next one made here may get the same inode.
    if (generation.packed === null) this.#parts.roster.leaveFile(tail);
    this.#parts.beginnings.resume(tail, source);
    tail.reads = 'unpacked';
    tail.atEnd = false;
    generation.error = null;
    generation.sizeBytes = source.look().sizeBytes;
    generation.changed = true;
    this.#parts.ready(tail);
  }

  #unpackedKnown(tail: Tail, outcome: UnpackOutcome): void {
    if (outcome.kind === 'unpacked') this.#readFrom(tail, outcome.source);
    else this.#failed(tail, outcome);
  }

  #unpackedNew(tail: Tail, match: FileMatch, outcome: UnpackOutcome): void {
    if (outcome.kind !== 'unpacked') {
      this.#failed(tail, outcome);
      return;
    }
    const { source, path } = outcome;
    const look = source.look();
    const original = this.#parts.copies.packedOriginal(path, match, { source, look, tail });
    const owner = this.#parts.rests.ownerOf(path, { source, look }) ?? this.#seeking(original);
    if (owner !== undefined) {
      this.#giveTo(owner, tail, source);
      return;
    }
    if (original === undefined && this.#parts.copies.isOfUnread(path, match, { source, look })) {
      source[Symbol.dispose]();
      this.#parts.retry(tail);
      return;
    }
    if (original === undefined) {
      headIsIntact(tail.generation, source);
      this.#readFrom(tail, source);
      return;
    }
    // What is in it was read, or is being read, as another generation.
    this.#parts.handles.give(tail, source);
    this.#parts.copies.settle(tail, original.number, original.end);
    if (original.end < look.sizeBytes) {
      this.#readFrom(tail, source);
      return;
    }
    tail.copyOf = original.number;
    tail.generation.sizeBytes = look.sizeBytes;
    this.read(tail);
  }

  /** The original, where it is looking for its rest: it does not look into what is taken for a generation of its own. */
  #seeking(original: PackedOriginal | undefined): Tail | undefined {
    const tail = original && this.#parts.roster.tail(original.number);
    if (tail === undefined || !seeksRest(tail)) return undefined;
    this.#parts.unpacker.withdraw(tail);
    return tail;
  }

  /** What was taken for a generation of its own is the rest of another. */
  #giveTo(owner: Tail, tail: Tail, source: ByteSource): void {
    const { generation } = tail;
    const end = source.look().sizeBytes;
    const reason = copyReason(owner.generation.number);
    this.#parts.accounts.add(generation, { kind: 'skipped', start: 0, end, reason });
    Object.assign(generation, { readOffset: end, seenOffset: end, sizeBytes: end });
    this.#readFrom(owner, source);
    this.read(tail);
  }

  /** Not whole yet, or damaged: it is tried again a few times, and for as long as a path leads to it or the fault is ours. */
  #failed(tail: Tail, outcome: UnpackOutcome): void {
    const { generation } = tail;
    const reason = outcome.kind === 'failed' ? outcome.reason : 'other content than before';
    generation.error = `cannot be unpacked: ${reason}`;
    generation.changed = true;
    if (generation.state === 'live') return;
    const isOurs = outcome.kind === 'failed' && outcome.isOurs;
    tail.failureCount = Math.min(tail.failureCount + 1, ATTEMPTS_MAX);
    if (isOurs || tail.failureCount < ATTEMPTS_MAX) {
      this.#parts.retry(tail);
      return;
    }
    generation.skipReason = generation.error;
    this.#parts.ended(tail);
  }
}

/** A file as it is now: one that is still written is another when it is whole. */
function versionOf({ look }: FoundFile): string {
  return `${look.key} ${look.sizeBytes} ${look.modifiedAtMs}`;
}
