/**
 * The incidents of one group of one rule: pieces of event time in which the condition holds, those no more
 * than `resolveAfter` apart being one.
 *
 * Invariants: `incidents` is sorted and any two lie more than `resolveAfter` apart; which incidents there are
 * depends on the set of pieces added, not on their order.
 *
 * Old logs that are caught up with leave thousands of incidents in a book, all over, which no line may touch: the first ones that
 * are so are `quiet` and are not gone through for each line.
 */
import { assert } from '../base/assert.ts';
import type { AlertNotice } from '../model/notification.ts';
import type { HeldBy } from './alert-event.ts';

/** The end of trouble that has not ended: later than any stamp, and, unlike infinity, a number for JSON. */
export const OPEN_END_US = Number.MAX_SAFE_INTEGER;

export type IncidentState = {
  /** Empty until it is announced. */
  id: string;
  /** Arrival number of the line that announced it, and which of that line's incidents it is. */
  bornSequence: number;
  bornOrdinal: number;
  openUs: number;
  endUs: number;
  /** First and newest match. */
  firstUs: number;
  lastUs: number;
  /** Matches that are no longer held by the window. */
  countedLines: number;
  /** Late lines keep an incident that would be settled by its own time. */
  keptUs: number;
  phase: 'new' | 'open' | 'over';
  /** Whether people know of it: not yet, not before `heldUntilUs`, or yes. */
  told: 'no' | 'held' | 'yes';
  heldUntilUs: number;
  /** What keeps it back; null: nothing. */
  heldBy: HeldBy | null;
  /** When somebody acknowledged it; null: nobody did, or it ended, got worse or was taken back since. */
  ackedUs: number | null;
  /** Reminders that were due so far. */
  reminderCount: number;
  /** The opening that was sent last. */
  opening: AlertNotice['opening'] | null;
  /** The line that opened it was older than the rule's `backfillAfter`, so nobody was told. */
  backfill: boolean;
  /** It is told of in one digest with others found in the same old lines; absent: it is not. */
  inDigest?: boolean;
  /** Notifications decided to be sent. */
  notified: number;
  /** What was found, where it is more than a number of matches: `12 of 20 (60 %)`. */
  note: string | null;
};

/** The end of an incident that is closed with its rule: trouble that goes on has none of its own. */
export function endWhenClosed(
  { endUs, lastUs }: Pick<IncidentState, 'endUs' | 'lastUs'>,
  atUs: number,
): number {
  return endUs === OPEN_END_US ? Math.max(lastUs, atUs) : endUs;
}

export type Piece = Readonly<{ startUs: number; endUs: number; keptUs: number }>;

/** An announced incident became part of another. */
export type Merge = Readonly<{ from: IncidentState; into: IncidentState }>;

const NO_CHANGES = { changed: [], merges: [] } as const;

export class IncidentBook {
  readonly incidents: IncidentState[];
  /** How often incidents were removed or came to reach less far: lines may count for none now. */
  shrunkCount = 0;
  /** Changed since `takeChanges`. */
  #changed = new Set<IncidentState>();
  #merges: Merge[] = [];
  #resolveAfterUs: number;
  /** Of each of the first that are quiet: the smallest and the largest `settledAfterUs` up to it. */
  readonly #quietDueUs: number[] = [];
  readonly #quietUntilUs: number[] = [];

  constructor(resolveAfterUs: number, saved: readonly IncidentState[] = []) {
    this.#resolveAfterUs = resolveAfterUs;
    // What an earlier version wrote lacks what it did not know.
    this.incidents = saved.map((incident) => {
      return { ...newIncident({ startUs: 0, endUs: 0, keptUs: 0 }), ...incident };
    });
  }

  get resolveAfterUs(): number {
    return this.#resolveAfterUs;
  }

  /** A reload: holds for incidents from here on. */
  set resolveAfterUs(resolveAfterUs: number) {
    this.#resolveAfterUs = resolveAfterUs;
    this.shrunkCount += 1;
    this.#wake(0);
  }

