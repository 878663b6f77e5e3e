/**
 * Who is followed: generations by number and by file, and the watched paths with what they lead to.
 * New generations are in the ledger before anybody hears of them (`saveNew`).
 */
import type { Clock } from '../base/clock.ts';
import type { WatchSettings } from '../config/settings.ts';
import type { Accounts } from './accounts.ts';
import { type FileKey, type FileLook, lookOrNothing } from './file-look.ts';
import {
  beginGeneration,
  encodingUnder,
  type GenerationRecord,
  type GenerationState,
} from './generation.ts';
import type { GenerationRow } from './generation-row.ts';
import type { Ledger } from './ledger.ts';
import type { FileMatch, Patterns } from './patterns.ts';
import { type Tail, tailOf } from './tail.ts';

/** A path that a watch names. */
export type WatchedPath = {
  readonly path: string;
  watch: WatchSettings;
  source: string;
  /** What it leads to. */
  tail: Tail | null;
  /** What it led to before, while that may still have lines that come first. */
  previous: Tail | null;
  /** The generations it led to before, newest first: a copy of one of them may turn up. */
  earlier: GenerationRecord[];
  /** Number of the last one that a former process followed under it; null: none, or not known. */
  readonly formerNumber: number | null;
  /** Wall time of the last look. */
  lookedAtMs: number;
  /** Wall time when all rotated forms of it were known: one written since may be a generation never seen; 0: never. */
  siblingsAtMs: number;
  /** Whether its rotated forms moved while they were looked at, so that they are to be looked at again. */
  hasMovingSiblings: boolean;
  /** Why it cannot be read; null: it can, or nothing is there. */
  error: string | null;
};

/** What a path is begun with. */
export type PathStart = Readonly<{
  watch: WatchSettings;
  source: string;
  siblingsAtMs?: number;
  formerNumber?: number | null;
}>;

/** Generations of a path that are remembered here; the ledger knows the others. */
const EARLIER_MAX = 4;

export class Roster {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #tails = new Map<number, Tail>();
  readonly #byKey = new Map<FileKey, Tail>();
  readonly #paths = new Map<string, WatchedPath>();
  /** Watched paths that are links, by the file that they lead to. */
  readonly #links = new Map<string, string>();
  readonly #targets = new Map<string, string>();
  readonly #unsaved: Tail[] = [];
  #nextNumber: number;

  constructor(clock: Clock, ledger: Ledger) {
    this.#clock = clock;
    this.#ledger = ledger;
    this.#nextNumber = ledger.nextNumber();
  }

  tails(): IterableIterator<Tail> {
    return this.#tails.values();
  }

  paths(): IterableIterator<WatchedPath> {
    return this.#paths.values();
  }

  get size(): number {
    return this.#tails.size;
  }

  tail(number: number): Tail | undefined {
    return this.#tails.get(number);
  }

  /** The generation that is in the file `key` now, as far as is known. */
  inFile(key: FileKey): Tail | undefined {
    return this.#byKey.get(key);
  }

  path(path: string): WatchedPath | undefined {
    return this.#paths.get(path);
  }

  addPath(path: string, start: PathStart): WatchedPath {
    const { watch, source, siblingsAtMs = 0, formerNumber = null } = start;
    const added: WatchedPath = {
      path,
      watch,
      source,
      tail: null,
      previous: null,
      earlier: [],
      formerNumber,
      lookedAtMs: 0,
      siblingsAtMs,
      hasMovingSiblings: false,
      error: null,
    };
    this.#paths.set(path, added);
    return added;
  }

  dropPath(path: string): void {
    this.linkLeadsTo(path, null);
    this.#paths.delete(path);
  }

