/**
 * Incidents that no rule opens: an archived file that is not what was put there, and is whole again or gone. They lie beside
 * those of the rules and are listed, told and acknowledged like them.
 */
import type { Incident } from '../model/incident.ts';
import type { Notification } from '../model/notification.ts';
import type { AlertEvent, AlertEventName } from './alert-event.ts';
import { incidentIdOf } from './incident-id.ts';

/** What stands where a rule's name would. */
export const ARCHIVE_DAMAGED = 'archive-damaged';
export const ARCHIVE_DAMAGED_TEXT = 'An archived file is not what was put there';

/** Of which file, and when. */
export type ArchiveFinding = Readonly<{
  archiveId: number;
  archivePath: string;
  originalPath: string;
  atMs: number;
  notification: Notification | null;
}>;

export function archiveDamaged(found: ArchiveFinding): AlertEvent {
  const { archiveId, archivePath, originalPath, atMs, notification } = found;
  const birth = { group: String(archiveId), sequence: atMs, ordinal: 0 };
  const incident: Incident = {
    id: incidentIdOf(`logstead:${ARCHIVE_DAMAGED}`, birth),
    rule: ARCHIVE_DAMAGED,
    severity: 'high',
    group: { archive: archivePath, original: originalPath },
    openedAtMs: atMs,
    resolvedAtMs: null,
    count: 1,
    firstAtMs: atMs,
    lastAtMs: atMs,
    notified: notification === null ? 0 : 1,
    backfill: false,
    condition: null,
    heldBy: null,
    heldUntilMs: null,
    acknowledgedAtMs: null,
  };
  return eventOf('opened', incident, { atMs, notification });
}

/** It is whole again, or was let go of. */
export function archiveSettled(
  incident: Incident,
  { atMs, notification }: Pick<ArchiveFinding, 'atMs' | 'notification'>,
): AlertEvent {
  const over = {
    ...incident,
    resolvedAtMs: atMs,
    notified: incident.notified + (notification === null ? 0 : 1),
  };
  return eventOf('resolved', over, { atMs, notification });
}

export function archiveAcknowledged(incident: Incident, atMs: number, note: string): AlertEvent {
  const taken = { ...incident, acknowledgedAtMs: atMs };
  return { ...eventOf('acknowledged', taken, { atMs, notification: null }), note };
}

export function archiveUnacknowledged(incident: Incident, atMs: number, note: string): AlertEvent {
  const open = { ...incident, acknowledgedAtMs: null };
  return { ...eventOf('unacknowledged', open, { atMs, notification: null }), note };
}

function eventOf(
  name: AlertEventName,
  incident: Incident,
  { atMs, notification }: Pick<ArchiveFinding, 'atMs' | 'notification'>,
): AlertEvent {
  const us = Math.round(atMs * 1000);
  return {
    ...{ name, incident, mergedInto: null },
    ...{ dueUs: us, sequence: 0, atUs: us, readCompleteUs: us },
    heldBy: notification === null ? 'none' : null,
    note: null,
    notification,
  };
}
