/** What the ingest thread says about itself: for `status`, metrics and health checks. Plain data. */
import type { OutboxCounts } from '../notify/outbox.ts';
import type { FileStatus } from '../watch/file-status.ts';

export type IngestStatus = LiveStatus &
  Readonly<{
    /** Entries in the index. */
    storedEntryCount: number;
    segmentCount: number;
    indexBytes: number;
    /** Bytes that are in followed files and not yet read. */
    lagBytes: number;
    lostBytes: number;
    skippedBytes: number;
    /** The newest losses. */
    losses: readonly Readonly<{ path: string; sizeBytes: number; reason: string; atMs: number }>[];
    files: readonly FileStatus[];
    openIncidentCount: number;
    outbox: OutboxCounts;
  }>;

/** What only the running loop knows. */
export type LiveStatus = Readonly<{
  /** Entries committed, and bytes of log files read, since the start. */
  entryCount: number;
  byteCount: number;
  lastCommitAtMs: number | null;
  /** Set while commits fail: what failed, and since when. */
  trouble: Readonly<{ message: string; sinceMs: number }> | null;
}>;
