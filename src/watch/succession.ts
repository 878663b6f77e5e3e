/**
 * What it means that a path leads to this file now: the same generation, a renamed one, a copy, or a new one.
 *
 * A file is known by device and inode, and believed only when its birth time, its first bytes and the bytes
 * before the read position agree. A new generation of a path waits until the one before it was read.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { WatchSettings } from '../config/settings.ts';
import type { Accounts } from './accounts.ts';
import { Beginnings, type OpenedFile } from './beginnings.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import type { ClockSteps } from './clock-steps.ts';
import { CopyBook } from './copies.ts';
import { type FileLook, isLink, lookAtPath } from './file-look.ts';
import { isSameFile } from './fingerprint.ts';
import { FolderIndex } from './folder-index.ts';
import type { Handles } from './handles.ts';
import type { Ledger } from './ledger.ts';
import { Missed } from './missed.ts';
import { PackedFiles } from './packed-files.ts';
import type { Patterns } from './patterns.ts';
import { Recognition } from './recognition.ts';
import { Rests } from './rests.ts';
import { giveName, type Roster, type WatchedPath } from './roster.ts';
import { packedFormatOf } from './rotation-name.ts';
import type { Tail } from './tail.ts';
import { UnmetLogs } from './unmet-logs.ts';
import type { Unpacker } from './unpacker.ts';

export type SuccessionParts = Readonly<{
  clock: Clock;
  roster: Roster;
  ledger: Ledger;
  clockSteps: ClockSteps;
  handles: Handles;
  accounts: Accounts;
  unpacker: Unpacker;
  patterns: () => Patterns;
  /** The tail may have something to read. */
  ready: (tail: Tail) => void;
  /** Look at the tail again after a while. */
  retry: (tail: Tail) => void;
  /** Nothing more is to be read from the tail. */
  ended: (tail: Tail) => void;
}>;

export class Succession {
  readonly #parts: SuccessionParts;
  readonly #copies: CopyBook;
  readonly #beginnings: Beginnings;
  readonly #recognition: Recognition;
  readonly #packed: PackedFiles;
  readonly #missed: Missed;
  readonly #unmet: UnmetLogs;
  readonly rests: Rests;

  constructor(parts: SuccessionParts) {
    const { ready } = parts;
    const index = new FolderIndex(parts.clock);
    const copies = new CopyBook({ ...parts, index });
    const beginnings = new Beginnings(parts);
    const shared = { ...parts, index, copies, beginnings };
    const replaced = (tail: Tail): void => this.replaced(tail);
    const rests = new Rests({
      ...shared,
      recognition: () => this.#recognition,
      packed: () => this.#packed,
    });
    const recognition = new Recognition({ ...parts, copies, replaced });
    const packed = new PackedFiles({ ...shared, rests });
    this.#parts = parts;
    this.#copies = copies;
    this.#beginnings = beginnings;
    this.#recognition = recognition;
    this.#packed = packed;
    this.rests = rests;
    this.#missed = new Missed({ ...shared, recognition, packed, rests, ready });
    this.#unmet = new UnmetLogs(parts);
  }

