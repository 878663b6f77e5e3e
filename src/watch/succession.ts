/**
 * What it means that a path leads to this file now: the same generation, a renamed one, a copy, or a new one.
 *
 * A file is known by device and inode, and believed only when its birth time, its first bytes and the bytes
 * before the read position agree. A new generation of a path waits until the one before it was read.
 */

import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Accounts } from './accounts.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import { CopyBook } from './copies.ts';
import { type FileLook, lookAtPath } from './file-look.ts';
import { headIsIntact, isSameFile, startReadingAt } from './fingerprint.ts';
import { FolderIndex, type FolderListing, type FoundFile } from './folder-index.ts';
import type { Handles } from './handles.ts';
import type { Ledger } from './ledger.ts';
import { CLOCK_SLACK_MS } from './limits.ts';
import { PackedFiles } from './packed-files.ts';
import type { FileMatch, Patterns } from './patterns.ts';
import { Recognition } from './recognition.ts';
import { type Roster, rename, type WatchedPath } from './roster.ts';
import { packedFormatOf } from './rotation-name.ts';
import { searchGeneration } from './search.ts';
import type { Tail } from './tail.ts';
import type { Unpacker } from './unpacker.ts';

export type SuccessionParts = Readonly<{
  clock: Clock;
  roster: Roster;
  ledger: Ledger;
  handles: Handles;
  accounts: Accounts;
  unpacker: Unpacker;
  patterns: () => Patterns;
  /** The tail may have something to read. */
  ready: (tail: Tail) => void;
  /** Nothing more is to be read from the tail. */
  ended: (tail: Tail) => void;
}>;

/** How often to list a folder again whose names move while they are looked at. */
const LISTINGS_MAX = 4;

