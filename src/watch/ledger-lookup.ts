/** What the ledger says of one file, for `trace`: read by anybody, beside the daemon that writes it. */
import type { Database } from '../base/database.ts';
import type { Span, SpanKind } from './ledger.ts';

/** A generation as far as it is committed. */
export type GenerationFate = Readonly<{
  number: number;
  path: string;
  firstPath: string;
  source: string;
  state: string;
  encoding: string;
  skipReason: string | null;
  /** How its file is compressed; offsets are those of the content. */
  packed: string | null;
  startOffset: number;
  committedOffset: number;
  /** Number of the line that begins at `committedOffset`; 0 unknown. */
  committedLine: number;
  sizeBytes: number;
  firstSeenAtMs: number;
  lastReadAtMs: number;
  endedAtMs: number | null;
  spans: readonly Span[];
}>;

/** Generations of one path that are told of: a log that rotates every hour for two days. */
const GENERATIONS_MAX = 50;

const COLUMNS = `number, path, first_path, source, state, encoding, skip_reason, packed, start_offset, committed_offset,
  committed_line, size_bytes, first_seen_at_ms, last_read_at_ms, ended_at_ms`;

/** Generations that are or were at `path`, or in the file that is there now (`key`), newest first. */
export function fatesOf(
  database: Database,
  file: Readonly<{ path: string; key: string | null }>,
): GenerationFate[] {
  const { path, key } = file;
  return database
    .prepare(
      `SELECT ${COLUMNS} FROM watch_generation WHERE path = ? OR first_path = ? OR file_key = ?
       ORDER BY number DESC LIMIT ?`,
    )
    .all(path, path, key, GENERATIONS_MAX)
    .map((row) => ({
      number: Number(row.number),
      path: String(row.path),
      firstPath: String(row.first_path),
      source: String(row.source),
      state: String(row.state),
      encoding: String(row.encoding),
      skipReason: row.skip_reason === null ? null : String(row.skip_reason),
      packed: row.packed === null ? null : String(row.packed),
      startOffset: Number(row.start_offset),
      committedOffset: Number(row.committed_offset),
      committedLine: Number(row.committed_line),
      sizeBytes: Number(row.size_bytes),
      firstSeenAtMs: Number(row.first_seen_at_ms),
      lastReadAtMs: Number(row.last_read_at_ms),
      endedAtMs: row.ended_at_ms === null ? null : Number(row.ended_at_ms),
      spans: spansOf(database, Number(row.number)),
    }));
}

function spansOf(database: Database, generation: number): Span[] {
  return database
    .prepare(
      `SELECT start_offset, end_offset, kind, reason, at_ms FROM watch_span
       WHERE generation = ? ORDER BY start_offset`,
    )
    .all(generation)
    .map((row) => ({
      generation,
      start: Number(row.start_offset),
      end: Number(row.end_offset),
      kind: String(row.kind) as SpanKind,
      reason: String(row.reason),
      atMs: Number(row.at_ms),
    }));
}