  /** Look at a watched path. Returns whether it is another file than before, or not as it was. */
  check(path: string, options: Readonly<{ hinted: boolean }>): boolean {
    const { roster, clock } = this.#parts;
    const known = roster.path(path);
    let look: FileLook | undefined;
    try {
      look = lookAtPath(path);
    } catch (error) {
      this.failed(path, error);
      return false;
    }
    if (look?.kind === 'folder') look = undefined;
    const watched = known ?? (look === undefined ? undefined : this.#addPath(path));
    if (watched === undefined) return false;
    const { tail } = watched;
    let isOther = true;
    watched.error = look?.kind === 'other' ? 'is not a regular file' : null;
    if (look?.kind !== 'file') {
      isOther = tail !== null;
      this.#leftEmpty(watched);
      if (watched.hasMovingSiblings) this.#missed.find(watched, { listingsMax: 1 });
    } else if (tail?.generation.key === look.key) {
      const { sizeBytes, modifiedAtMs } = tail.generation;
      isOther = sizeBytes !== look.sizeBytes || modifiedAtMs !== look.modifiedAtMs;
      this.#sameFile(watched, tail, { look, hinted: options.hinted });
    } else {
      this.#otherFile(watched, look);
    }
    watched.lookedAtMs = clock.nowMs();
    return isOther;
  }

  failed(path: string, error: unknown): void {
    const watched = this.#parts.roster.path(path) ?? this.#addPath(path);
    if (watched !== undefined) watched.error = messageOf(error);
  }

  /** The bytes that were seen are gone from the file: what was not read can only be in a copy. */
  replaced(tail: Tail): void {
    const { roster, handles, clock } = this.#parts;
    const { generation } = tail;
    const leading = [...tail.paths].flatMap((path) => roster.path(path) ?? []);
    handles.close(tail);
    if (tail.reads !== 'own') {
      // A copy that changed while it was read: the rest of it may be in yet another one.
      this.#copies.finish(tail);
      this.rests.findRest(tail);
      return;
    }
    roster.leaveFile(tail);
    generation.state = 'replaced';
    generation.wasReplaced = true;
    generation.changed = true;
    tail.found = true;
    for (const watched of leading) {
      roster.unlead(watched);
      watched.previous = tail;
    }
    this.rests.findRest(tail);
    for (const watched of leading) this.check(watched.path, { hinted: true });
    for (const watched of leading) watched.lookedAtMs = clock.nowMs();
  }

  /** Our own rotation moved the file away: its path is free, and what is still written to it is read for a while. */
  archived(tail: Tail): void {
    const { roster, ended } = this.#parts;
    const { generation } = tail;
    for (const path of [...tail.paths]) {
      const watched = roster.path(path);
      if (watched !== undefined) roster.unlead(watched);
    }
    generation.wasArchived = true;
    generation.changed = true;
    if (tail.source === null || generation.state === 'missing') {
      ended(tail);
      return;
    }
    generation.state = 'rotated';
    this.#parts.ready(tail);
  }

  /** A file whose beginning was taken for a copy has more now. */
  copyGrew(tail: Tail, source: ByteSource, look: FileLook): void {
    this.#copies.grew(tail, source, look);
  }

  /** Read on in the file at `path`, where a generation was moved by our own rotation. */
  followIn(tail: Tail, path: string): void {
    const { handles, ready } = this.#parts;
    const { generation } = tail;
    let source: ByteSource | undefined;
    try {
      source = handles.open(path);
      const look = source.look();
      if (look.key !== generation.key || !isSameFile(generation, source, look)) return;
      this.#beginnings.resume(tail, source);
      source = undefined;
      ready(tail);
    } catch (error) {
      // Gone or unreadable meanwhile: archived it is all the same.
      if (!(error instanceof FileFailure)) throw error;
    } finally {
      source?.[Symbol.dispose]();
    }
  }

  /** Before anything is read: find those that no path leads to, so that their lines come first. */
  begin(): void {
    for (const tail of [...this.#parts.roster.tails()]) {
      if (tail.paths.size === 0 && !tail.found) this.rests.searchAgain(tail);
    }
  }

  /** Every file that is there was seen once: from now on what is new to a watch is new. */
  allSeen(): void {
    const { roster, patterns } = this.#parts;
    for (const path of this.#unmet.take()) this.#meetRotated(path);
    this.#beginnings.allSeen(patterns());
    for (const tail of [...roster.tails()]) {
      if (tail.found) continue;
      const { path } = tail.generation;
      if (roster.path(path)?.tail === tail) this.check(path, { hinted: false });
    }
  }

  /** Other watches are configured. */
  reconfigured(former: Patterns, watches: readonly WatchSettings[]): void {
    this.#beginnings.reconfigured(former, watches);
  }

  /** A file is there that no watch names. */
  unwatched(path: string): void {
    this.#unmet.note(path);
  }

  /** Nothing is at the path, and nobody has met what was: its rotated forms are all there is of it. */
  #meetRotated(path: string): void {
    const watched = this.#addPath(path);
    if (watched === undefined) return;
    const missed = this.#missed.find(watched);
    if (missed.length === 0 && !watched.hasMovingSiblings) this.#parts.roster.dropPath(path);
  }

  /** A path is met; it may have been known to a former process that ended while nothing was there. */
  #addPath(path: string): WatchedPath | undefined {
    const { roster, ledger, patterns } = this.#parts;
    const match = patterns().match(path);
    if (match === undefined) return undefined;
    const before = ledger.newestUnder(path);
    const { watch, source } = match;
    const watched = roster.addPath(path, {
      watch,
      source,
      siblingsAtMs: before?.siblingsAtMs ?? this.#beginnings.unseenSinceMs(path, watch),
      formerNumber: before?.number ?? null,
    });
    watched.previous = (before && roster.tail(before.number)) ?? null;
    return watched;
  }

  #sameFile(
    watched: WatchedPath,
    tail: Tail,
    seen: Readonly<{ look: FileLook; hinted: boolean }>,
  ): void {
    const { generation } = tail;
    const { sizeBytes, modifiedAtMs } = seen.look;
    // One of which nothing was seen may have lived and been truncated meanwhile: then only a copy tells of it.
    const wasTouched = sizeBytes > 0 || modifiedAtMs !== generation.modifiedAtMs;
    const isFresh = generation.packed === null && generation.seenOffset === 0 && wasTouched;
    const { siblingsAtMs } = watched;
    if (watched.hasMovingSiblings || isFresh) {
      tail.waitsFor.push(...this.#missed.find(watched, { listingsMax: 1, asItIsNow: isFresh }));
    }
    // What is made of it before it was read has the time at which it was written, which may be before this look.
    if (isFresh) Object.assign(watched, { hasMovingSiblings: true, siblingsAtMs });
    const unchanged =
      generation.sizeBytes === sizeBytes && generation.modifiedAtMs === modifiedAtMs;
    if (tail.found && generation.packed === null) {
      if (!unchanged || seen.hinted) this.#parts.ready(tail);
      return;
    }
    if (generation.packed !== null) {
      this.#packed.found(tail, seen.look);
      return;
    }
    const birthIsSame = generation.birthMs === seen.look.birthMs;
    const { committedOffset, seenOffset } = generation;
    const isRead = committedOffset === sizeBytes && seenOffset === sizeBytes;
    if (unchanged && birthIsSame && isRead) {
      tail.found = true;
      tail.atEnd = true;
      return;
    }
    this.#beginnings.withFile(watched, ({ source, look }) => {
      if (look.key === generation.key && isSameFile(generation, source, look)) {
        this.#beginnings.resume(tail, source);
        this.#parts.ready(tail);
        return true;
      }
      this.replaced(tail);
      return false;
    });
  }

  /** The path leads to another file than before. */
  #otherFile(watched: WatchedPath, look: FileLook): void {
    const { tail: before } = watched;
    if (before !== null) this.#left(watched, before);
    const missed = this.#missed.find(watched);
    if (this.#copies.isReading(look.key)) return;
    this.#beginnings.withFile(watched, (file) => {
      // Rotated once more since the look: what lay at the path then is among the rotated ones now.
      if (file.look.key !== look.key) missed.push(...this.#missed.find(watched));
      const known = this.#recognition.knownIn(file.source, file.look, watched);
      if (known === undefined) return this.#beginIn(watched, file, missed);
      const usesIt = known.source === null && known.generation.packed === null;
      if (usesIt) this.#beginnings.resume(known, file.source);
      this.#lead(watched, known);
      return usesIt;
    });
  }

  /** The path leads to a file that nobody knows. Returns whether its handle is kept. */
  #beginIn(watched: WatchedPath, file: OpenedFile, missed: readonly Tail[]): boolean {
    const { path, previous } = watched;
    const { source, look } = file;
    const format = packedFormatOf(path);
    if (format !== null) {
      this.#lead(watched, this.#packed.begin(path, watched, { format, packed: source, look }));
      return true;
    }
    const owner = this.rests.ownerOf(path, file);
    if (owner !== undefined) {
      this.rests.readCopy(owner, file);
      return true;
    }
    const copied = this.#copies.consider(path, watched, file);
    if (copied === 'waits') return false;
    if (copied === undefined && this.#copies.isOfUnseen(path, source, look)) return false;
    const tail = this.#beginnings.begin(path, watched, file);
    if (copied !== undefined) this.#copies.settleCopy(tail, copied, look.sizeBytes);
    else this.#settleVersion(watched, tail, file);
    tail.waitsFor = [...(previous === null ? [] : [previous]), ...missed];
    watched.previous = null;
    this.#lead(watched, tail);
    return true;
  }

  /** A file that was replaced by a longer version of itself goes on where the old one was read to. */
  #settleVersion(watched: WatchedPath, tail: Tail, file: OpenedFile): void {
    const { previous } = watched;
    if (previous === null) return;
    if (!this.#copies.isLongerVersionOf(previous, file.source, file.look)) return;
    const { generation } = previous;
    this.#copies.settle(tail, generation.number, generation.readOffset);
    watched.previous = null;
    this.#parts.ended(previous);
  }

  #lead(watched: WatchedPath, tail: Tail): void {
    const { roster, ready, clock } = this.#parts;
    const { generation } = tail;
    roster.lead(watched, tail);
    if (watched.siblingsAtMs === 0) watched.siblingsAtMs = clock.nowMs();
    generation.siblingsAtMs = watched.siblingsAtMs;
    generation.changed = true;
    if (tail.paths.size === 1) giveName(tail, watched);
    else this.#preferRealName(watched, tail);
    if (generation.state !== 'live') {
      generation.state = 'live';
      generation.wasArchived = false;
      generation.endedAtMs = null;
      generation.changed = true;
    }
    ready(tail);
  }

  /** A link to the file was met first: its own name has the better claim, and is the one it can be archived under. */
  #preferRealName(watched: WatchedPath, tail: Tail): void {
    if (isLink(tail.generation.path) && !isLink(watched.path)) giveName(tail, watched);
  }

  #leftEmpty(watched: WatchedPath): void {
    if (watched.tail !== null) this.#left(watched, watched.tail);
  }

  /** The path does not lead to `tail` any more: it was renamed or deleted. */
  #left(watched: WatchedPath, tail: Tail): void {
    const { roster, ready } = this.#parts;
    roster.unlead(watched);
    if (tail.paths.size > 0) return;
    watched.previous = tail;
    tail.generation.state = 'rotated';
    tail.generation.changed = true;
    if (tail.source === null) this.rests.searchAgain(tail);
    else if (holdsOther(tail, tail.source)) this.replaced(tail);
    else ready(tail);
  }
}

/**
 * Whether a file that was renamed had been emptied or written anew before. To be known before others are looked at: what is
 * not read of it is in one of them, which would be taken for a generation of its own.
 */
function holdsOther({ generation, reads }: Tail, source: ByteSource): boolean {
  if (reads !== 'own' || generation.packed !== null) return false;
  try {
    return !isSameFile(generation, source, source.look());
  } catch (error) {
    // Unreadable now: whoever reads it next finds out.
    if (!(error instanceof FileFailure)) throw error;
    return false;
  }
}
