/**
 * An alert rule's finding: a piece of event time in which the rule's condition holds, for one group.
 *
 * Times are ms since the epoch; the microseconds of the entries are their fraction.
 */
import type { AlertSeverity } from './notification.ts';

/** What a rule may ask of the entries that match; `src/alert/README.md` says what each means. */
export const RULE_KINDS = [
  'any',
  'threshold',
  'absence',
  'rate',
  'metric',
  'cardinality',
  'spike',
  'drop',
  'sequence',
  'change',
  'new',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

export type Incident = Readonly<{
  /** First 16 hex digits of a SHA-256. */
  id: string;
  rule: string;
  severity: AlertSeverity;
  group: Readonly<Record<string, string>>;
  openedAtMs: number;
  /** End of the trouble in event time; null while open. */
  resolvedAtMs: number | null;
  /** Matching entries so far. */
  count: number;
  firstAtMs: number;
  lastAtMs: number;
  /** Notifications decided to be sent. */
  notified: number;
  /** Found in entries that were too old to tell people of when they arrived. */
  backfill: boolean;
  /** What found the entries its rule counted, in the query language; null: a function of a program, or not known. */
  condition: string | null;
  /** Why nobody was told yet of an open one; null: people were, or it is over. */
  heldBy: string | null;
  /** Until when, where that is known. */
  heldUntilMs: number | null;
  /** Somebody takes care of it; null: nobody, or it got worse since. */
  acknowledgedAtMs: number | null;
}>;
