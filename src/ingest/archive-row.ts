/** A file in the archive, or on its way there: one row of the archive book (`archive-book.ts`). */
import type { Compression } from '../config/settings.ts';

/** A move as it is entered before anything is done. */
export type NewArchiveRow = Readonly<{
  originalPath: string;
  originalRoot: string;
  generation: number;
  device: number;
  inode: number;
  source: string;
  archivePath: string;
  archiveRoot: string;
  temporaryPath: string;
  sizeBytes: number;
  compression: Compression;
  modifiedAtMs: number;
  movedAtMs: number;
}>;

/** What is known once the archive has the file. */
export type StoredFile = Readonly<{
  how: 'link' | 'copy';
  /** Of the original bytes. */
  sha256: string;
  lines: number;
  /** Of the file in the archive. */
  storedBytes: number;
  storedSha256: string;
}>;

export type ArchiveRow = NewArchiveRow &
  Readonly<{
    id: number;
    state: 'moving' | 'stored' | 'done';
    stored: StoredFile | null;
    /** When it was last read again, and what was found; null: never, nothing. */
    verifiedAtMs: number | null;
    fault: string | null;
    /** Of its entries, as they were known when it moved; null: it had none. */
    firstAtUs: number | null;
    lastAtUs: number | null;
  }>;

/** A row of the table, as it was read. */
export function archiveRowOf(row: Readonly<Record<string, unknown>>): ArchiveRow {
  const stored: StoredFile | null =
    row.sha256 === null
      ? null
      : {
          how: row.how === 'link' ? 'link' : 'copy',
          sha256: String(row.sha256),
          lines: Number(row.lines),
          storedBytes: Number(row.stored_bytes),
          storedSha256: String(row.stored_sha256),
        };
  return {
    id: Number(row.id),
    state: row.state as ArchiveRow['state'],
    originalPath: String(row.original_path),
    originalRoot: String(row.original_root),
    generation: Number(row.generation),
    device: Number(row.device),
    inode: Number(row.inode),
    source: String(row.source),
    archivePath: String(row.archive_path),
    archiveRoot: String(row.archive_root),
    temporaryPath: String(row.temporary_path),
    sizeBytes: Number(row.size_bytes),
    compression: row.compression as Compression,
    firstAtUs: numberOrNull(row.first_at_us),
    lastAtUs: numberOrNull(row.last_at_us),
    verifiedAtMs: numberOrNull(row.verified_at_ms),
    fault: row.fault === null ? null : String(row.fault),
    modifiedAtMs: Number(row.modified_at_ms),
    movedAtMs: Number(row.moved_at_ms),
    stored,
  };
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}
