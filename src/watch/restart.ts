/**
 * What a former process left, taken up again: the generations it followed, at their committed offsets, and what others kept
 * of the bytes it had read and not committed.
 *
 * All of it comes before the first round.
 */
import { keptCopy } from '../base/thread-memory.ts';
import type { Accounts } from './accounts.ts';
import { lookOrNothing } from './file-look.ts';
import { learnBeginning } from './fingerprint.ts';
import { type Generation, NO_BYTES } from './generation.ts';
import type { GenerationRow } from './generation-row.ts';
import type { Ledger } from './ledger.ts';
import { TAIL_BYTES } from './limits.ts';
import type { FileMatch, Patterns } from './patterns.ts';
import type { Roster } from './roster.ts';
import type { Tail } from './tail.ts';

export type RestartParts = Readonly<{
  roster: Roster;
  ledger: Ledger;
  accounts: Accounts;
  patterns: () => Patterns;
  /** Read on in the file at a path. */
  followIn: (tail: Tail, path: string) => void;
}>;

/** How far the bytes of a generation were kept elsewhere. */
export type KeptPoint = Readonly<{
  offsetBytes: number;
  insideLine: boolean;
  /** The last piece of them, as far as it is at hand, and where it begins; by it the file, or a copy of it, is known to be the same. */
  kept?: Readonly<{ start: number; bytes: Buffer }>;
}>;

export class Restart {
  readonly #parts: RestartParts;

  constructor(parts: RestartParts) {
    this.#parts = parts;
  }

  /** Follow again what was followed when the last process ended. */
  restore(): void {
    const { ledger, roster, patterns } = this.#parts;
    ledger.forgetUncommittedSpans();
    for (const row of ledger.followed()) {
      const match = patterns().match(row.path);
      const wanted = this.#wantedBy(row);
      if (wanted === undefined) continue;
      const tail = roster.restore(row, wanted);
      if (row.state !== 'live') continue;
      if (match === undefined) {
        // The watch that had this name is gone: it is as if the log had been renamed to one that nobody watches.
        Object.assign(tail.generation, { state: 'rotated', changed: true });
        continue;
      }
      const watched = roster.path(row.path) ?? roster.addPath(row.path, match);
      watched.siblingsAtMs = row.siblingsAtMs;
      if (watched.tail !== null) supersede(watched.tail, tail);
      roster.lead(watched, tail);
    }
  }

  /** The bytes before `point` are handed over already: reading goes on behind them. */
  resume(number: number, point: KeptPoint): void {
    const generation = this.#parts.roster.tail(number)?.generation;
    const { offsetBytes, insideLine, kept = { start: 0, bytes: NO_BYTES } } = point;
    if (generation === undefined || offsetBytes <= generation.committedOffset) return;
    const isWhole = kept.start + kept.bytes.length === offsetBytes;
    generation.readOffset = offsetBytes;
    generation.seenOffset = offsetBytes;
    generation.handedOffset = offsetBytes;
    generation.sizeBytes = Math.max(generation.sizeBytes, offsetBytes);
    learnBeginning(generation, kept.bytes, kept.start);
    generation.tail = isWhole ? keptCopy(kept.bytes.subarray(-TAIL_BYTES)) : NO_BYTES;
    generation.insideLine = insideLine;
    generation.insideHole = false;
    generation.probed = true;
    if (insideLine) generation.cuts.push(offsetBytes);
  }

  /** The same, where what was read last is a hole of NULs: nothing of it was handed over. */
  resumeBehindHole(number: number, hole: Readonly<{ start: number; end: number }>): void {
    const { roster, accounts } = this.#parts;
    const generation = roster.tail(number)?.generation;
    const { end } = hole;
    if (generation === undefined || end <= generation.committedOffset) return;
    accounts.add(generation, { ...hole, kind: 'skipped', reason: 'hole of NUL bytes' });
    generation.readOffset = end;
    generation.seenOffset = end;
    generation.sizeBytes = Math.max(generation.sizeBytes, end);
    generation.tail = NO_BYTES;
    generation.insideHole = false;
    generation.changed = true;
  }

  /** A writer had gone on in one that had ended; undefined: all of it is committed, or no watch names it any more. */
  recall(number: number, endBytes: number): Generation | undefined {
    const { ledger, roster } = this.#parts;
    const row = ledger.find(number);
    if (row === undefined || row.committedOffset >= endBytes) return undefined;
    const wanted = this.#wantedBy(row);
    if (wanted === undefined) return undefined;
    const { generation } = roster.restore(row, wanted);
    Object.assign(generation, { state: 'rotated', endedAtMs: null, changed: true });
    return generation;
  }

  /**
   * How a generation is read on: as its path says, else, where that is a rotated name or none that is watched, as the log does
   * that it was. Undefined: nobody wants that any more, though the section it belonged to may still be there.
   */
  #wantedBy(row: GenerationRow): FileMatch | undefined {
    const patterns = this.#parts.patterns();
    return patterns.match(row.path) ?? patterns.matchOfForm(row.firstPath);
  }

  /** Where somebody wrote more to the archived file at `path` since the ledger was written, that is read. */
  followArchived(number: number, path: string): void {
    const { ledger, roster, followIn } = this.#parts;
    const row = ledger.find(number);
    const look = lookOrNothing(path);
    const hasGrown = look?.kind === 'file' && look.sizeBytes > (row?.committedOffset ?? 0);
    if (row === undefined || !hasGrown || look.key !== row.key) return;
    const isFollowed = roster.tail(number) !== undefined;
    if (!isFollowed && this.recall(number, look.sizeBytes) === undefined) return;
    const tail = roster.tail(number);
    if (tail === undefined || tail.source !== null) return;
    followIn(tail, path);
  }
}

/** Both were last seen live under one path: the older one was followed by the newer when the process ended. */
function supersede(older: Tail, newer: Tail): void {
  const { generation } = older;
  const inPlace = generation.key === newer.generation.key;
  generation.state = inPlace ? 'replaced' : 'rotated';
  generation.wasReplaced ||= inPlace;
  generation.changed = true;
  newer.waitsFor.push(older);
}
