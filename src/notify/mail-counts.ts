/** What became of the mails of a stretch of time, for reports; whoever may read the state database may ask. */
import type { Database } from '../base/database.ts';

export type MailCounts = Readonly<{ sent: number; failed: number; waiting: number }>;

/** Sent and given up in that time; waiting now. */
export function mailCounts(
  database: Database,
  { sinceMs, untilMs }: Readonly<{ sinceMs: number; untilMs: number }>,
): MailCounts {
  const row = database
    .prepare(
      `SELECT
        count(*) FILTER (WHERE state = 'sent' AND done_ms >= :since AND done_ms < :until) AS sent,
        count(*) FILTER (WHERE state = 'dead' AND done_ms >= :since AND done_ms < :until) AS failed,
        count(*) FILTER (WHERE state IN ('queued', 'failed', 'held')) AS waiting
        FROM deliveries WHERE channel = 'email'`,
    )
    .get({ since: sinceMs, until: untilMs });
  return {
    sent: Number(row?.sent ?? 0),
    failed: Number(row?.failed ?? 0),
    waiting: Number(row?.waiting ?? 0),
  };
}
