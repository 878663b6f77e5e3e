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

export class NewWindow implements Window {
  readonly spanUs = OPEN_END_US;
  readonly dueUs = Number.POSITIVE_INFINITY;
  readonly #learntAtUs: number;
  /** Longest not seen first. */
  readonly #known: Set<string>;

  constructor(learntAtUs: number, saved: SavedNew | null = null) {
    this.#learntAtUs = learntAtUs;
    this.#known = new Set(saved?.known);
  }

  get heldCount(): number {
    return 0;
  }

  get historyBytes(): number {
    return this.#known.size * KNOWN_BYTES;
  }

  add(match: Match, book: IncidentBook): void {
    const { etUs, keptUs, atUs, value } = match;
    const hash = createHash('sha256').update(value!).digest('hex').slice(0, HASH_DIGITS);
    const isKnown = this.#known.delete(hash);
    this.#known.add(hash);
    if (isKnown) return;
    if (this.#known.size > KNOWN_MAX) {
      for (const oldest of this.#known) {
        this.#known.delete(oldest);
        break;
      }
    }
    if (atUs < this.#learntAtUs) return;
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
}
