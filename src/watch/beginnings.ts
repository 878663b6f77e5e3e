/** How a file comes to be read: opened, begun as a new generation, or gone on with where it was left. */
import type { Clock } from '../base/clock.ts';
import type { WatchSettings } from '../config/settings.ts';
import { type ByteSource, FileFailure } from './byte-source.ts';
import type { ClockSteps } from './clock-steps.ts';
import type { FileLook } from './file-look.ts';
import { headIsIntact, startReadingAt } from './fingerprint.ts';
import type { Handles } from './handles.ts';
import type { Ledger } from './ledger.ts';
import type { FileMatch, Patterns } from './patterns.ts';
import type { Roster, WatchedPath } from './roster.ts';
import type { Tail } from './tail.ts';

export type OpenedFile = Readonly<{ source: ByteSource; look: FileLook }>;

/** On a busy machine the kernel's news of a file, or the turn to look at it, comes up to so late. */
const NEWS_LATE_MS = 60_000;

export type BeginningsParts = Readonly<{
  clock: Clock;
  clockSteps: ClockSteps;
  roster: Roster;
  ledger: Ledger;
  handles: Handles;
}>;

export class Beginnings {
  readonly #parts: BeginningsParts;
  /** Watches whose files were all seen, and when: what is new to them now is really new. */
  readonly #started: Map<string, number>;
  /** By this process. */
  #wereAllSeen = false;
  /** What was watched before the config was read again, until all files are seen anew: sections are renamed, and divided. */
  #former: Patterns | null = null;
  /** Watches that came with such a config, and when. */
  readonly #addedAtMs = new Map<string, number>();

  constructor(parts: BeginningsParts) {
    this.#parts = parts;
    this.#started = parts.ledger.startedWatches();
  }

  /** Every file that is there was seen once: from now on what is new to a watch is new. */
  allSeen(patterns: Patterns): void {
    const { ledger, clock, clockSteps } = this.#parts;
    this.#wereAllSeen = true;
    this.#former = null;
    this.#addedAtMs.clear();
    clockSteps.allSeen();
    for (const watch of patterns.watches) {
      if (this.#started.has(watch.name)) continue;
      const nowMs = clock.nowMs();
      this.#started.set(watch.name, nowMs);
      ledger.markStarted(watch.name, nowMs);
    }
  }

  /** Other watches are configured. */
  reconfigured(former: Patterns, watches: readonly WatchSettings[]): void {
    this.#former ??= former;
    for (const { name } of watches) {
      if (!this.#addedAtMs.has(name)) this.#addedAtMs.set(name, this.#parts.clock.nowMs());
    }
  }

  /**
   * A log that is met now for the first time may have been rotated since this moment, before anybody saw it: its rotated files are
   * new as well. 0: the watch itself is new, and what is beside its logs was there before.
   */
  unseenSinceMs(path: string, watch: WatchSettings): number {
    const startedAtMs = this.#startedAtMs(path, watch);
    if (startedAtMs === undefined) return this.#addedAtMs.get(watch.name) ?? 0;
    const { clock, clockSteps } = this.#parts;
    const seenAtMs = this.#wereAllSeen ? clock.nowMs() : clockSteps.formerMs;
    return Math.max(startedAtMs, seenAtMs - NEWS_LATE_MS);
  }

  /** Since when what is new at a path is really new; undefined: all that is there may have been there before it was watched. */
  #startedAtMs(path: string, { name }: WatchSettings): number | undefined {
    const startedAtMs = this.#started.get(name);
    if (startedAtMs !== undefined || this.#former === null) return startedAtMs;
    return this.#started.get(this.#former.matchOfForm(path)?.watch.name ?? name);
  }

  /** Open the path and hand it to `use`, which returns whether it keeps the handle. */
  withFile(watched: WatchedPath, use: (file: OpenedFile) => boolean): void {
    let source: ByteSource | undefined;
    try {
      source = this.#parts.handles.open(watched.path);
      const look = source.look();
      if (look.kind === 'file' && use({ source, look })) source = undefined;
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      watched.error = error.message;
    } finally {
      source?.[Symbol.dispose]();
    }
  }

  /** A generation that nobody has seen before. */
  begin(path: string, match: FileMatch, file: OpenedFile): Tail {
    const { roster, handles } = this.#parts;
    const { source, look } = file;
    const tail = roster.begin(path, { watch: match.watch, source: match.source, look });
    tail.found = true;
    handles.give(tail, source);
    const { generation } = tail;
    generation.sizeBytes = look.sizeBytes;
    generation.modifiedAtMs = look.modifiedAtMs;
    try {
      this.#readBeginning(tail, file, { path, watch: match.watch });
      // Emptied since the look, and written anew before its beginning was read: that size was of other bytes.
      const now = source.look();
      if (now.sizeBytes < look.sizeBytes && headIsIntact(generation, source)) {
        generation.sizeBytes = now.sizeBytes;
        generation.modifiedAtMs = now.modifiedAtMs;
      }
    } catch (error) {
      handles.close(tail);
      roster.takeBack(tail);
      throw error;
    }
    return tail;
  }

  #readBeginning(
    { generation }: Tail,
    { source, look }: OpenedFile,
    { path, watch }: Readonly<{ path: string; watch: WatchSettings }>,
  ): void {
    if (watch.readFrom === 'end' && this.#startedAtMs(path, watch) === undefined) {
      generation.startOffset = look.sizeBytes;
      generation.committedOffset = look.sizeBytes;
      generation.handedOffset = look.sizeBytes;
      startReadingAt(generation, source, look.sizeBytes);
      generation.committedTail = generation.tail;
    }
    headIsIntact(generation, source);
  }

  /** Read on in a file that is known to hold the generation. */
  resume(tail: Tail, source: ByteSource): void {
    const { generation } = tail;
    const { seenOffset } = generation;
    tail.found = true;
    this.#parts.handles.give(tail, source);
    // What was seen last is not at hand: from now on what the file holds there is compared.
    if (generation.tail.length === 0 && seenOffset > 0) {
      const { readOffset } = generation;
      startReadingAt(generation, source, seenOffset);
      generation.readOffset = readOffset;
    }
    tail.atEnd = false;
  }
}
