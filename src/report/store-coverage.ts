/** Coverage from the state database: what was read, skipped and lost, and what became of the mails, since a moment. */
import type { Database } from '../base/database.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { mailCounts } from '../notify/mail-counts.ts';
import { ledgerSummary } from '../watch/ledger-summary.ts';
import type { Coverage } from './report.ts';

export function coverageSince(
  parts: Readonly<{ database: Database; reader: StoreReader }>,
  range: Readonly<{ sinceMs: number; readBytes: number }>,
): Coverage {
  const { database, reader } = parts;
  return {
    ...ledgerSummary(database, range),
    readBytes: range.readBytes,
    mails: mailCounts(database, range),
    diskBytes: reader.segments().reduce((sum, segment) => sum + segment.sizeBytes, 0),
  };
}
