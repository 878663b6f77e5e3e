/**
 * The skeleton that every kind of rule fits: matches of one group go in, pieces of event time in which the
 * condition holds come out into the group's incident book.
 *
 * A window never looks at a clock, and its answer does not depend on the order of arrival inside the lateness.
 */
import type { IncidentBook, IncidentState } from '../incident-book.ts';
import type { WindowChange } from './window-change.ts';

/** Bits of `Match.roles`. */
export const ROLE = {
  /** The rule's condition holds. */
  WHEN: 1,
  /** The second condition holds: `of` of a rate, `next` of a sequence. */
  SECOND: 2,
} as const;

/** One line that concerns the rule, as a window sees it. */
export type Match = Readonly<{
  /** Its event time; for a late line the read-complete time of its arrival, up to which it is remembered. */
  etUs: number;
  keptUs: number;
  /** Nothing before this moment may arrive any more, but late. */
  horizonUs: number;
  atUs: number;
  roles: number;
  /** Value of the rule's field; null for kinds without one. */
  value: string | null;
  generation: number;
  offset: number;
}>;

export interface Window {
  /** How far apart in event time two lines can still count together; `OPEN_END_US`: the window never forgets. */
  readonly spanUs: number;
  /** From when on a line may still have to be shown, now that one of `newestUs` has come; absent: for `spanUs`. */
  shownSinceUs?(newestUs: number): number;
  /** Whether the line added last may be one of trouble; absent: each may. */
  readonly mayShowLast?: boolean;
  /** The line to begin with where an incident is shown, by event time; absent: its first match. */
  firstShownUs?(incident: IncidentState): number;
  /** Lines held in memory. */
  readonly heldCount: number;
  /** Bytes of what it remembers beside lines; absent: nothing. */
  readonly historyBytes?: number;
  /** `decide` has something to decide once the horizon has passed this moment. */
  readonly dueUs: number;
  add(match: Match, book: IncidentBook): void;
  /** Kinds that settle: decide everything before `horizonUs`, for good. */
  decide(horizonUs: number, book: IncidentBook): void;
  /** Matches of an incident so far. */
  countOf(incident: IncidentState): number;
  /** Whether `forget` would let go of a line that could still change something; absent: it never does. */
  mayForget?(horizonUs: number, book: IncidentBook): boolean;
  /** Let go of what can no longer change anything, now that nothing before `horizonUs` may arrive. */
  forget(horizonUs: number, book: IncidentBook): void;
  /** Let go of all but the newest `heldMax` lines: exactness for memory. Returns how many went. */
  cut(heldMax: number): number;
  /** Nothing could be written before this moment, whatever the lines say; returns whether that changes anything. */
  gap?(toUs: number): boolean;
  /** Plain data for `JSON.stringify`. */
  save(): unknown;
  /** What changed since the last call, or since it was opened with what `save` gave: see `window-change.ts`. */
  takeChange?(): WindowChange;
}

/** Event time of the line to begin with where an incident is shown. */
export function firstShownUs(window: Window, incident: IncidentState): number {
  return window.firstShownUs?.(incident) ?? incident.firstUs;
}
