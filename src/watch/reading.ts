/**
 * Whose turn it is to be read: a ring of the generations that may have something, each with its share, so
 * that a burst in one file starves no other. Beside it the few that have to be looked at by the clock:
 * unfinished lines, room that a writer made ahead, handles that left their path, failures to try again.
 */
import type { Clock } from '../base/clock.ts';
import { writersOf } from '../base/open-writers.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import { identityOf } from './file-look.ts';
import { isSameFile } from './fingerprint.ts';
import { hasGrown, hasGrownOnPath, noteSize } from './growth.ts';
import type { Handles } from './handles.ts';
import {
  RETRY_MS_MAX,
  RETRY_MS_MIN,
  ROOM_LOOK_MS,
  ROOM_QUIET_LOOK_MS,
  ROOM_QUIET_MS,
  ROTATED_POLL_MS,
  SHARE_BYTES,
  UNFINISHED_QUIET_MS,
  WRITERS_CHECK_MS,
} from './limits.ts';
import type { LineReader } from './line-reader.ts';
import { isFinished, isRoomLeft, mayBeLeft, type Writers } from './patience.ts';
import type { WatchSink } from './sink.ts';
import type { Succession } from './succession.ts';
import { isHeldBack, type Tail } from './tail.ts';

export type ReadingParts = Readonly<{
  clock: Clock;
  handles: Handles;
  reader: LineReader;
  /** Write generations to the ledger that it does not know yet. */
  saveNew: () => void;
  /** Reading and succession call each other: a read may show that a file was replaced. */
  succession: () => Succession;
}>;

export type Round = Readonly<{
  sink: WatchSink;
  budgetBytes: number;
  /** Take unfinished last lines as they are: nobody waits for more. */
  finishLines: boolean;
}>;

/** A turn costs at least this much of the budget, so that many idle files end a round too. */
const TURN_BYTES_MIN = 4 * 1024;

/** Sizes looked at in a round that reads nothing: where a hundred thousand files wait, all of them would make each a second long. */
const NOTED_MAX = 1_000;

