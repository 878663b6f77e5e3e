/**
 * Copies of what is read anyway: `copytruncate` copies a log to a rotated name and empties the original.
 *
 * A file is a copy when its name is a rotated form of the original's and its bytes are the original's. Bytes of a
 * copy are never read twice; only what the original lost in the truncation is read from it.
 */
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Accounts } from './accounts.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import type { ClockSteps } from './clock-steps.ts';
import { CopiedMoves } from './copied-moves.ts';
import type { FileKey, FileLook } from './file-look.ts';
import {
  headIsIntact,
  holdsContent,
  isBeginningOf,
  isCopyOfRead,
  isSameFile,
  startReadingAt,
  tailIsIntact,
} from './fingerprint.ts';
import { type FolderIndex, listingsAround } from './folder-index.ts';
import { type GenerationRecord, NO_BYTES } from './generation.ts';
import type { GenerationRow } from './generation-row.ts';
import type { Handles } from './handles.ts';
import { copyReason, type Ledger } from './ledger.ts';
import { CLOCK_SLACK_MS, COPY_WAIT_MS, EMPTY_COPY_MS } from './limits.ts';
import type { FileMatch } from './patterns.ts';
import { type Roster, recordOf, rowOf } from './roster.ts';
import { isRotatedName, originalsAbove, originalsOf } from './rotation-name.ts';
import { seeksRest, type Tail } from './tail.ts';

export type CopyParts = Readonly<{
  clock: Clock;
  roster: Roster;
  ledger: Ledger;
  clockSteps: ClockSteps;
  handles: Handles;
  accounts: Accounts;
  index: FolderIndex;
}>;

/** The generation that a content was read as, and how far. */
export type PackedOriginal = Readonly<{ number: number; end: number }>;

/** Times are set to the microsecond or the millisecond, and files are born to the nanosecond. */
const SET_TIME_SLACK_MS = 1;

/** So much of a file must be the same before it is taken for a longer version of another; less where it was restored. */
const VERSION_BYTES_MIN = 64;

/** As long as a copy grows it is being made. */
type Waiting = Readonly<{ sizeBytes: number; sinceMs: number }>;

export class CopyBook {
  readonly #parts: CopyParts;
  readonly #copiedMoves: CopiedMoves;
  /** Files that are read in place of an original. */
  readonly #reading = new Map<FileKey, Tail>();
  /** Copies of a file that was not truncated yet. */
  readonly #waiting = new Map<FileKey, Waiting>();

  constructor(parts: CopyParts) {
    this.#parts = parts;
    const openOrNothing = (path: string): ByteSource | undefined => this.#openOrNothing(path);
    this.#copiedMoves = new CopiedMoves({ roster: parts.roster, openOrNothing });
  }

  isReading(key: FileKey): boolean {
    return this.#reading.has(key);
  }

  read(tail: Tail, key: FileKey): void {
    tail.reads = 'copy';
    this.#reading.set(key, tail);
    this.#waiting.delete(key);
  }

