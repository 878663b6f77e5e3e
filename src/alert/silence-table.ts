/** Silences in the state database. Those that have ended are kept: a late line may ask for one, and people look back. */
import type { Database } from '../base/database.ts';
import type { Silence } from '../model/silence.ts';
import { SILENCE_KEPT_US } from './holders.ts';

/** As long as the record of arrivals that a rehearsal repeats (`alert-log.ts`). */
const ENDED_KEPT_US = 92 * 86_400_000_000;

export class SilenceTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Those that ended long ago go. Inside the caller's transaction. */
  put({ id, query, fromUs, untilUs, who, why }: Silence): void {
    this.#database
      .prepare('DELETE FROM alert_silences WHERE until_us < ?')
      .run(fromUs - ENDED_KEPT_US);
    this.#database
      .prepare('INSERT INTO alert_silences VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(id, query, fromUs, untilUs, who, why);
  }

  /** Let a silence end at this moment; inside the caller's transaction. */
  end(id: string, untilUs: number): void {
    this.#database
      .prepare('UPDATE alert_silences SET until_us = min(until_us, ?) WHERE id = ?')
      .run(untilUs, id);
  }

  /** Those that have not ended at this moment; without one all that are kept. Oldest first. */
  list(atUs = Number.MIN_SAFE_INTEGER): Silence[] {
    return this.#database
      .prepare('SELECT * FROM alert_silences WHERE until_us > ? ORDER BY from_us, id')
      .all(atUs)
      .map((row) => ({
        id: String(row.id),
        query: String(row.query),
        fromUs: Number(row.from_us),
        untilUs: Number(row.until_us),
        who: String(row.who),
        why: String(row.why),
      }));
  }

  /** Those that may still hold something back: what ended before the last thing that was said does not. */
  current(): Silence[] {
    const row = this.#database
      .prepare('SELECT max(read_complete_us) AS us FROM incident_history')
      .get();
    return this.list(row?.us == null ? undefined : Number(row.us) - SILENCE_KEPT_US);
  }
}
