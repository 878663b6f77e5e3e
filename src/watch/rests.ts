/**
 * What became of a generation that no path leads to, or whose file was truncated: its file under another name, a copy,
 * a compressed copy. What nobody holds is lost, and the ledger says so.
 */
import { basename, dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Accounts } from './accounts.ts';
import type { Beginnings, OpenedFile } from './beginnings.ts';
import type { ClockSteps } from './clock-steps.ts';
import type { CopyBook } from './copies.ts';
import { holdsContent } from './fingerprint.ts';
import type { FolderIndex } from './folder-index.ts';
import type { GenerationRecord } from './generation.ts';
import type { Handles } from './handles.ts';
import { MISSING_MS } from './limits.ts';
import { namesOfLog } from './link-target.ts';
import type { PackedFiles } from './packed-files.ts';
import type { Patterns } from './patterns.ts';
import type { Recognition } from './recognition.ts';
import { type Roster, rename } from './roster.ts';
import { sharesStem } from './rotation-name.ts';
import { searchGeneration } from './search.ts';
import type { Tail } from './tail.ts';

export type RestsParts = Readonly<{
  clock: Clock;
  roster: Roster;
  clockSteps: ClockSteps;
  handles: Handles;
  accounts: Accounts;
  copies: CopyBook;
  index: FolderIndex;
  patterns: () => Patterns;
  beginnings: Beginnings;
  recognition: () => Recognition;
  packed: () => PackedFiles;
  ready: (tail: Tail) => void;
  retry: (tail: Tail) => void;
  ended: (tail: Tail) => void;
}>;

/** Pauses between searches for a missing file grow up to 16 s. */
const PAUSE_DOUBLINGS_MAX = 4;

/** How often the rest of a truncated file is looked for before it is called lost. */
const SEARCHES_MAX = 2;

export class Rests {
  readonly #parts: RestsParts;
  /** Truncated generations whose rest was not found yet. */
  readonly #unresolved = new Set<Tail>();

  constructor(parts: RestsParts) {
    this.#parts = parts;
  }

  /**
   * Look for the file of a generation, for a copy, for a compressed copy. Returns whether one was found or is being
   * unpacked.
   */
  locate(tail: Tail): boolean {
    const { beginnings, recognition, packed, ready } = this.#parts;
    const { generation } = tail;
    if (tail.isUnpacking) return true;
    if (generation.packed !== null) return packed().goOn(tail);
    const found = searchGeneration(generation, {
      ...this.#parts,
      patterns: this.#parts.patterns(),
      ownOnly: isReadElsewhere(tail),
      isTaken: (path, file) => recognition().isTaken(path, file, tail),
    });
    if (found === undefined) return !isReadElsewhere(tail) && packed().search(tail);
    if (found.isCopy) {
      this.readCopy(tail, found);
      return true;
    }
    rename(tail, found.path);
    beginnings.resume(tail, found.source);
    if (generation.state === 'missing') generation.state = 'rotated';
    generation.changed = true;
    ready(tail);
    return true;
  }

  /** The same, some time later. */
  searchAgain(tail: Tail): void {
    if (tail.generation.state === 'replaced') this.findRest(tail);
    else if (!this.locate(tail)) this.lostSight(tail);
  }

  /**
   * The file was truncated: go on in the copy that was made of it. It may be renamed or compressed just now, so it is
   * looked for a few times before what is missing is called lost.
   */
  findRest(tail: Tail): void {
    if (this.locate(tail)) return;
    if (isReadElsewhere(tail)) {
      this.#parts.ended(tail);
      return;
    }
    if (tail.failureCount >= SEARCHES_MAX) {
      this.giveUp(tail, 'truncated before it was read');
      return;
    }
    tail.failureCount += 1;
    this.#unresolved.add(tail);
    this.#parts.retry(tail);
  }

  /** Its file is not to be found: it may still turn up, so nothing is given up yet. */
  lostSight(tail: Tail): void {
    const { generation } = tail;
    tail.found = true;
    if (generation.state === 'replaced') {
      this.findRest(tail);
      return;
    }
    if (isReadElsewhere(tail)) {
      this.#parts.ended(tail);
      return;
    }
    this.#markMissing(tail);
    this.#waitFor(tail, 'gone before it was read');
  }

  /** What may be its rest cannot be read yet: compressing a large file takes its time. */
  metUnfinished(tail: Tail): void {
    if (tail.generation.state !== 'replaced') {
      this.lostSight(tail);
      return;
    }
    this.#unresolved.add(tail);
    this.#waitFor(tail, 'truncated before it was read');
  }