export class Reading {
  readonly #parts: ReadingParts;
  #ring: Tail[] = [];
  /** Looked at by the clock; few. */
  readonly #timed = new Set<Tail>();
  #nextTimedMs = Number.POSITIVE_INFINITY;
  #ended: Tail[] = [];
  /** Were empty when they were looked at last, and are not any more. */
  readonly #filled = new Set<Tail>();
  /** Tails whose offsets moved since they were last taken. */
  readonly #moved = new Set<Tail>();
  /** Place among what waits. */
  #notedLast = -1;
  #wake: (() => void) | null = null;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  onWork(wake: () => void): void {
    this.#wake = wake;
  }

  get hasWork(): boolean {
    return this.#ring.length > 0 || this.#ended.length > 0 || this.#filled.size > 0;
  }

  /** When something is to be looked at by the clock. */
  get nextTimedMs(): number {
    return this.#nextTimedMs;
  }

  readonly ready = (tail: Tail): void => {
    if (tail.ready || tail.isUnpacking || tail.generation.state === 'ended') return;
    tail.ready = true;
    this.#ring.push(tail);
    this.#wake?.();
  };

  /** Look at the tail again after a while. */
  readonly retry = (tail: Tail): void => {
    tail.retryAtMs = this.#parts.clock.monotonicMs() + RETRY_MS_MIN * 2 ** tail.failureCount;
    this.#lookAgain(tail, tail.retryAtMs);
  };

  readonly end = (tail: Tail): void => {
    const { generation } = tail;
    if (generation.state === 'ended') return;
    this.#parts.handles.close(tail);
    generation.state = 'ended';
    generation.endedAtMs = this.#parts.clock.nowMs();
    generation.changed = true;
    this.#moved.add(tail);
    this.#ended.push(tail);
  };

  /** What has grown has its turn, whether anybody said so or not; returns whether any had. One look at the size of each file. */
  lookAtAll(tails: Iterable<Tail>): boolean {
    let hasAny = false;
    for (const tail of tails) {
      if (tail.ready || tail.isUnpacking || tail.generation.state === 'ended') continue;
      const grew = tail.source === null ? hasGrownOnPath(tail) : hasGrown(tail);
      if (!grew) continue;
      hasAny = true;
      const { seenOffset, packed } = tail.generation;
      if (seenOffset > 0 || packed !== null || tail.paths.size === 0) this.ready(tail);
      else this.#filled.add(tail);
    }
    return hasAny;
  }

  /** Tails that moved since the last call. */
  takeMoved(): Tail[] {
    const moved = [...this.#moved];
    this.#moved.clear();
    return moved;
  }

  /** Read what waits, up to the budget; without one, see how much there is. */
  round(round: Round): void {
    if (round.budgetBytes === 0) {
      this.#noteSizes();
      return;
    }
    this.#lookByClock(round);
    this.#checkFilled();
    let leftBytes = round.budgetBytes;
    const heldBack: Tail[] = [];
    let goesOn = true;
    let takenCount = 0;
    try {
      while (goesOn && leftBytes > 0 && takenCount < this.#ring.length) {
        const tail = this.#ring[takenCount]!;
        takenCount += 1;
        tail.ready = false;
        if (tail.generation.state === 'ended') continue;
        if (isHeldBack(tail)) {
          heldBack.push(tail);
          continue;
        }
        const before = tail.generation.seenOffset;
        goesOn = this.#turn(tail, { ...round, budgetBytes: Math.min(leftBytes, SHARE_BYTES) });
        leftBytes -= Math.max(TURN_BYTES_MIN, tail.generation.seenOffset - before);
      }
    } finally {
      // All at once: to take the first of a hundred thousand moves all others.
      this.#ring.splice(0, takenCount);
    }
    for (const tail of heldBack) this.ready(tail);
    this.#tellEnded(round.sink);
  }

  /** See how much there is in some of what waits, the next time in others. */
  #noteSizes(): void {
    const waiting = [...this.#ring, ...this.#filled];
    for (let count = Math.min(NOTED_MAX, waiting.length); count > 0; count -= 1) {
      this.#notedLast = (this.#notedLast + 1) % waiting.length;
      noteSize(waiting[this.#notedLast]!);
    }
  }

  /** One may have been copied and emptied since it grew: nothing that was seen of it would tell so afterwards. */
  #checkFilled(): void {
    const paths = [...this.#filled].flatMap((tail) => [...tail.paths]);
    this.#filled.clear();
    for (const path of paths) this.#parts.succession().check(path, { hinted: true });
  }

  /** One file's turn. Returns whether the sink wants more. */
  #turn(tail: Tail, round: Round): boolean {
    const { generation } = tail;
    const before = generation.seenOffset;
    // It may have begun in this round. What is kept of a number that the ledger does not know would be taken for the next file's.
    this.#parts.saveNew();
    try {
      const source = this.#sourceOf(tail);
      if (source === undefined) return true;
      const look = source.look();
      tail.linkCount = look.linkCount;
      const { modifiedAtMs } = generation;
      if (tail.copyOf !== null && tail.reads === 'own' && look.sizeBytes > before) {
        this.#parts.succession().copyGrew(tail, source, look);
      }
      // Stamps without a date are understood by it, so it is set before their lines are handed over.
      if (tail.reads === 'own') generation.modifiedAtMs = look.modifiedAtMs;
      if (tail.reads === 'own' && look.birthMs !== generation.birthMs) {
        // The first write to a file of a lower layer of an overlay copies it up, and it is born anew.
        Object.assign(generation, { birthMs: look.birthMs, changed: true });
      }
      const outcome =
        look.sizeBytes < before
          ? 'replaced'
          : this.#parts.reader.read(generation, source, {
              sink: round.sink,
              sizeBytes: look.sizeBytes,
              shareBytes: round.budgetBytes,
              leavesRoom: tail.reads === 'own' && !tail.passesRoom,
            });
      // A file that was replaced keeps what it was last seen with: it tells what is lost, and which copies are younger.
      if (outcome === 'replaced') generation.modifiedAtMs = modifiedAtMs;
      else if (tail.reads === 'own') {
        generation.sizeBytes = Math.max(look.sizeBytes, generation.seenOffset);
      }
      this.#succeeded(tail, generation.seenOffset > before);
      tail.atEnd = outcome === 'end';
      if (outcome === 'replaced') this.#parts.succession().replaced(tail);
      else if (!tail.atEnd) this.ready(tail);
      else this.#cameToEnd(tail, source, round);
      return outcome !== 'stopped';
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      this.#failed(tail, error);
      return true;
    }
  }

  /** The handle of a tail, opened again if it was closed; undefined: its path leads elsewhere now. */
  #sourceOf(tail: Tail): ByteSource | undefined {
    const { handles, succession } = this.#parts;
    if (tail.source !== null) {
      handles.used(tail);
      return tail.source;
    }
    const { generation } = tail;
    if (generation.packed !== null) {
      succession().rests.locate(tail);
      return undefined;
    }
    if (generation.state !== 'live') {
      succession().rests.searchAgain(tail);
      return undefined;
    }
    const source = handles.open(generation.path);
    const look = source.look();
    if (look.key === generation.key && isSameFile(generation, source, look)) {
      handles.give(tail, source);
      return source;
    }
    source[Symbol.dispose]();
    if (look.key === generation.key) succession().replaced(tail);
    else for (const path of [...tail.paths]) succession().check(path, { hinted: true });
    return undefined;
  }

  #succeeded(tail: Tail, grew: boolean): void {
    const { clock } = this.#parts;
    const { generation } = tail;
    tail.failureCount = 0;
    tail.retryAtMs = 0;
    generation.error = null;
    this.#moved.add(tail);
    if (!grew) return;
    tail.grewAtMs = clock.monotonicMs();
    generation.lastReadAtMs = clock.nowMs();
    tail.offerAtMs = null;
  }

  #failed(tail: Tail, error: FileFailure): void {
    const { clock, handles } = this.#parts;
    tail.generation.error = error.message;
    // A new handle may see what the old one does not: a remote file that was replaced, a remounted folder.
    // What was unpacked is unpacked again: as long as it is open, no other is.
    if (tail.generation.state === 'live' || tail.reads === 'unpacked') handles.close(tail);
    tail.failureCount += 1;
    const pauseMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (tail.failureCount - 1));
    tail.retryAtMs = clock.monotonicMs() + pauseMs;
    this.#lookAgain(tail, tail.retryAtMs);
  }

  #cameToEnd(tail: Tail, source: ByteSource, round: Round): void {
    const { generation } = tail;
    const hasPartial = generation.seenOffset > generation.readOffset;
    if (tail.reads !== 'own') {
      if (hasPartial) this.#parts.reader.offerPartial(generation, source, round.sink);
      this.#parts.succession().rests.otherRead(tail);
      return;
    }
    this.#lookIntoRoomLater(tail);
    if (hasPartial && round.finishLines) {
      this.#offer(tail, source, round.sink);
    } else if (hasPartial && tail.offerAtMs === null) {
      tail.offerAtMs = tail.grewAtMs + UNFINISHED_QUIET_MS;
      this.#lookAgain(tail, tail.offerAtMs);
    }
    if (generation.state !== 'live') {
      this.#lookAgain(tail, this.#parts.clock.monotonicMs() + ROTATED_POLL_MS);
    }
  }

  /** Room behind the text is filled without a word. */
  #lookIntoRoomLater(tail: Tail): void {
    const { seenOffset, roomEnd } = tail.generation;
    tail.roomAtMs = null;
    if (roomEnd <= seenOffset) {
      tail.passesRoom = false;
      return;
    }
    const nowMs = this.#parts.clock.monotonicMs();
    const isQuiet = nowMs - tail.grewAtMs > ROOM_QUIET_MS;
    tail.roomAtMs = nowMs + (isQuiet ? ROOM_QUIET_LOOK_MS : ROOM_LOOK_MS);
    this.#lookAgain(tail, tail.roomAtMs);
  }

  #offer(tail: Tail, source: ByteSource, sink: WatchSink): void {
    const { reader } = this.#parts;
    this.#moved.add(tail);
    const taken = reader.offerPartial(tail.generation, source, sink);
    if (taken) tail.offerAtMs = null;
    else this.#offerLater(tail);
  }

  #offerLater(tail: Tail): void {
    tail.offerAtMs = this.#parts.clock.monotonicMs() + WRITERS_CHECK_MS;
    this.#lookAgain(tail, tail.offerAtMs);
  }

  #lookAgain(tail: Tail, atMs: number): void {
    this.#timed.add(tail);
    this.#nextTimedMs = Math.min(this.#nextTimedMs, atMs);
  }

  #lookByClock(round: Round): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs < this.#nextTimedMs && !round.finishLines) return;
    this.#nextTimedMs = Number.POSITIVE_INFINITY;
    const timed = [...this.#timed];
    this.#timed.clear();
    const due = timed.filter(
      (tail) =>
        (tail.offerAtMs !== null && tail.offerAtMs <= nowMs) ||
        (tail.roomAtMs !== null &&
          tail.roomAtMs <= nowMs &&
          nowMs - tail.grewAtMs > ROOM_QUIET_MS) ||
        mayBeLeft(tail, nowMs),
    );
    const writers = writersOf(due.map(({ generation }) => identityOf(generation.key)));
    for (const tail of timed) this.#lookAt(tail, { round, nowMs, writers });
  }

  #lookAt(tail: Tail, at: Readonly<{ round: Round; nowMs: number; writers: Writers }>): void {
    const { generation } = tail;
    const { round, nowMs, writers } = at;
    if (generation.state === 'ended') return;
    if (tail.retryAtMs > 0) {
      if (tail.retryAtMs <= nowMs) this.ready(tail);
      else this.#lookAgain(tail, tail.retryAtMs);
      return;
    }
    if (tail.offerAtMs !== null && tail.source !== null) {
      if (tail.offerAtMs > nowMs && !round.finishLines) this.#lookAgain(tail, tail.offerAtMs);
      else if (!round.finishLines && !isFinished(tail, nowMs, writers)) this.#offerLater(tail);
      // Looked at after its writers were: what one wrote before it closed the file is seen now.
      else if (hasGrown(tail)) this.ready(tail);
      else this.#offer(tail, tail.source, round.sink);
    }
    if (tail.roomAtMs !== null) {
      if (tail.roomAtMs > nowMs) this.#lookAgain(tail, tail.roomAtMs);
      else {
        tail.passesRoom = isRoomLeft(tail, nowMs, writers);
        this.ready(tail);
      }
    }
    if (generation.state !== 'live') this.#lookAtRotated(tail, nowMs, writers);
  }

  /**
   * A handle that left its path: look for late writes, and let go of it after a while. Not as long as somebody has it
   * open for writing: a program that was not told goes on in it until it is started again.
   */
  #lookAtRotated(tail: Tail, nowMs: number, writers: Writers): void {
    const isIdle = mayBeLeft(tail, nowMs);
    if (isIdle && writers(identityOf(tail.generation.key)) === 'held') tail.heldAtMs = nowMs;
    // Looked at after its writers were.
    else if (isIdle && tail.roomAtMs !== null) tail.passesRoom = true;
    else if (isIdle && !hasGrown(tail)) {
      this.end(tail);
      return;
    }
    if (tail.ready) this.#lookAgain(tail, nowMs + ROTATED_POLL_MS);
    else this.ready(tail);
  }

  #tellEnded(sink: WatchSink): void {
    const ended = this.#ended;
    this.#ended = [];
    for (const tail of ended) sink.ended(tail.generation);
  }
}
