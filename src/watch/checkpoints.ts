/**
 * Writes how far each generation is committed, inside the transaction that makes its entries visible.
 *
 * Whether that transaction was committed is read back from the database (`epoch`): if it was rolled back, each generation
 * is committed as far as it was before, and what was to be written is written with the next one. What is written in between
 * (`writeChanges`) must not say that entries are there which are not.
 */
import type { Clock } from '../base/clock.ts';
import type { Accounts } from './accounts.ts';
import type { ClockSteps } from './clock-steps.ts';
import { tailBefore } from './fingerprint.ts';
import { type GenerationRecord, NO_BYTES } from './generation.ts';
import type { Ledger } from './ledger.ts';
import { RECORD_KEPT_MS } from './limits.ts';
import { type Roster, rowOf } from './roster.ts';
import type { Tail } from './tail.ts';

/** How far the entries of a generation may be committed: the first byte that must be read again after a crash. */
export type SafePosition = Readonly<{
  offsetBytes: number;
  /** Number of the line that begins there, counted from 1; 0 unknown. */
  line: number;
  /** The bytes before it, where they were known when the position was taken. */
  tail?: Buffer;
}>;

export type CheckpointParts = Readonly<{
  clock: Clock;
  roster: Roster;
  ledger: Ledger;
  accounts: Accounts;
  clockSteps: ClockSteps;
  takeMoved: () => Tail[];
}>;

/** How far a generation is committed. */
type Committed = Pick<
  GenerationRecord,
  'committedOffset' | 'committedLine' | 'committedTail' | 'cuts'
>;

type InFlight = Readonly<{
  epoch: number;
  /** Each with what it was before. */
  tails: ReadonlyMap<Tail, Committed>;
  spans: ReturnType<Accounts['take']>;
}>;

/** Changes that no entry carries (a rename, a loss) are written after this long at the latest. */
const WRITE_ANYWAY_MS = 5_000;
/** Records that are too old are looked for this often. */
const FORGET_EVERY_MS = 3_600_000;

export class Checkpoints {
  readonly #parts: CheckpointParts;
  #epoch: number;
  #inFlight: InFlight | null = null;
  /** Written in a transaction that was rolled back. */
  readonly #rolledBack = new Set<Tail>();
  #forgetAtMs = 0;
  #writtenAtMs: number;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
    this.#epoch = parts.ledger.epoch();
    this.#writtenAtMs = parts.clock.monotonicMs();
  }

  withTails(safe: ReadonlyMap<number, SafePosition>): Map<number, SafePosition> {
    const positions = new Map<number, SafePosition>();
    for (const [number, position] of safe) {
      const generation = this.#parts.roster.tail(number)?.generation;
      const isLast = generation?.seenOffset === position.offsetBytes;
      positions.set(number, isLast ? { ...position, tail: generation.tail } : position);
    }
    return positions;
  }

  /** Call inside the transaction. */
  write(safe: ReadonlyMap<number, SafePosition>): void {
    this.settle();
    const { roster, ledger, accounts, clock, clockSteps, takeMoved } = this.#parts;
    const tails = new Map<Tail, Committed>();
    const spans = accounts.take();
    this.#epoch += 1;
    // Known from the beginning: the disk may be full in the middle.
    this.#inFlight = { epoch: this.#epoch, tails, spans };
    for (const [number, position] of safe) {
      const tail = roster.tail(number);
      if (tail === undefined) continue;
      tails.set(tail, committedOf(tail.generation));
      commit(tail, position);
    }
    for (const tail of new Set([...takeMoved(), ...this.#rolledBack])) {
      const before = committedOf(tail.generation);
      const isToWrite = commitSkips(tail.generation) || tail.generation.changed;
      if (isToWrite && !tails.has(tail)) tails.set(tail, before);
    }
    this.#rolledBack.clear();
    for (const tail of roster.tails()) {
      if (tail.generation.changed && !tails.has(tail)) {
        tails.set(tail, committedOf(tail.generation));
      }
    }
    for (const { generation } of tails.keys()) {
      ledger.save(rowOf(generation));
      generation.changed = false;
    }
    accounts.write(ledger, spans);
    ledger.saveEpoch(this.#epoch);
    clockSteps.save();
    this.#forgetOld();
    this.#writtenAtMs = clock.monotonicMs();
  }

  /** Write what no entry carries, if nothing was written for a while; in a transaction of its own. */
  writeAnyway(): void {
    if (this.#parts.clock.monotonicMs() - this.#writtenAtMs < WRITE_ANYWAY_MS) return;
    this.writeChanges();
  }

  /** The same at once. */
  writeChanges(): void {
    const { accounts, ledger } = this.#parts;
    if (!accounts.hasPending && !this.#hasChanges()) return;
    ledger.transaction(() => this.write(new Map()));
  }

  /** Was the last checkpoint committed? Then what ended is dropped; else it never was, and is to be written again. */
  settle(): void {
    const inFlight = this.#inFlight;
    if (inFlight === null) return;
    const { roster, ledger, accounts } = this.#parts;
    this.#inFlight = null;
    if (ledger.epoch() !== inFlight.epoch) {
      for (const [tail, before] of inFlight.tails) {
        Object.assign(tail.generation, before, { changed: true });
        this.#rolledBack.add(tail);
      }
      accounts.putBack(inFlight.spans);
      return;
    }
    for (const tail of inFlight.tails.keys()) {
      const { state, handedOffset, committedOffset, changed } = tail.generation;
      if (state !== 'ended' && state !== 'archived') continue;
      if (handedOffset > committedOffset || changed) continue;
      roster.drop(tail);
      accounts.close(tail.generation);
    }
  }

  /** Whether a record differs from its row. */
  #hasChanges(): boolean {
    for (const tail of this.#parts.roster.tails()) if (tail.generation.changed) return true;
    return false;
  }

  #forgetOld(): void {
    const { clock, ledger } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#forgetAtMs) return;
    this.#forgetAtMs = nowMs + FORGET_EVERY_MS;
    ledger.forget(clock.nowMs() - RECORD_KEPT_MS);
  }
}

function committedOf(generation: GenerationRecord): Committed {
  const { committedOffset, committedLine, committedTail, cuts } = generation;
  return { committedOffset, committedLine, committedTail, cuts };
}

function commit(tail: Tail, position: SafePosition): void {
  const { generation } = tail;
  const { handedOffset, readOffset } = generation;
  const all = position.offsetBytes >= handedOffset;
  const offset = all ? Math.max(handedOffset, readOffset) : position.offsetBytes;
  generation.committedLine = position.line;
  if (offset === generation.committedOffset) return;
  generation.committedOffset = offset;
  const known = offset === position.offsetBytes ? position.tail : undefined;
  generation.committedTail = known ?? tailAt(tail, offset);
  generation.cuts = generation.cuts.filter((cut) => cut >= offset);
}

/** What was skipped behind the last entry needs no entry to be committed. */
function commitSkips(generation: GenerationRecord): boolean {
  const { handedOffset, committedOffset, readOffset } = generation;
  if (handedOffset > committedOffset || readOffset <= committedOffset) return false;
  generation.committedOffset = readOffset;
  generation.committedTail = readOffset === generation.seenOffset ? generation.tail : NO_BYTES;
  return true;
}

function tailAt(tail: Tail, offset: number): Buffer {
  const { generation, source } = tail;
  if (offset === generation.seenOffset) return generation.tail;
  if (source === null) return NO_BYTES;
  try {
    return tailBefore(generation, source, offset) ?? NO_BYTES;
  } catch {
    return NO_BYTES;
  }
}