  finish(tail: Tail): void {
    for (const [key, reader] of this.#reading) if (reader === tail) this.#reading.delete(key);
    tail.reads = 'own';
  }

  /**
   * Is the file at `path`, which nobody knows, a copy? The number of the original, or `waits` while that may still
   * be truncated; undefined: it is a file of its own.
   */
  consider(
    path: string,
    match: FileMatch,
    { source, look }: Readonly<{ source: ByteSource; look: FileLook }>,
  ): number | 'waits' | undefined {
    for (const original of this.#originalsOf(path)) {
      // Nobody writes to it at the moment, or it is in the archive: what was read under this name is known all the same.
      const watched = this.#parts.roster.path(original);
      const tail = watched?.tail ?? null;
      if (watched !== undefined && this.#wasJustBegun(look)) return 'waits';
      if (tail !== null && this.#isCopyOfLive(tail, source, look)) return this.#wait(tail, look);
      const earlier = [
        ...(watched?.earlier ?? []),
        ...this.#knownUnder(original, watched ?? match),
      ].filter(({ birthMs }) => !this.#isOlderThan(look, birthMs));
      const copied = earlier.find(
        (each) =>
          isCopyOfRead(each, source, look) && (isCopyMadeOf(each) || this.#wasEmptied(each)),
      );
      if (copied !== undefined) return copied.number;
      const moved = this.#copiedMoves.originOf(original, earlier, { source, look });
      if (moved !== undefined) return moved;
    }
    return undefined;
  }

  /**
   * Is the file at `path` a copy of what its original holds now, of which nobody has heard yet? Those lines are read
   * there, or in the copy if they are truncated away before.
   */
  isOfUnseen(path: string, source: ByteSource, look: FileLook): boolean {
    return this.#originalsOf(path).some((name) => {
      if (this.#parts.roster.path(name) === undefined) return false;
      using original = this.#openOrNothing(name);
      if (original === undefined) return false;
      const now = original.look();
      if (now.key === look.key || this.#wasWrittenBefore(look, now.birthMs)) return false;
      return isBeginningOf(original, source, look.sizeBytes);
    });
  }

  /**
   * Is the content of a compressed file that of a generation that is known? One that was renamed is compressed as well
   * as one that was copied, so neither how it ended nor where its file is matters.
   */
  packedOriginal(
    path: string,
    match: FileMatch,
    content: Readonly<{ source: ByteSource; look: FileLook; tail: Tail }>,
  ): PackedOriginal | undefined {
    const { source, look, tail } = content;
    const known = this.#formsOf(path, match).find(
      (record) =>
        record.number !== tail.generation.number &&
        this.#mayBePacked(record) &&
        isCopyOfRead(record, source, look),
    );
    if (known === undefined) return undefined;
    const { roster, ledger } = this.#parts;
    const { readOffset } = known;
    const number = roster.tail(known.number)?.copyOf ?? ledger.copiedFrom(known) ?? known.number;
    // One that is still followed looks for its rest itself; one that was given up does not any more.
    const followed = roster.tail(number);
    const isLooking = followed !== undefined && followed.generation.state !== 'ended';
    return { number, end: isLooking ? look.sizeBytes : Math.min(readOffset, look.sizeBytes) };
  }

  /**
   * May the content of a compressed file be that of one that had no turn to be read yet? Once it had, that is known as of
   * any other: it was read, or it was emptied and seeks its rest.
   */
  isOfUnread(
    path: string,
    match: FileMatch,
    { source, look }: Readonly<{ source: ByteSource; look: FileLook }>,
  ): boolean {
    return this.#formsOf(path, match).some(({ number }) => {
      const held = this.#parts.roster.tail(number);
      if (held === undefined || held.isUnpacking || held.retryAtMs > 0) return false;
      const { packed, skipReason, handedOffset, startOffset } = held.generation;
      if (packed !== null || skipReason !== null || handedOffset > startOffset) return false;
      if (held.atEnd && held.offerAtMs === null) return false;
      // Of one that was empty when it was found no beginning is known.
      const isThere = held.source !== null && isBeginningOf(held.source, source, look.sizeBytes);
      return isThere || this.#isCopyOfLive(held, source, look);
    });
  }

  /**
   * Was the file that a path led to replaced by a longer version of itself, as rsync does? Then only what is new in
   * it is read. Believed only when the old file is gone and all that was seen of it is there.
   */
  isLongerVersionOf(before: Tail, source: ByteSource, look: FileLook): boolean {
    const { generation } = before;
    if (generation.seenOffset < VERSION_BYTES_MIN && !wasRestored(generation, look)) return false;
    const isGone =
      before.source === null
        ? generation.state === 'missing'
        : before.source.look().linkCount === 0;
    return isGone && holdsContent(generation, source, look);
  }

  /** The first `end` bytes of a file are those of another generation: it is followed from there. */
  settle(tail: Tail, original: number, end: number): void {
    const { generation, source } = tail;
    if (source === null) return;
    const reason = copyReason(original);
    this.#parts.accounts.add(generation, { kind: 'skipped', start: 0, end, reason });
    headIsIntact(generation, source);
    startReadingAt(generation, source, end);
    generation.committedOffset = end;
    generation.handedOffset = end;
    generation.committedTail = generation.tail;
    generation.committedLine = 0;
  }

  /** The whole file is a copy of what was read as `original`. */
  settleCopy(tail: Tail, original: number, sizeBytes: number): void {
    this.settle(tail, original, sizeBytes);
    tail.copyOf = original;
  }

  /**
   * A file whose beginning was skipped as a copy has grown. Where its original still has that beginning, both are written
   * to: either it goes on being a copy, or it is a log of its own that began alike, and is read whole.
   */
  grew(tail: Tail, source: ByteSource, look: FileLook): void {
    const { roster, ledger, accounts } = this.#parts;
    const { copyOf, generation } = tail;
    tail.copyOf = null;
    if (copyOf === null) return;
    const row = ledger.find(copyOf);
    const original = roster.tail(copyOf)?.generation ?? (row && recordOf(row, generation.watch));
    if (original === undefined || original.wasReplaced) return;
    using own = this.#openOrNothing(original.path);
    if (own === undefined || own.look().key !== original.key) return;
    if (!isSameFile(original, own, own.look())) return;
    if (isBeginningOf(own, source, look.sizeBytes)) {
      accounts.takeBack(generation);
      this.settleCopy(tail, copyOf, look.sizeBytes);
      return;
    }
    if (!isBeginningOf(own, source, generation.readOffset)) return;
    accounts.takeBack(generation);
    startReadingAt(generation, source, 0);
    Object.assign(generation, { committedOffset: 0, handedOffset: 0, committedLine: 1 });
    Object.assign(generation, { committedTail: NO_BYTES, milestones: [], changed: true });
    ledger.transaction(() => {
      ledger.removeSpan(generation.number, 0);
      ledger.save(rowOf(generation));
    });
  }

  #wasJustBegun({ sizeBytes, modifiedAtMs }: FileLook): boolean {
    const agedMs = this.#parts.clock.nowMs() - modifiedAtMs;
    return sizeBytes === 0 && agedMs > -CLOCK_SLACK_MS && agedMs < EMPTY_COPY_MS;
  }

  /** Its original may still be truncated: then the copy is needed. If it is not, the copy stays one. */
  #wait(original: Tail, { key, sizeBytes }: FileLook): number | 'waits' {
    const nowMs = this.#parts.clock.monotonicMs();
    const known = this.#waiting.get(key);
    const waiting = known?.sizeBytes === sizeBytes ? known : { sizeBytes, sinceMs: nowMs };
    if (nowMs - waiting.sinceMs < COPY_WAIT_MS) {
      this.#waiting.set(key, waiting);
      return 'waits';
    }
    this.#waiting.delete(key);
    return original.generation.number;
  }