  /** Those that may have something to say, in order; all before them are over, and did not change since. */
  awake(): readonly IncidentState[] {
    const { length } = this.#quietDueUs;
    // Nearly always: asked with each match, it makes nothing.
    return length === 0 ? this.incidents : this.incidents.slice(length);
  }

  /** All is said of every incident: those that are over say no more of themselves. */
  noteSaid(): void {
    const [dueUs, untilUs] = [this.#quietDueUs, this.#quietUntilUs];
    for (let index = dueUs.length; index < this.incidents.length; index += 1) {
      const incident = this.incidents[index]!;
      if (incident.phase !== 'over' || incident.told === 'held') return;
      const settledAfterUs = this.settledAfterUs(incident);
      dueUs.push(Math.min(dueUs.at(-1) ?? settledAfterUs, settledAfterUs));
      untilUs.push(Math.max(untilUs.at(-1) ?? settledAfterUs, settledAfterUs));
    }
  }

  /** Something changes from this one on. */
  #wake(index: number): void {
    if (index >= this.#quietDueUs.length) return;
    this.#quietDueUs.length = index;
    this.#quietUntilUs.length = index;
  }

  /** Index of the first that is not over before this moment, as far as it reaches. */
  indexAround(timeUs: number): number {
    const { incidents } = this;
    let low = 0;
    let high = incidents.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (incidents[middle]!.endUs + this.#resolveAfterUs < timeUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Join a piece with every incident it touches, or begin one. Returns the incident it is part of now. */
  add(piece: Piece): IncidentState {
    const { incidents } = this;
    const reachUs = this.#resolveAfterUs;
    let end = incidents.length;
    while (end > 0 && incidents[end - 1]!.openUs > piece.endUs + reachUs) end -= 1;
    let begin = end;
    while (begin > 0 && incidents[begin - 1]!.endUs + reachUs >= piece.startUs) begin -= 1;
    this.#wake(begin);
    if (begin === end) {
      const incident = newIncident(piece);
      incidents.splice(begin, 0, incident);
      this.#changed.add(incident);
      return incident;
    }
    const survivor = this.#join(begin, end);
    survivor.openUs = Math.min(survivor.openUs, piece.startUs);
    survivor.endUs = Math.max(survivor.endUs, piece.endUs);
    survivor.keptUs = Math.max(survivor.keptUs, piece.keptUs);
    this.#changed.add(survivor);
    return survivor;
  }

  /** Make one incident of those in `[begin, end)`: the one announced first. */
  #join(begin: number, end: number): IncidentState {
    const { incidents } = this;
    if (end - begin === 1) return incidents[begin]!;
    const joined = incidents.slice(begin, end);
    const survivor = joined.reduce((a, b) => (isBornBefore(b, a) ? b : a));
    for (const other of joined) {
      if (other === survivor) continue;
      survivor.openUs = Math.min(survivor.openUs, other.openUs);
      survivor.endUs = Math.max(survivor.endUs, other.endUs);
      survivor.firstUs = Math.min(survivor.firstUs, other.firstUs);
      survivor.lastUs = Math.max(survivor.lastUs, other.lastUs);
      survivor.keptUs = Math.max(survivor.keptUs, other.keptUs);
      survivor.countedLines += other.countedLines;
      survivor.note ??= other.note;
      survivor.notified += other.notified;
      survivor.ackedUs ??= other.ackedUs;
      if (other.told === 'yes' && survivor.told !== 'yes') {
        survivor.told = 'yes';
        survivor.opening = other.opening;
      }
      this.#changed.delete(other);
      if (other.phase !== 'new') this.#merges.push({ from: other, into: survivor });
    }
    incidents.splice(begin, end - begin, survivor);
    return survivor;
  }

  /** Trouble without an end has one now. `isMatch`: a line of the rule's condition ended it. */
  end(endUs: number, isMatch = true): void {
    const incident = this.incidents.at(-1);
    this.#wake(this.incidents.length - 1);
    assert(incident?.endUs === OPEN_END_US, 'what ends was going on');
    incident.endUs = endUs;
    if (isMatch) incident.lastUs = Math.max(incident.lastUs, endUs);
    this.#changed.add(incident);
  }

  /**
   * A line counts for the incident around it, and for one that begins up to `windowUs` behind it; between two, for both.
   * `keptUs`: until when that keeps them; null: they do not count lines, and only their first and newest may be others now.
   */
  noteLine(etUs: number, windowUs: number, keptUs: number | null): void {
    for (let index = this.incidents.length - 1; index >= 0; index -= 1) {
      const incident = this.incidents[index]!;
      if (incident.openUs - windowUs >= etUs) continue;
      if (incident.endUs <= etUs) return;
      const isAmong = incident.firstUs <= etUs && etUs <= incident.lastUs;
      if (isAmong && keptUs === null) continue;
      incident.firstUs = Math.min(incident.firstUs, etUs);
      incident.lastUs = Math.max(incident.lastUs, etUs);
      incident.keptUs = Math.max(incident.keptUs, keptUs ?? incident.keptUs);
      this.#wake(index);
      this.#changed.add(incident);
    }
  }

  /** What changed since the last call, in order of event time, and which incidents became part of others. */
  takeChanges(): Readonly<{ changed: readonly IncidentState[]; merges: readonly Merge[] }> {
    if (this.#changed.size === 0 && this.#merges.length === 0) return NO_CHANGES;
    const changed = [...this.#changed];
    if (changed.length > 1) changed.sort((a, b) => a.openUs - b.openUs);
    this.#changed.clear();
    const merges = this.#merges;
    this.#merges = [];
    return { changed, merges };
  }

  /** Incidents that nothing can change any more, now that nothing before `horizonUs` may arrive. */
  settledBefore(horizonUs: number): IncidentState[] {
    return this.incidents.filter(
      (incident) => incident.phase === 'over' && this.settledAfterUs(incident) < horizonUs,
    );
  }

  remove(settled: readonly IncidentState[]): void {
    if (settled.length === 0) return;
    this.shrunkCount += 1;
    this.#wake(0);
    const gone = new Set(settled);
    let write = 0;
    for (const incident of this.incidents) {
      if (gone.has(incident)) {
        this.#changed.delete(incident);
        continue;
      }
      this.incidents[write] = incident;
      write += 1;
    }
    this.incidents.length = write;
  }

  /** The horizon has to pass this moment before the incident is settled. */
  settledAfterUs(incident: IncidentState): number {
    return Math.max(incident.endUs + this.#resolveAfterUs, incident.keptUs);
  }

  /** Smallest moment the horizon has to pass before an incident is settled. */
  get settleDueUs(): number {
    let dueUs = this.#quietDueUs.at(-1) ?? Number.POSITIVE_INFINITY;
    for (let index = this.#quietDueUs.length; index < this.incidents.length; index += 1) {
      const incident = this.incidents[index]!;
      if (incident.phase === 'over') dueUs = Math.min(dueUs, this.settledAfterUs(incident));
    }
    return dueUs;
  }

  /** The horizon has to pass this moment before all incidents, were they over, are settled. */
  get settledUntilUs(): number {
    let untilUs = this.#quietUntilUs.at(-1) ?? Number.NEGATIVE_INFINITY;
    for (let index = this.#quietUntilUs.length; index < this.incidents.length; index += 1) {
      untilUs = Math.max(untilUs, this.settledAfterUs(this.incidents[index]!));
    }
    return untilUs;
  }
}

function isBornBefore(a: IncidentState, b: IncidentState): boolean {
  if (a.phase === 'new' || b.phase === 'new') return a.phase !== 'new' && b.phase === 'new';
  return (
    a.bornSequence < b.bornSequence ||
    (a.bornSequence === b.bornSequence && a.bornOrdinal < b.bornOrdinal)
  );
}

function newIncident(piece: Piece): IncidentState {
  return {
    id: '',
    bornSequence: 0,
    bornOrdinal: 0,
    openUs: piece.startUs,
    endUs: piece.endUs,
    firstUs: piece.startUs,
    lastUs: piece.startUs,
    countedLines: 0,
    keptUs: piece.keptUs,
    phase: 'new',
    told: 'no',
    heldUntilUs: 0,
    heldBy: null,
    ackedUs: null,
    reminderCount: 0,
    opening: null,
    backfill: false,
    notified: 0,
    note: null,
  };
}
