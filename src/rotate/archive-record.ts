/** An archived file as `archives list --json` and the manifests print it. A contract. */
import type { Compression } from '../config/settings.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { timestampText } from '../model/entry-record.ts';

export type ArchiveRecord = Readonly<{
  path: string;
  originalPath: string;
  /** Of the original bytes. */
  sha256: string | null;
  bytes: number;
  lines: number | null;
  source: string;
  generation: number;
  compression: Compression;
  storedBytes: number | null;
  storedSha256: string | null;
  /** Of its entries; null: it had none. */
  first: string | null;
  last: string | null;
  modified: string;
  moved: string;
}>;

export function archiveRecordOf(row: ArchiveRow): ArchiveRecord {
  const { stored, firstAtUs, lastAtUs } = row;
  return {
    path: row.archivePath,
    originalPath: row.originalPath,
    sha256: stored?.sha256 ?? null,
    bytes: row.sizeBytes,
    lines: stored?.lines ?? null,
    source: row.source,
    generation: row.generation,
    compression: row.compression,
    storedBytes: stored?.storedBytes ?? null,
    storedSha256: stored?.storedSha256 ?? null,
    first: firstAtUs === null ? null : timestampText(firstAtUs),
    last: lastAtUs === null ? null : timestampText(lastAtUs),
    modified: timestampText(row.modifiedAtMs * 1000),
    moved: timestampText(row.movedAtMs * 1000),
  };
}
