/** `IngestService` for the thread that ingest runs on. */
import type { Clock } from '../base/clock.ts';
import { readCatalog } from '../engine/catalog.ts';
import { followedSinceMs } from '../watch/generation-facts.ts';
import { type BookChange, notificationsOf } from './archive-change.ts';
import { archiveEvents } from './archive-faults.ts';
import { applyClusterChange } from './cluster-change.ts';
import type { Ingest } from './ingest.ts';
import type { IngestParts } from './ingest-parts.ts';
import type { IngestService } from './ingest-service.ts';
import { type LiveStatus, statusOf } from './ingest-status.ts';

export type OwnServiceOptions = Readonly<{
  clock: Clock;
  live: () => LiveStatus;
  /** Called after a change that put rows into the outbox. */
  onOutbox: () => void;
}>;

export function serviceOf(
  ingest: Ingest,
  parts: IngestParts,
  { clock, live, onOutbox }: OwnServiceOptions,
): IngestService {
  const { book, cluster, database, engine, failures, savedQueries, watcher } = parts;
  return {
    status: async (files = 'all') => statusOf(parts, live(), files),
    drain: () => ingest.drain(),
    archivable: async () => watcher.archivable(),
    applyBook: async (change) => {
      const ids = applyBook(parts, change);
      if (notificationsOf(change).length > 0) onOutbox();
      return ids;
    },
    unfinishedMoves: async () => book.unfinished(),
    agesBehindMs: async () => ingest.maintenance.agesBehindMs(),
    lastRunAtMs: async () => book.runs.lastRun()?.startedAtMs ?? followedSinceMs(database),
    enqueue: (notification) => ingest.enqueue(notification),
    dueDeliveries: async (request) => failures.due(request),
    recordDelivery: async (result) => failures.record(result),
    actOnAlerts: (request) => ingest.actOnAlerts(request),
    changeSavedQuery: async (change) => savedQueries.apply(change, clock.nowMs()),
    startImport: async (request) => ingest.importJobs.start(request),
    importState: async (id) => ingest.importJobs.state(id),
    checkSegment: (number) => ingest.checkSegment(number),
    applyCluster: async (change) =>
      applyClusterChange(cluster, change, {
        catalog: () => readCatalog(database),
        nextSequence: engine.nextSequence,
      }),
  };
}

function applyBook(parts: IngestParts, change: BookChange): number[] {
  const { book, database, incidents, outbox, watcher } = parts;
  return database.transaction(() => {
    incidents.recordEvents(archiveEvents(parts, change));
    const moved = change.kind === 'done' ? book.rowsOf(change.ids) : [];
    for (const row of moved) watcher.archived(row.generation);
    for (const notification of notificationsOf(change)) outbox.enqueue(notification);
    return book.apply(change);
  });
}
