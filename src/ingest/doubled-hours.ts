/**
 * Which files are in the hour that a clock set back has twice, and in which pass of it: a process that reads on cannot tell that
 * by the next stamp. Kept with the positions of these files, in the transaction that commits them; mostly there are none.
 */
import type { Database, Schema } from '../base/database.ts';
import type { CalendarMark } from '../parse/calendar.ts';

export const DOUBLED_HOURS_SCHEMA: Schema = {
  room: 'doubled-hours',
  steps: [
    `CREATE TABLE ingest_doubled_hour (
       generation  INTEGER PRIMARY KEY,
       local_ms    REAL NOT NULL,
       second_pass INTEGER NOT NULL
     ) STRICT;`,
  ],
};

/** A file that ended in such an hour leaves its row: of so many. */
const ROWS_MAX = 20_000;

export class DoubledHours {
  readonly #database: Database;
  /** By generation, as of the start: a parser that was opened since knows better. */
  readonly #marks = new Map<number, CalendarMark>();
  /** Generations that may have a row. */
  readonly #kept: Set<number>;

  private constructor(database: Database) {
    this.#database = database;
    for (const row of database.prepare('SELECT * FROM ingest_doubled_hour').all()) {
      this.#marks.set(Number(row['generation']), {
        localMs: Number(row['local_ms']),
        secondPass: row['second_pass'] === 1,
      });
    }
    this.#kept = new Set(this.#marks.keys());
  }

  static open(database: Database): DoubledHours {
    database.migrate(DOUBLED_HOURS_SCHEMA);
    database
      .prepare(
        `DELETE FROM ingest_doubled_hour WHERE generation <=
           (SELECT generation FROM ingest_doubled_hour ORDER BY generation DESC LIMIT 1 OFFSET ?)`,
      )
      .run(ROWS_MAX);
    return new DoubledHours(database);
  }

  /** Where the lines of a generation were when the process before this one ended; null: in no such hour. */
  markOf(generation: number): CalendarMark | null {
    return this.#marks.get(generation) ?? null;
  }

  /** Call inside the transaction that commits the positions of these generations. */
  record(marks: ReadonlyMap<number, CalendarMark | null>): void {
    for (const [generation, mark] of marks) {
      if (mark !== null) {
        this.#kept.add(generation);
        this.#database
          .prepare('INSERT OR REPLACE INTO ingest_doubled_hour VALUES (?, ?, ?)')
          .run(generation, mark.localMs, mark.secondPass ? 1 : 0);
      } else if (this.#kept.has(generation)) {
        this.#database
          .prepare('DELETE FROM ingest_doubled_hour WHERE generation = ?')
          .run(generation);
      }
    }
  }
}
