/**
 * The skeleton that every kind of rule fits: matches of one group go in, pieces of event time in which the
 * condition holds come out into the group's incident book.
 *
 * A window never looks at a clock, and its answer does not depend on the order of arrival inside the lateness.
 */
import type { IncidentBook, IncidentState } from '../incident-book.ts';

/** One matching line, as a window sees it. */
export type Match = Readonly<{
  etUs: number;
  /** Its event time; for a late line the read-complete time of its arrival, up to which it is remembered. */
  keptUs: number;
  /** Nothing before this moment may arrive any more, but late. */
  horizonUs: number;
}>;

export interface Window {
  /** How far apart in event time two lines can still count together. */
  readonly spanUs: number;
  /** Lines held in memory. */
  readonly heldCount: number;
  add(match: Match, book: IncidentBook): void;
  /** Matches of an incident so far. */
  countOf(incident: IncidentState): number;
  /** Let go of what can no longer change anything, now that nothing before `horizonUs` may arrive. */
  forget(horizonUs: number, book: IncidentBook): void;
  /** Let go of all but the newest `heldMax` lines: exactness for memory. Returns how many went. */
  cut(heldMax: number): number;
  /** Plain data for `JSON.stringify`. */
  save(): unknown;
}