  /** What the file at `path` may be a rotated form of: beside it, or where no log of that name is there, in the folder above. */
  #originalsOf(path: string): string[] {
    const { roster } = this.#parts;
    const beside = originalsOf(path).flatMap((name) => roster.namesUnder(name));
    const isOfLog = beside.some((name) => roster.path(name) !== undefined && !isRotatedName(name));
    return isOfLog
      ? beside
      : [...beside, ...originalsAbove(path).flatMap((name) => roster.namesUnder(name))];
  }

  #knownUnder(path: string, match: FileMatch): GenerationRecord[] {
    return this.#recordsOf(this.#parts.ledger.findByPath(path), match);
  }

  /**
   * Generations that a rotated file may be, those of the names it must have had before any others: rotation may have
   * gone on since its name was right, and has then given it the next number.
   */
  #formsOf(path: string, match: FileMatch): GenerationRecord[] {
    const { ledger } = this.#parts;
    const originals = this.#originalsOf(path);
    const named = originals.flatMap((original) => ledger.findByPath(original));
    const numbers = new Set(named.map(({ number }) => number));
    const folders = new Set([path, ...originals].map((name) => dirname(name)));
    const others = [...folders]
      .flatMap((folder) => ledger.findRelated(join(folder, basename(path))))
      .filter(({ number }) => !numbers.has(number));
    return this.#recordsOf([...named, ...others], match);
  }

  #recordsOf(rows: readonly GenerationRow[], match: FileMatch): GenerationRecord[] {
    const { roster } = this.#parts;
    return rows.map((row) => roster.tail(row.number)?.generation ?? recordOf(row, match.watch));
  }

  /** Nothing of it was taken, and nobody asks for it: then its few bytes would match too much. */
  #mayBePacked({ number, handedOffset, startOffset }: GenerationRecord): boolean {
    if (handedOffset > startOffset) return true;
    const tail = this.#parts.roster.tail(number);
    return tail !== undefined && seeksRest(tail);
  }

  #isCopyOfLive(tail: Tail, source: ByteSource, look: FileLook): boolean {
    const { generation } = tail;
    if (generation.key === look.key || generation.head.length === 0) return false;
    if (this.#wasWrittenBefore(look, generation.birthMs)) return false;
    const own = tail.source ?? this.#openOrNothing(generation.path);
    if (own === undefined) return false;
    const isIntact = (): boolean => headIsIntact(generation, own) && tailIsIntact(generation, own);
    try {
      if (isIntact()) {
        if (isBeginningOf(own, source, look.sizeBytes)) return true;
        // Else it may have been truncated while they were compared.
        if (isIntact()) return false;
      }
    } finally {
      if (own !== tail.source) own[Symbol.dispose]();
    }
    return isCopyOfRead(generation, source, look);
  }

  /**
   * A file that was last written before another came to be is no copy of it, however alike they are. One tick of the
   * file system clock may hold the last write to a log and the making of its successor; or that of a log and the one write
   * to it, whose time its copy may have been given: but that is born later.
   */
  #wasWrittenBefore(look: FileLook, birthMs: number): boolean {
    if (birthMs === 0 || look.modifiedAtMs > birthMs) return false;
    if (look.birthMs > birthMs && look.modifiedAtMs >= birthMs - SET_TIME_SLACK_MS) return false;
    return !this.#parts.clockSteps.areBetween(look.modifiedAtMs, birthMs);
  }

  /**
   * The same of a generation whose bytes are gone from its file. A copy may have the time of the last write to its original,
   * which may be the tick in which that was made; who sets it loses some microseconds.
   */
  #isOlderThan(look: FileLook, birthMs: number): boolean {
    if (birthMs === 0 || look.modifiedAtMs >= birthMs - SET_TIME_SLACK_MS) return false;
    return !this.#parts.clockSteps.areBetween(look.modifiedAtMs, birthMs);
  }

  /** Whether it was let go of, since no watch named it, and its file was emptied while nobody looked. */
  #wasEmptied(generation: GenerationRecord): boolean {
    const { roster, ledger, index } = this.#parts;
    const { number, state, path, key, birthMs, handedOffset, startOffset } = generation;
    const isFollowed = state !== 'ended' && roster.tail(number) !== undefined;
    if (isFollowed || handedOffset === startOffset) return false;
    // What was written behind that may be known already, wherever its file is by now.
    const isLater = (row: GenerationRow): boolean => row.number > number && row.birthMs === birthMs;
    if (ledger.findByKey(key).some(isLater)) return true;
    return listingsAround([path], index, false).some((listing) => {
      const own = listing.find(key);
      if (own === undefined) return false;
      using opened = this.#openOrNothing(own.path);
      const look = opened?.look();
      return look?.key === key && !isSameFile(generation, opened!, look);
    });
  }

  #openOrNothing(path: string): ByteSource | undefined {
    try {
      return this.#parts.handles.open(path);
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      return undefined;
    }
  }
}

/** Born after it was written last, and written when the other was, to the second that archives keep: no program writes so. */
function wasRestored({ seenOffset, modifiedAtMs }: GenerationRecord, look: FileLook): boolean {
  if (look.sizeBytes !== seenOffset || look.birthMs < look.modifiedAtMs + CLOCK_SLACK_MS)
    return false;
  return Math.floor(look.modifiedAtMs / 1_000) === Math.floor(modifiedAtMs / 1_000);
}

/** A generation whose own file is there under another name was not copied. */
function isCopyMadeOf(generation: GenerationRecord): boolean {
  // What nothing was taken of cannot be taken twice, and its few bytes would match too much.
  if (generation.handedOffset === generation.startOffset) return false;
  return generation.wasReplaced || generation.state === 'missing';
}
