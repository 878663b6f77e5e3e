/**
 * An alert rule's finding: a piece of event time in which the rule's condition holds, for one group.
 *
 * Times are ms since the epoch; the microseconds of the entries are their fraction.
 */
import type { AlertSeverity } from './notification.ts';

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
}>;
