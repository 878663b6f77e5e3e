/** A rehearsal as it leaves the program (`alerts test --json`, HTTP). A contract. */
import type { HeldBy } from '../alert/alert-event.ts';
import { timestampText } from '../model/entry-record.ts';
import { type IncidentRecord, incidentRecordOf } from '../model/incident-record.ts';
import type { Delivered } from './deliveries.ts';
import type { Rehearsal } from './rehearse.ts';

export type RehearsalRecord = Readonly<{
  mode: Rehearsal['mode'];
  since: string;
  /** Oldest first. */
  incidents: readonly IncidentRecord[];
  incidentCount: number;
  notificationCount: number;
  delivered: readonly Delivered[];
  held: readonly Readonly<{ by: HeldBy; count: number }>[];
  notes: readonly string[];
}>;

/** With the newest `incidentsMax` incidents; all are counted. */
export function rehearsalRecordOf(rehearsal: Rehearsal, incidentsMax: number): RehearsalRecord {
  const { mode, sinceUs, incidents, notificationCount, delivered, held, notes } = rehearsal;
  return {
    mode,
    since: timestampText(sinceUs),
    incidents: incidents.slice(-incidentsMax).map(incidentRecordOf),
    incidentCount: incidents.length,
    notificationCount,
    delivered,
    held,
    notes,
  };
}