  /** A watched path is a link to `target`; null: it is none. */
  linkLeadsTo(path: string, target: string | null): void {
    const before = this.#targets.get(path);
    if (before === (target ?? undefined)) return;
    this.#targets.delete(path);
    if (before !== undefined && this.#links.get(before) === path) this.#links.delete(before);
    if (target === null) return;
    this.#targets.set(path, target);
    this.#links.set(target, path);
  }

  /** What is watched of the log at `path`: that, or also the link which leads to it. */
  namesUnder(path: string): string[] {
    const link = this.#links.get(path);
    return link === undefined ? [path] : [path, link];
  }

  /** The path leads to the tail from now on. */
  lead(path: WatchedPath, tail: Tail): void {
    this.unlead(path);
    path.tail = tail;
    tail.paths.add(path.path);
  }

  /** The path leads nowhere. Another path that still leads to the same tail gives it its name; a link to this one does not. */
  unlead(path: WatchedPath): void {
    const { tail } = path;
    if (tail === null) return;
    path.tail = null;
    path.earlier = [tail.generation, ...path.earlier].slice(0, EARLIER_MAX);
    tail.paths.delete(path.path);
    const { key } = tail.generation;
    const other = [...tail.paths].find((candidate) => lookOrNothing(candidate)?.key === key);
    const named = other === undefined ? undefined : this.#paths.get(other);
    if (named !== undefined) giveName(tail, named);
  }

  /** Watches and sources are what other patterns say. Returns those whose paths none of them names any more. */
  usePatterns(patterns: Patterns): Tail[] {
    const left: Tail[] = [];
    for (const watched of [...this.#paths.values()]) {
      const { tail } = watched;
      const match = patterns.match(watched.path);
      if (match === undefined) {
        this.unlead(watched);
        this.dropPath(watched.path);
        if (tail !== null && tail.paths.size === 0) left.push(tail);
        continue;
      }
      watched.watch = match.watch;
      watched.source = match.source;
      if (tail === null) continue;
      readBy(tail, watched);
    }
    return left;
  }

  /** A generation that begins now in a file that was just looked at. */
  begin(
    path: string,
    start: Readonly<{ watch: WatchSettings; source: string; look: FileLook }>,
  ): Tail {
    const { watch, source, look } = start;
    const generation = beginGeneration({
      number: this.#nextNumber,
      watch,
      source,
      path,
      key: look.key,
      birthMs: look.birthMs,
      encoding: watch.encoding,
      atMs: this.#clock.nowMs(),
    });
    this.#nextNumber += 1;
    const tail = this.#add(generation);
    this.#unsaved.push(tail);
    return tail;
  }

  /** One that was just begun comes to nothing: its file could not be read. */
  takeBack(tail: Tail): void {
    this.drop(tail);
    const at = this.#unsaved.indexOf(tail);
    if (at >= 0) this.#unsaved.splice(at, 1);
  }

  /** Follow a generation of the ledger again, as it is to be read now. */
  restore(row: GenerationRow, { watch, source }: FileMatch): Tail {
    const tail = this.#add({ ...recordOf(row, watch), source });
    // Nobody counted the lines of what was skipped.
    if (row.committedLine === 0) tail.copyOf = this.#ledger.copiedFrom(row);
    return tail;
  }

  /** The file holds something else now. */
  leaveFile(tail: Tail): void {
    const { key } = tail.generation;
    if (this.#byKey.get(key) === tail) this.#byKey.delete(key);
  }

  moveToFile(tail: Tail, key: FileKey): void {
    this.leaveFile(tail);
    tail.generation.key = key;
    tail.generation.changed = true;
    this.#byKey.set(key, tail);
  }

  drop(tail: Tail): void {
    this.leaveFile(tail);
    this.#tails.delete(tail.generation.number);
    for (const path of tail.paths) {
      const leading = this.#paths.get(path);
      if (leading !== undefined) leading.tail = null;
    }
    tail.paths.clear();
  }

  /**
   * Write generations that are new to the ledger, and what is accounted for of them: a row alone would say of a copy that
   * it was read.
   */
  saveNew(accounts: Accounts): void {
    if (this.#unsaved.length === 0) return;
    const generations = new Set(this.#unsaved.map(({ generation }) => generation));
    const entries = accounts.of(generations);
    this.#ledger.transaction(() => {
      for (const generation of generations) this.#ledger.save(rowOf(generation));
      accounts.write(this.#ledger, entries);
    });
    accounts.written(entries);
    this.#unsaved.length = 0;
  }

  #add(generation: GenerationRecord): Tail {
    const tail = tailOf(generation, this.#clock.monotonicMs());
    this.#tails.set(generation.number, tail);
    this.#byKey.set(generation.key, tail);
    return tail;
  }
}

/** The generation is now known under `path`. */
export function rename(tail: Tail, path: string): void {
  if (tail.generation.path === path) return;
  tail.generation.path = path;
  tail.generation.changed = true;
}

/** The generation is known under that path, and read by the section that has it: another than before perhaps. */
export function giveName(tail: Tail, watched: WatchedPath): void {
  rename(tail, watched.path);
  readBy(tail, watched);
}

function readBy({ generation }: Tail, { watch, source }: WatchedPath): void {
  const encoding = encodingUnder(generation.encoding, watch);
  Object.assign(generation, { watch, source, encoding, changed: true });
}

/** The row of a generation. */
export function rowOf(generation: GenerationRecord): GenerationRow {
  const { watch, cuts, committedOffset } = generation;
  return {
    ...generation,
    watch: watch.name,
    state: stateForLedger(generation),
    insideLine: cuts.includes(committedOffset),
  };
}

/** A generation has ended for the ledger only when all of it is committed. */
function stateForLedger(generation: GenerationRecord): GenerationState {
  const { state, handedOffset, committedOffset, wasArchived } = generation;
  const isCommitted = handedOffset <= committedOffset;
  if (wasArchived && isCommitted) return 'archived';
  return state === 'ended' && !isCommitted ? 'missing' : state;
}

/** A generation of the ledger, as it was at its committed offset. */
export function recordOf(row: GenerationRow, watch: WatchSettings): GenerationRecord {
  const { committedOffset, committedTail, head, insideLine, startOffset } = row;
  return {
    ...row,
    watch,
    encoding: encodingUnder(row.encoding, watch),
    head: Buffer.from(head),
    milestones: [...row.milestones],
    readOffset: committedOffset,
    seenOffset: committedOffset,
    handedOffset: committedOffset,
    tail: Buffer.from(committedTail),
    committedTail: Buffer.from(committedTail),
    wasArchived: row.state === 'archived',
    probed: committedOffset > startOffset,
    insideLine,
    insideHole: false,
    roomEnd: 0,
    cuts: insideLine ? [committedOffset] : [],
    error: null,
    changed: false,
  };
}
