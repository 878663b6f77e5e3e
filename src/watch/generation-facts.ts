/** How a generation was read, for whoever reads its bytes again; asked of the ledger beside the daemon that writes it. */
import type { Database } from '../base/database.ts';
import type { FileLook } from './file-look.ts';
import type { Encoding } from './generation.ts';

export type GenerationFacts = Readonly<{
  /** Name of its `[watch:NAME]`, as that was then. */
  watch: string;
  /** Where it was first seen. */
  path: string;
  encoding: Encoding;
  /** Everything before it is indexed, skipped or lost. */
  committedBytes: number;
}>;

/** Null: the ledger has forgotten it. */
export function generationFacts(database: Database, number: number): GenerationFacts | null {
  const row = database
    .prepare(
      'SELECT watch, first_path, encoding, committed_offset FROM watch_generation WHERE number = ?',
    )
    .get(number);
  if (row === undefined) return null;
  return {
    watch: String(row.watch),
    path: String(row.first_path),
    encoding: String(row.encoding) as Encoding,
    committedBytes: Number(row.committed_offset),
  };
}

/**
 * The generation that a file was read as for itself; null: none, or its bytes were passed over as a copy of another one's.
 */
export function generationReadFrom(
  database: Database,
  { key, birthMs }: Pick<FileLook, 'key' | 'birthMs'>,
): number | null {
  const row = database
    .prepare(
      `SELECT number, birth_ms FROM watch_generation WHERE file_key = ? AND NOT EXISTS (SELECT 1 FROM watch_span
         WHERE generation = number AND start_offset = 0 AND end_offset = committed_offset AND kind = 'skipped')
       ORDER BY number DESC LIMIT 1`,
    )
    .get(key);
  return row !== undefined && Number(row.birth_ms) === birthMs ? Number(row.number) : null;
}

/** Since when any section's files are followed, by this process or one before; null: not yet. */
export function followedSinceMs(database: Database): number | null {
  const row = database.prepare('SELECT min(at_ms) AS at_ms FROM watch_started').get();
  return row?.at_ms == null ? null : Number(row.at_ms);
}

/** The files that were followed when the ledger was last written, and since when with this content. */
export function liveFiles(
  database: Database,
): { generation: number; path: string; firstSeenAtMs: number }[] {
  return database
    .prepare("SELECT number, path, first_seen_at_ms FROM watch_generation WHERE state = 'live'")
    .all()
    .map((row) => ({
      generation: Number(row.number),
      path: String(row.path),
      firstSeenAtMs: Number(row.first_seen_at_ms),
    }));
}

/** What of a generation was passed over, and why. */
export function copySpans(
  database: Database,
  generation: number,
): { end: number; reason: string }[] {
  return database
    .prepare(
      "SELECT end_offset, reason FROM watch_span WHERE generation = ? AND start_offset = 0 AND kind = 'skipped'",
    )
    .all(generation)
    .map((row) => ({ end: Number(row.end_offset), reason: String(row.reason) }));
}
