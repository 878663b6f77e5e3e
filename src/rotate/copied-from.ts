/** Of which other generation a file is a copy, as the ledger says. */
import type { Database } from '../base/database.ts';
import { copySpans } from '../watch/generation-facts.ts';
import { copiedGeneration } from '../watch/ledger.ts';
import type { CopiedFrom } from './skip-index.ts';

/** Null: its content was read as its own. */
export function copiedFrom(database: Database, generation: number): CopiedFrom | null {
  for (const { end, reason } of copySpans(database, generation)) {
    const number = copiedGeneration(reason);
    if (number !== null) return { generation: number, end };
  }
  return null;
}
