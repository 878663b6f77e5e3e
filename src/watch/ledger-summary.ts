/** What the ledger says of a stretch of time, for reports: read by anybody, beside the daemon that writes it. */
import type { Database } from '../base/database.ts';

export type LedgerSummary = Readonly<{
  /** Files followed now. */
  filesFollowed: number;
  /** Found in that time. */
  skippedBytes: number;
  lostBytes: number;
  /** The largest losses. */
  losses: readonly Readonly<{ path: string; sizeBytes: number; reason: string; atMs: number }>[];
}>;

/** Losses told one by one; more of them are told as their sum. */
const LOSSES_MAX = 10;

/** The range is of the arrival clock: when a loss was found, not when its lines were written. */
export function ledgerSummary(
  database: Database,
  { sinceMs, untilMs }: Readonly<{ sinceMs: number; untilMs: number }>,
): LedgerSummary {
  const bytesOf = (kind: 'skipped' | 'lost'): number => {
    const row = database
      .prepare(
        `SELECT sum(end_offset - start_offset) AS bytes FROM watch_span
          WHERE kind = ? AND at_ms >= ? AND at_ms < ?`,
      )
      .get(kind, sinceMs, untilMs);
    return Number(row?.bytes ?? 0);
  };
  const losses = database
    .prepare(
      `SELECT path, end_offset - s.start_offset AS bytes, reason, at_ms
        FROM watch_span s JOIN watch_generation ON number = generation
        WHERE kind = 'lost' AND at_ms >= ? AND at_ms < ? ORDER BY bytes DESC, generation LIMIT ?`,
    )
    .all(sinceMs, untilMs, LOSSES_MAX)
    .map((row) => ({
      path: String(row.path),
      sizeBytes: Number(row.bytes),
      reason: String(row.reason),
      atMs: Number(row.at_ms),
    }));
  const followed = database
    .prepare(`SELECT count(*) AS count FROM watch_generation WHERE state = 'live'`)
    .get();
  return {
    filesFollowed: Number(followed?.count ?? 0),
    skippedBytes: bytesOf('skipped'),
    lostBytes: bytesOf('lost'),
    losses,
  };
}
