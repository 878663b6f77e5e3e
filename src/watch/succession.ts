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
import { type FileLook, inodeOf, lookAtPath } from './file-look.ts';
import { headIsIntact, isSameFile, startReadingAt } from './fingerprint.ts';
import { FolderIndex, type FolderListing, type FoundFile } from './folder-index.ts';
import type { Handles } from './handles.ts';
import type { Ledger } from './ledger.ts';
import { CLOCK_SLACK_MS } from './limits.ts';
import type { Match, Patterns } from './patterns.ts';
import { type Roster, recordOf, rename, type WatchedPath } from './roster.ts';
import { searchGeneration } from './search.ts';
import type { Tail } from './tail.ts';

export type SuccessionParts = Readonly<{
  clock: Clock;
  roster: Roster;
  ledger: Ledger;
  handles: Handles;
  accounts: Accounts;
  patterns: () => Patterns;
  /** The tail may have something to read. */
  ready: (tail: Tail) => void;
  /** Nothing more is to be read from the tail. */
  ended: (tail: Tail) => void;
}>;

/** How often to list a folder again whose names move while they are looked at. */
const LISTINGS_MAX = 4;

/** What a new generation takes from the path it is found under. */
type FileMatch = Pick<Match, 'watch' | 'source'>;

export class Succession {
  readonly #parts: SuccessionParts;
  readonly #copies: CopyBook;
  /** Watches whose files were all seen: what is new to them now is really new. */
  readonly #started: Set<string>;
  readonly #index: FolderIndex;
  readonly #unfoundByInode = new Map<string, Tail>();

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
    this.#copies = new CopyBook(parts);
    this.#index = new FolderIndex(parts.clock);
    this.#started = parts.ledger.startedWatches();
    for (const tail of parts.roster.tails()) {
      this.#unfoundByInode.set(inodeOf(tail.generation.key), tail);
    }
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
    if (tail.readsCopy) {
      // A copy that changed while it was read: the rest of it may be in yet another one.
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

  /** All of a copy was read: the generation it was made of has nothing more. */
  copyRead(tail: Tail): void {
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

  /** No path and no handle leads to it: look for its file, then for a copy of it. Returns whether it was found. */
  locate(tail: Tail): boolean {
    const { handles, roster, ready } = this.#parts;
    const { generation } = tail;
    const found = searchGeneration(generation, {
      handles,
      index: this.#index,
      isTaken: (source, look) => this.#isTaken(source, look, tail),
    });
    if (found === undefined) return false;
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

  /** Whether a file is known to hold another generation than `tail`. A record alone may be of a file that is gone. */
  #isTaken(source: ByteSource, look: FileLook, tail: Tail): boolean {
    const { roster, ledger } = this.#parts;
    if (this.#copies.isReading(look.key)) return true;
    const holder = roster.inFile(look.key);
    if (holder !== undefined && holder !== tail) {
      if (holder.source !== null || (holder.found && holder.paths.size > 0)) return true;
    }
    return ledger
      .findByKey(look.key)
      .some((row) => isSameFile(recordOf(row, tail.generation.watch), source, look));
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
    if (tail.found) {
      if (!unchanged || seen.hinted) this.#parts.ready(tail);
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
      const known = this.#knownIn(source, opened, watched);
      if (known !== undefined) {
        const usesIt = known.source === null;
        if (usesIt) this.#resume(known, source);
        this.#lead(watched, known);
        return usesIt;
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

  /** The generation that is known to be in an opened file; one whose bytes are gone from it is told so. */
  #knownIn(source: ByteSource, look: FileLook, match: FileMatch): Tail | undefined {
    const { roster, ledger } = this.#parts;
    const followed = roster.inFile(look.key) ?? this.#renumbered(source, look);
    if (followed !== undefined) {
      const isHeld = followed.source !== null;
      if (isHeld || isSameFile(followed.generation, source, look)) return followed;
      this.replaced(followed);
    }
    for (const row of ledger.findByKey(look.key)) {
      // Moved away and there again: the same file only if that is certain, else a new one of that name.
      const isCertain = row.state !== 'archived' || row.birthMs !== 0;
      if (!isCertain || roster.tail(row.number) !== undefined) continue;
      if (!isSameFile(recordOf(row, match.watch), source, look)) continue;
      return roster.restore(row, match.watch);
    }
    return undefined;
  }

  /** Device numbers may change with a reboot: same inode, same content. */
  #renumbered(source: ByteSource, look: FileLook): Tail | undefined {
    const tail = this.#unfoundByInode.get(inodeOf(look.key));
    if (tail === undefined || tail.found || tail.generation.head.length === 0) return undefined;
    if (!isSameFile(tail.generation, source, look)) return undefined;
    this.#parts.roster.moveToFile(tail, look.key);
    return tail;
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
    if (this.locate(tail)) return;
    this.giveUp(tail, 'truncated before it was read');
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
    const usesIt = tail.source === null;
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
        const known = this.#knownIn(source, opened, sibling);
        if (known !== undefined) return this.#foundRotated(known, source, path);
        if (this.#copies.consider(path, source, opened) !== undefined) return false;
        const tail = this.#begin(path, watched, { source, look: opened });
        tail.generation.state = 'rotated';
        tail.waitsFor = [...(watched.previous === null ? [] : [watched.previous]), ...missed];
        missed.push(tail);
        ready(tail);
        return true;
      });
    }
  }
}

function olderFirst(a: FoundFile, b: FoundFile): number {
  return a.look.modifiedAtMs - b.look.modifiedAtMs;
}
