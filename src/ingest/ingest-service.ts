/**
 * What other parts may ask of ingest, wherever it runs: in this thread (`once`, `rotate` without a daemon,
 * the library) or behind a thread boundary (the daemon). Everything that writes the state is in here.
 */
import type { AlertRequest } from '../model/alert-request.ts';
import type { FileRows } from '../model/file-rows.ts';
import type { Notification } from '../model/notification.ts';
import type { DeliveryResult, DueRequest, OutboxRow } from '../notify/outbox.ts';
import type { ArchivableFile } from '../watch/archivable.ts';
import type { BookChange } from './archive-change.ts';
import type { ArchiveRow } from './archive-row.ts';
import type { ClusterChange } from './cluster-change.ts';
import type { ImportRequest, ImportState } from './import-jobs.ts';
import type { IngestStatus } from './ingest-status.ts';
import type { DrainResult } from './read-loop.ts';
import type { SavedQueryChange } from './saved-queries.ts';

export type IngestService = Readonly<{
  /** `files`: of which there are rows. Default: all. */
  status(files?: FileRows): Promise<IngestStatus>;
  /** Read everything there is to its end and commit it. */
  drain(): Promise<DrainResult>;
  /** Files that are followed, with what a rotation has to know of them. */
  archivable(): Promise<ArchivableFile[]>;
  /** Change the archive book; for `begin` the new ids. */
  applyBook(change: BookChange): Promise<number[]>;
  unfinishedMoves(): Promise<ArchiveRow[]>;
  /** How far behind the wall clock ages are reckoned: one that has just gone far ahead is not believed yet. */
  agesBehindMs(): Promise<number>;
  /** When the rotation began that ran last; before the first, since when files are followed. Null: not yet. */
  lastRunAtMs(): Promise<number | null>;
  /** Queue a notification; resolves when it is durable. */
  enqueue(notification: Notification): Promise<void>;
  /** Deliveries that are due and may begin. */
  dueDeliveries(request: DueRequest): Promise<OutboxRow[]>;
  recordDelivery(result: DeliveryResult): Promise<void>;
  /** What people do about alerts; resolves when it is durable. */
  actOnAlerts(request: AlertRequest): Promise<void>;
  /** False: there was none of this name to remove. */
  changeSavedQuery(change: SavedQueryChange): Promise<boolean>;
  /** Bring a file in that nobody watches; the number to ask with how far that is. */
  startImport(request: ImportRequest): Promise<number>;
  importState(id: number): Promise<ImportState>;
  /** A reader found this segment damaged: one that is, is set aside, and people are told. */
  checkSegment(number: number): Promise<void>;
  /** Change the cluster book. */
  applyCluster(change: ClusterChange): Promise<void>;
}>;

/** The names of the calls, so that a thread can serve them and another can call them. */
export const INGEST_CALLS = [
  'status',
  'drain',
  'archivable',
  'applyBook',
  'unfinishedMoves',
  'agesBehindMs',
  'lastRunAtMs',
  'enqueue',
  'dueDeliveries',
  'recordDelivery',
  'actOnAlerts',
  'changeSavedQuery',
  'startImport',
  'importState',
  'checkSegment',
  'applyCluster',
] as const satisfies readonly (keyof IngestService)[];