  /** What may be its rest could not be looked into for want of room: nothing is given up for that. */
  couldNotLook(tail: Tail): void {
    tail.found = true;
    if (tail.generation.state === 'replaced') this.#unresolved.add(tail);
    else this.#markMissing(tail);
    this.#lookLater(tail);
  }

  /**
   * A truncated generation whose rest was not found yet, and which this content, found at `path`, continues. Logs of
   * other names may hold the very same lines.
   */
  ownerOf(path: string, file: OpenedFile): Tail | undefined {
    for (const tail of this.#unresolved) {
      const { generation } = tail;
      const isOpen = generation.state === 'replaced' && tail.source === null && !tail.isUnpacking;
      if (!isOpen) this.#unresolved.delete(tail);
      else if (
        generation.head.length > 0 &&
        mayBeRotatedForm(path, generation) &&
        holdsContent(generation, file.source, file.look)
      ) {
        return tail;
      }
    }
    return undefined;
  }

  /** Read in a copy what the file itself lost. */
  readCopy(tail: Tail, file: OpenedFile): void {
    const { roster, copies, beginnings, ready } = this.#parts;
    this.#unresolved.delete(tail);
    roster.leaveFile(tail);
    copies.read(tail, file.look.key);
    beginnings.resume(tail, file.source);
    // Its file may have been renamed since: what was copied is known by this, when the copy is met once more.
    Object.assign(tail.generation, { wasReplaced: true, changed: true });
    ready(tail);
  }

  /** All that a copy or an unpacked content had was read: there is nothing more of the generation. */
  otherRead(tail: Tail): void {
    if (tail.reads === 'unpacked') this.#parts.packed().read(tail);
    else this.#copyRead(tail);
  }

  /** No more can be had of it. */
  giveUp(tail: Tail, reason: string): void {
    const { accounts, ended } = this.#parts;
    const { readOffset: start, sizeBytes } = tail.generation;
    // Where no byte is known to be missing it may have grown all the same, since it was last looked at.
    const kind = sizeBytes > start ? 'lost' : 'gap';
    accounts.add(tail.generation, { kind, start, end: Math.max(start, sizeBytes), reason });
    ended(tail);
  }

  #markMissing(tail: Tail): void {
    const { generation } = tail;
    if (generation.state === 'missing') return;
    generation.state = 'missing';
    generation.changed = true;
    tail.grewAtMs = this.#parts.clock.monotonicMs();
  }

  /** It may still turn up, and is looked for ever more seldom until `MISSING_MS` are over. */
  #waitFor(tail: Tail, reason: string): void {
    const missingMs = this.#parts.clock.monotonicMs() - tail.grewAtMs;
    if (missingMs > MISSING_MS) this.giveUp(tail, reason);
    else this.#lookLater(tail);
  }

  #lookLater(tail: Tail): void {
    tail.failureCount = Math.min(tail.failureCount + 1, PAUSE_DOUBLINGS_MAX);
    this.#parts.retry(tail);
  }

  #copyRead(tail: Tail): void {
    const { accounts, copies, ended } = this.#parts;
    const { generation } = tail;
    const { readOffset: start, sizeBytes } = generation;
    copies.finish(tail);
    // Bytes between the end of the copy and the truncation were seen to exist, or nobody can count them.
    if (sizeBytes > start) {
      const reason = 'written after the copy, before the truncation';
      accounts.add(generation, { kind: 'lost', start, end: sizeBytes, reason });
    } else {
      const reason = 'what was written between copy and truncation cannot be counted';
      accounts.add(generation, { kind: 'gap', start, end: start, reason });
    }
    ended(tail);
  }
}

/** Whether it is a copy, all of which is read as its original: another copy would bring those lines a second time. */
function isReadElsewhere({ copyOf, generation }: Tail): boolean {
  return copyOf !== null && generation.packed === null;
}

/** Whether rotation may have made the file at `path` of the generation: beside it, or in a folder below, under a related name. */
function mayBeRotatedForm(path: string, generation: GenerationRecord): boolean {
  const origins = new Set([generation.firstPath, generation.path].flatMap(namesOfLog));
  if (origins.has(path)) return false;
  const folders = [dirname(path), dirname(dirname(path))];
  return [...origins].some(
    (origin) => folders.includes(dirname(origin)) && sharesStem(basename(path), basename(origin)),
  );
}
