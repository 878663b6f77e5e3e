/**
 * Kind `new`: a value that was never seen before, once the rule has learnt for a while. It is about knowledge, so it
 * goes by order of arrival; every line teaches, late ones and history too.
 *
 * Known values are kept as 64 bits of a hash, at most `KNOWN_MAX` of them: beyond, the one longest not seen goes.
 */
import { createHash } from 'node:crypto';
import { type IncidentBook, OPEN_END_US } from '../incident-book.ts';
import type { Match, Window } from './window.ts';

/** A hash in a set, as V8 holds it. */
const KNOWN_BYTES = 72;

/** Known values of a rule: 1.6 MB as saved. */
export const KNOWN_MAX = 100_000;

const HASH_DIGITS = 16;

export type SavedNew = Readonly<{ known: readonly string[] }>;

/** Values that were seen since, longest ago first. */
export type KnownChange = Readonly<{ kind: 'known'; seen: readonly string[] }>;

export class NewWindow implements Window {
  readonly spanUs = OPEN_END_US;
  readonly dueUs = Number.POSITIVE_INFINITY;
  mayShowLast = false;
  readonly #learntAtUs: number;
  /** Longest not seen first. */
  readonly #known: Set<string>;
  /** Seen since `takeChange`, longest ago first. */
  readonly #seen = new Set<string>();

  constructor(learntAtUs: number, saved: SavedNew | null = null) {
    this.#learntAtUs = learntAtUs;
    this.#known = new Set(saved?.known);
  }

  get heldCount(): number {
    return 0;
  }

  /** A new value is told at once. */
  shownSinceUs(newestUs: number): number {
    return newestUs;
  }

  get historyBytes(): number {
    return this.#known.size * KNOWN_BYTES;
  }

  add(match: Match, book: IncidentBook): void {
    const { etUs, keptUs, atUs, value } = match;
    const hash = createHash('sha256').update(value!).digest('hex').slice(0, HASH_DIGITS);
    this.#seen.delete(hash);
    this.#seen.add(hash);
    this.mayShowLast = !see(this.#known, hash) && atUs >= this.#learntAtUs;
    if (!this.mayShowLast) return;
    const incident = book.add({ startUs: etUs, endUs: etUs, keptUs });
    incident.countedLines += 1;
    incident.note ??= `"${value}" for the first time`;
    incident.firstUs = Math.min(incident.firstUs, etUs);
    incident.lastUs = Math.max(incident.lastUs, etUs);
  }

  decide(): void {}

  countOf({ countedLines }: Readonly<{ countedLines: number }>): number {
    return countedLines;
  }

  forget(): void {}

  cut(): number {
    return 0;
  }

  save(): SavedNew {
    return { known: [...this.#known] };
  }

  takeChange(): KnownChange {
    const seen = [...this.#seen];
    this.#seen.clear();
    return { kind: 'known', seen };
  }
}

/** Values seen since only matter by when each was seen last: the order of the others among them is lost, and not needed. */
export function knownWith({ known }: SavedNew, { seen }: KnownChange): SavedNew {
  const all = new Set(known);
  for (const hash of seen) see(all, hash);
  return { known: [...all] };
}

/** Whether it was known. The one longest not seen goes where there is no room. */
function see(known: Set<string>, hash: string): boolean {
  const isKnown = known.delete(hash);
  known.add(hash);
  if (known.size > KNOWN_MAX) {
    for (const oldest of known) {
      known.delete(oldest);
      break;
    }
  }
  return isKnown;
}
