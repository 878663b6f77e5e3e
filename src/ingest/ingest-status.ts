/** What the ingest thread says about itself: for `status`, metrics and health checks. Plain data. */
import type { RuleStatus } from '../alert/rule-status.ts';
import { type DamageRow, readCatalog, readDamage } from '../engine/catalog.ts';
import type { FileRows } from '../model/file-rows.ts';
import type { OutboxCounts } from '../notify/outbox.ts';
import type { DeletedFiles } from '../watch/deleted-files.ts';
import type { FileStatus, FileTotals } from '../watch/file-status.ts';
import { type ClusterProgress, clusterProgress } from './cluster-queue.ts';
import type { IngestParts } from './ingest-parts.ts';
import type { PressureStep } from './pressure.ts';

export type IngestStatus = LiveStatus &
  Readonly<{
    /** Entries in the index. */
    storedEntryCount: number;
    segmentCount: number;
    indexBytes: number;
    /** Segments that were damaged, and what was in them. */
    setAside: SetAside;
    /** Bytes that are in followed files and not yet read. */
    lagBytes: number;
    lostBytes: number;
    skippedBytes: number;
    /** The newest losses. */
    losses: readonly Readonly<{ path: string; sizeBytes: number; reason: string; atMs: number }>[];
    /** Those that were asked for; `fileTotals` is of all. */
    files: readonly FileStatus[];
    fileTotals: FileTotals;
    /** Watched folders that cannot be listed: what is in them is not known. */
    failedFolders: readonly Readonly<{ path: string; error: string }>[];
    /** Deleted files that are still open here, and what they take of the disk. */
    deletedFiles: DeletedFiles;
    openIncidentCount: number;
    /** Every rule at work: what it saw, holds and costs. */
    rules: readonly RuleStatus[];
    outbox: OutboxCounts;
    /** What was and is to be copied to a cluster. */
    cluster: ClusterProgress;
  }>;

export type SetAside = Readonly<{
  segmentCount: number;
  entryCount: number;
  /** When the last one was found; null: there are none. */
  lastAtMs: number | null;
}>;

/** What only the running loop knows. */
export type LiveStatus = Readonly<{
  /** Entries committed, and bytes of log files read, since the start. */
  entryCount: number;
  byteCount: number;
  lastCommitAtMs: number | null;
  /** Set while commits fail: what failed, and since when. */
  trouble: Readonly<{ message: string; sinceMs: number }> | null;
  /** How long the batch that is being sealed and committed has been on its way; null: none is. */
  committingForMs: number | null;
  /** Where on the ladder of `pressure.ts` the disk of the index is. */
  diskPressure: PressureStep;
}>;

/** Losses told one by one; the ledger has all of them. */
const LOSSES_SHOWN_MAX = 20;

export function statusOf(parts: IngestParts, live: LiveStatus, asked: FileRows): IngestStatus {
  const { database, watcher, incidents, outbox, evaluator } = parts;
  const catalog = readCatalog(database);
  const losses = watcher.losses(LOSSES_SHOWN_MAX);
  const lost = new Set(losses.map(({ path }) => path));
  const { files, totals: fileTotals } = watcher.fileStatuses(asked, lost);
  const totals = watcher.totals();
  return {
    ...live,
    storedEntryCount: catalog.reduce((sum, row) => sum + row.rowCount, 0),
    segmentCount: catalog.length,
    indexBytes: catalog.reduce((sum, row) => sum + row.sizeBytes, 0),
    setAside: setAsideOf(readDamage(database)),
    lagBytes: fileTotals.lagBytes,
    lostBytes: totals.lostBytes,
    skippedBytes: totals.skippedBytes,
    losses: losses.map(({ path, start, end, reason, atMs }) => ({
      path,
      sizeBytes: end - start,
      reason,
      atMs,
    })),
    files,
    fileTotals,
    failedFolders: [...watcher.failedFolders()].map(([path, error]) => ({ path, error })),
    deletedFiles: watcher.deletedFiles(),
    openIncidentCount: incidents.list({ state: 'open' }).length,
    rules: evaluator.describe(),
    outbox: outbox.counts(),
    cluster: clusterProgress(database),
  };
}

function setAsideOf(damage: readonly DamageRow[]): SetAside {
  const lastAtMs = damage.reduce((last, { foundAtMs }) => Math.max(last, foundAtMs), 0);
  return {
    segmentCount: damage.length,
    entryCount: damage.reduce((sum, { rowCount }) => sum + rowCount, 0),
    lastAtMs: damage.length === 0 ? null : lastAtMs,
  };
}
