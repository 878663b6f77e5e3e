/** Changes of the archive book that open or end an incident: an archived file was found damaged, whole again, or is gone. */
import type { AlertEvent } from '../alert/alert-event.ts';
import { ARCHIVE_DAMAGED, archiveDamaged, archiveSettled } from '../alert/archive-incidents.ts';
import type { IncidentStore } from '../alert/incident-store.ts';
import type { ArchiveBook } from './archive-book.ts';
import type { BookChange } from './archive-change.ts';
import type { ArchiveRow } from './archive-row.ts';

/** To be called before the change is applied: what the book says then is what was known. */
export function archiveEvents(
  { book, incidents }: Readonly<{ book: ArchiveBook; incidents: IncidentStore }>,
  change: BookChange,
): AlertEvent[] {
  if (change.kind === 'removed') {
    const gone = book.rowsOf(change.ids).filter(({ fault }) => fault !== null);
    return gone.flatMap((row) => settled(incidents, row, { ...change, notification: null }));
  }
  if (change.kind !== 'verified') return [];
  const { atMs } = change;
  const known = new Map(book.rowsOf(change.files.map(({ id }) => id)).map((row) => [row.id, row]));
  return change.files.flatMap(({ id, fault, notification }) => {
    const row = known.get(id);
    if (row === undefined || (row.fault === null) === (fault === null)) return [];
    if (fault === null) return settled(incidents, row, { atMs, notification });
    const { archivePath, originalPath } = row;
    return [archiveDamaged({ archiveId: id, archivePath, originalPath, atMs, notification })];
  });
}

function settled(
  incidents: IncidentStore,
  { archivePath }: ArchiveRow,
  at: Parameters<typeof archiveSettled>[1],
): AlertEvent[] {
  return incidents
    .list({ rule: ARCHIVE_DAMAGED, state: 'open' })
    .filter(({ group }) => group.archive === archivePath)
    .map((incident) => archiveSettled(incident, at));
}