export class Succession {
  readonly #parts: SuccessionParts;
  readonly #copies: CopyBook;
  /** Watches whose files were all seen: what is new to them now is really new. */
  readonly #started: Set<string>;
  readonly #index: FolderIndex;
  readonly #recognition: Recognition;
  readonly #packed: PackedFiles;

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
    this.#copies = new CopyBook(parts);
    this.#index = new FolderIndex(parts.clock);
    this.#started = parts.ledger.startedWatches();
    this.#recognition = new Recognition({
      roster: parts.roster,
      ledger: parts.ledger,
      copies: this.#copies,
      replaced: (tail) => this.replaced(tail),
    });
    this.#packed = new PackedFiles({
      ...parts,
      copies: this.#copies,
      index: this.#index,
      resume: (tail, source) => this.#resume(tail, source),
      notFound: (tail) => this.#lostSight(tail),
    });
  }

  /** Look at a watched path. */
  check(path: string, options: Readonly<{ hinted: boolean }>): void {
    const { roster, clock } = this.#parts;
    const known = roster.path(path);
    let look: FileLook | undefined;
    try {
      look = lookAtPath(path);
    } catch (error) {
      this.failed(path, error);
      return;
    }
    if (look?.kind === 'folder') look = undefined;
    const watched = known ?? (look === undefined ? undefined : this.#addPath(path));
    if (watched === undefined) return;
    watched.error = look?.kind === 'other' ? 'is not a regular file' : null;
    if (look?.kind !== 'file') {
      this.#leftEmpty(watched);
    } else if (watched.tail?.generation.key === look.key) {
      this.#sameFile(watched, watched.tail, { look, hinted: options.hinted });
    } else {
      this.#otherFile(watched, look);
    }
    watched.lookedAtMs = clock.nowMs();
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
      this.#findRest(tail);
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
    this.#findRest(tail);
    for (const watched of leading) this.check(watched.path, { hinted: true });
    for (const watched of leading) watched.lookedAtMs = clock.nowMs();
  }

  /** All that a copy or an unpacked content had was read: there is nothing more of the generation. */
  otherRead(tail: Tail): void {
    if (tail.reads === 'unpacked') this.#packed.read(tail);
    else this.#copyRead(tail);
  }

  /** The content of a compressed file is needed again, to go on where it was left. */
  unpackAgain(tail: Tail): void {
    this.#packed.goOn(tail);
  }

  #copyRead(tail: Tail): void {
    const { accounts, ended } = this.#parts;
    const { generation } = tail;
    const { readOffset: start, sizeBytes } = generation;
    this.#copies.finish(tail);
    // Bytes between the end of the copy and the truncation were seen to exist, or nobody can count them.
    if (sizeBytes > start) {
      accounts.add(generation, {
        kind: 'lost',
        start,
        end: sizeBytes,
        reason: 'written after the copy, before the truncation',
      });
    } else {
      accounts.add(generation, {
        kind: 'gap',
        start,
        end: start,
        reason: 'what was written between copy and truncation cannot be counted',
      });
    }
    ended(tail);
  }

  /**
   * No path and no handle leads to it: look for its file, for a copy, for a compressed copy. Returns whether one was
   * found or is being unpacked.
   */
  locate(tail: Tail): boolean {
    const { handles, roster, ready } = this.#parts;
    const { generation } = tail;
    if (tail.isUnpacking) return true;
    if (generation.packed !== null) return this.#packed.goOn(tail);
    const found = searchGeneration(generation, {
      handles,
      index: this.#index,
      isTaken: (source, look) => this.#recognition.isTaken(source, look, tail),
    });
    if (found === undefined) return this.#packed.search(tail);
    tail.found = true;
    if (found.isCopy) {
      roster.leaveFile(tail);
      this.#copies.read(tail, found.look.key);
      this.#resume(tail, found.source);
    } else {
      rename(tail, found.path);
      this.#resume(tail, found.source);
      if (generation.state === 'missing') generation.state = 'rotated';
    }
    generation.changed = true;
    ready(tail);
    return true;
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

  /** Before anything is read: find those that no path leads to, so that their lines come first. */
  begin(): void {
    for (const tail of [...this.#parts.roster.tails()]) {
      if (tail.paths.size === 0 && !tail.found && !this.locate(tail)) this.#lostSight(tail);
    }
  }

  /** Every file that is there was seen once: from now on what is new to a watch is new. */
  allSeen(): void {
    const { ledger, clock, roster } = this.#parts;
    for (const watch of this.#parts.patterns().watches) {
      if (this.#started.has(watch.name)) continue;
      this.#started.add(watch.name);
      ledger.markStarted(watch.name, clock.nowMs());
    }
    for (const tail of [...roster.tails()]) {
      if (tail.found) continue;
      const { path } = tail.generation;
      if (roster.path(path)?.tail === tail) this.check(path, { hinted: false });
    }
  }

  #addPath(path: string): WatchedPath | undefined {
    const match = this.#parts.patterns().match(path);
    return match === undefined ? undefined : this.#parts.roster.addPath(path, match);
  }

  #sameFile(
    watched: WatchedPath,
    tail: Tail,
    seen: Readonly<{ look: FileLook; hinted: boolean }>,
  ): void {
    const { generation } = tail;
    const { sizeBytes, modifiedAtMs } = seen.look;
    if (watched.hasMovingSiblings) this.#findMissed(watched, 1);
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
    const isRead = generation.committedOffset === sizeBytes && tail.resume === null;
    if (unchanged && birthIsSame && isRead) {
      tail.found = true;
      tail.atEnd = true;
      return;
    }
    this.#withFile(watched, (source, look) => {
      if (look.key === generation.key && isSameFile(generation, source, look)) {
        this.#resume(tail, source);
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
    const missed = this.#findMissed(watched);
    if (this.#copies.isReading(look.key)) return;
    this.#withFile(watched, (source, opened) => {
      const known = this.#recognition.knownIn(source, opened, watched);
      if (known !== undefined) {
        const usesIt = known.source === null && known.generation.packed === null;
        if (usesIt) this.#resume(known, source);
        this.#lead(watched, known);
        return usesIt;
      }
      const format = packedFormatOf(watched.path);
      if (format !== null) {
        const tail = this.#packed.begin(watched.path, watched, { format, look: opened });
        this.#lead(watched, tail);
        return false;
      }
      const copied = this.#copies.consider(watched.path, source, opened);
      if (copied === 'waits') return false;
      const tail = this.#begin(watched.path, watched, { source, look: opened });
      if (copied !== undefined) this.#copies.settle(tail, copied, opened.sizeBytes);
      else this.#settleVersion(watched, tail, source, opened);
      tail.waitsFor = [...(watched.previous === null ? [] : [watched.previous]), ...missed];
      watched.previous = null;
      this.#lead(watched, tail);
      return true;
    });
  }

  /** A file that was replaced by a longer version of itself goes on where the old one was read to. */
  #settleVersion(watched: WatchedPath, tail: Tail, source: ByteSource, look: FileLook): void {
    const { previous } = watched;
    if (previous === null || !this.#copies.isLongerVersionOf(previous, source, look)) return;
    const { generation } = previous;
    this.#copies.settle(tail, generation.number, generation.readOffset);
    watched.previous = null;
    this.#parts.ended(previous);
  }

  /** Open the path and hand it to `use`, which returns whether it keeps the handle. */
  #withFile(watched: WatchedPath, use: (source: ByteSource, look: FileLook) => boolean): void {
    let source: ByteSource | undefined;
    try {
      source = this.#parts.handles.open(watched.path);
      const look = source.look();
      if (look.kind === 'file' && use(source, look)) source = undefined;
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      watched.error = error.message;
    } finally {
      source?.[Symbol.dispose]();
    }
  }

  #lead(watched: WatchedPath, tail: Tail): void {
    const { roster, ready, clock } = this.#parts;
    const { generation } = tail;
    roster.lead(watched, tail);
    if (watched.siblingsAtMs === 0) watched.siblingsAtMs = clock.nowMs();
    generation.siblingsAtMs = watched.siblingsAtMs;
    generation.changed = true;
    if (tail.paths.size === 1) rename(tail, watched.path);
    if (generation.state !== 'live') {
      generation.state = 'live';
      generation.wasArchived = false;
      generation.endedAtMs = null;
      generation.changed = true;
    }
    ready(tail);
  }

  #resume(tail: Tail, source: ByteSource): void {
    const { generation, resume } = tail;
    tail.found = true;
    this.#parts.handles.give(tail, source);
    if (resume === null) return;
    startReadingAt(generation, source, resume.offsetBytes);
    tail.resume = null;
    tail.atEnd = false;
  }

  #begin(
    path: string,
    match: FileMatch,
    file: Readonly<{ source: ByteSource; look: FileLook }>,
  ): Tail {
    const { roster, handles } = this.#parts;
    const { source, look } = file;
    const tail = roster.begin(path, { watch: match.watch, source: match.source, look });
    tail.found = true;
    handles.give(tail, source);
    const { generation } = tail;
    generation.sizeBytes = look.sizeBytes;
    generation.modifiedAtMs = look.modifiedAtMs;
    if (match.watch.readFrom === 'end' && !this.#started.has(match.watch.name)) {
      generation.startOffset = look.sizeBytes;
      generation.committedOffset = look.sizeBytes;
      generation.handedOffset = look.sizeBytes;
      startReadingAt(generation, source, look.sizeBytes);
      generation.committedTail = generation.tail;
    }
    headIsIntact(generation, source);
    return tail;
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
    if (tail.source !== null) ready(tail);
    else if (!this.locate(tail)) this.#lostSight(tail);
  }

  /** Its file is not to be found: it may still turn up, so nothing is given up yet. */
  #lostSight(tail: Tail): void {
    const { generation } = tail;
    tail.found = true;
    if (generation.state === 'replaced') {
      this.#findRest(tail);
      return;
    }
    generation.state = 'missing';
    generation.changed = true;
    tail.grewAtMs = this.#parts.clock.monotonicMs();
    this.#parts.ready(tail);
  }

  /** The file was truncated: go on in the copy that was made of it, or say what is lost. */
  #findRest(tail: Tail): void {
    if (!this.locate(tail)) this.giveUp(tail, 'truncated before it was read');
  }

  /** No more can be had of it. */
  giveUp(tail: Tail, reason: string): void {
    const { accounts, ended } = this.#parts;
    const { readOffset, sizeBytes: end } = tail.generation;
    const start = Math.max(readOffset, tail.resume?.offsetBytes ?? 0);
    if (end > start) accounts.add(tail.generation, { kind: 'lost', start, end, reason });
    ended(tail);
  }

  /** A generation known from before was renamed. Returns whether it reads from `source` now. */
  #foundRotated(tail: Tail, source: ByteSource, path: string): boolean {
    if (tail.paths.size > 0) return false;
    rename(tail, path);
    const usesIt = tail.source === null && tail.generation.packed === null;
    if (usesIt) this.#resume(tail, source);
    if (tail.generation.state !== 'rotated') {
      tail.generation.state = 'rotated';
      tail.generation.endedAtMs = null;
      tail.generation.changed = true;
    }
    this.#parts.ready(tail);
    return usesIt;
  }

  /**
   * Between two looks at a path it may have been rotated more than once: files beside it whose names say so,
   * that are unknown and were written since, are generations nobody has seen under the path itself.
   */
  #findMissed(watched: WatchedPath, listingsMax = LISTINGS_MAX): Tail[] {
    if (watched.siblingsAtMs === 0) return [];
    const missed: Tail[] = [];
    let fresh = false;
    for (let attempt = 0; attempt < listingsMax; attempt += 1) {
      const listing = this.#index.list(dirname(watched.path), { fresh });
      this.#takeMissed(watched, listing, missed);
      watched.hasMovingSiblings = !listing.isUnchanged();
      if (!watched.hasMovingSiblings) {
        watched.siblingsAtMs = listing.atMs;
        break;
      }
      fresh = true;
    }
    return missed;
  }

  #takeMissed(watched: WatchedPath, listing: FolderListing, missed: Tail[]): void {
    const { roster, ready } = this.#parts;
    const since = watched.siblingsAtMs - CLOCK_SLACK_MS;
    for (const { path, look } of listing.rotatedFormsOf(watched.path).sort(olderFirst)) {
      const holder = roster.inFile(look.key);
      if (holder?.source != null) {
        if (holder.paths.size === 0) rename(holder, path);
        continue;
      }
      if (look.sizeBytes === 0 || look.modifiedAtMs < since) continue;
      if (roster.path(path) !== undefined || this.#copies.isReading(look.key)) continue;
      const sibling: WatchedPath = { ...watched, path, tail: null };
      this.#withFile(sibling, (source, opened) => {
        const known = this.#recognition.knownIn(source, opened, sibling);
        if (known !== undefined) return this.#foundRotated(known, source, path);
        const format = packedFormatOf(path);
        const isCopy = (): boolean => this.#copies.consider(path, source, opened) !== undefined;
        if (format === null && isCopy()) return false;
        const file = { source, look: opened };
        const tail =
          format === null
            ? this.#begin(path, watched, file)
            : this.#packed.begin(path, watched, { format, look: opened });
        tail.generation.state = 'rotated';
        tail.waitsFor = [...(watched.previous === null ? [] : [watched.previous]), ...missed];
        missed.push(tail);
        ready(tail);
        return format === null;
      });
    }
  }
}

function olderFirst(a: FoundFile, b: FoundFile): number {
  return a.look.modifiedAtMs - b.look.modifiedAtMs;
}
