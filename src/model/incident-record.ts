/** Incidents as they leave the program (`alerts --json`, HTTP): text for times. A contract. */
import { timestampText } from './entry-record.ts';
import type { Incident } from './incident.ts';
import type { AlertSeverity } from './notification.ts';

export type IncidentRecord = Readonly<{
  id: string;
  rule: string;
  severity: AlertSeverity;
  state: 'open' | 'resolved';
  openedAt: string;
  resolvedAt: string | null;
  firstAt: string;
  lastAt: string;
  /** Matching entries. */
  count: number;
  group: Readonly<Record<string, string>>;
  /** Notifications decided to be sent. */
  notified: number;
  /** Found in entries that were too old to tell people of when they arrived. */
  backfill: boolean;
}>;

export function incidentRecordOf(incident: Incident): IncidentRecord {
  const { id, rule, severity, group, count, notified, backfill, resolvedAtMs } = incident;
  return {
    id,
    rule,
    severity,
    state: resolvedAtMs === null ? 'open' : 'resolved',
    openedAt: timestampText(incident.openedAtMs * 1_000),
    resolvedAt: resolvedAtMs === null ? null : timestampText(resolvedAtMs * 1_000),
    firstAt: timestampText(incident.firstAtMs * 1_000),
    lastAt: timestampText(incident.lastAtMs * 1_000),
    count,
    group,
    notified,
    backfill,
  };
}
