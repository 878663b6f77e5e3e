/** How a generation was read, for whoever reads its bytes again; asked of the ledger beside the daemon that writes it. */
import type { Database } from '../base/database.ts';
import type { Encoding } from './generation.ts';

export type GenerationFacts = Readonly<{
  /** Name of its `[watch:NAME]`. */
  watch: string;
  encoding: Encoding;
}>;

/** Null: the ledger has forgotten it. */
export function generationFacts(database: Database, number: number): GenerationFacts | null {
  const row = database
    .prepare('SELECT watch, encoding FROM watch_generation WHERE number = ?')
    .get(number);
  if (row === undefined) return null;
  return { watch: String(row.watch), encoding: String(row.encoding) as Encoding };
}
