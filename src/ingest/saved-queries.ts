/**
 * Queries that people keep under a name. Written by the ingest thread, like all of the state; read by anybody.
 *
 * Names compare as they are written. A name that is taken is written over: that is how a query is changed.
 */
import type { Database, Schema } from '../base/database.ts';
import { OperatorError } from '../base/errors.ts';
import { timestampText } from '../model/entry-record.ts';
import type { SavedQuery } from '../model/saved-query.ts';

export const SAVED_QUERY_SCHEMA: Schema = {
  room: 'saved_queries',
  steps: [
    `CREATE TABLE saved_query (
      name TEXT PRIMARY KEY,
      q TEXT NOT NULL,
      since TEXT,
      until TEXT,
      saved_at_ms INTEGER NOT NULL
    ) STRICT;`,
  ],
};

/** More than one list can show; a script that makes more has gone wild. */
export const SAVED_QUERIES_MAX = 500;

export type NewSavedQuery = Omit<SavedQuery, 'savedAt'>;

export type SavedQueryChange =
  | Readonly<{ kind: 'save'; query: NewSavedQuery }>
  | Readonly<{ kind: 'remove'; name: string }>;

export class SavedQueries {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** For the writer: makes the table. */
  static open(database: Database): SavedQueries {
    database.migrate(SAVED_QUERY_SCHEMA);
    return new SavedQueries(database);
  }

  /** For readers: the table must be there. */
  static read(database: Database): SavedQueries {
    return new SavedQueries(database);
  }

  /** By name. */
  list(): SavedQuery[] {
    return this.#database
      .prepare('SELECT * FROM saved_query ORDER BY name')
      .all()
      .map((row) => ({
        name: String(row['name']),
        q: String(row['q']),
        since: row['since'] === null ? null : String(row['since']),
        until: row['until'] === null ? null : String(row['until']),
        savedAt: timestampText(Number(row['saved_at_ms']) * 1_000),
      }));
  }

  /** Durable when it returns. False: there was none of this name to remove. */
  apply(change: SavedQueryChange, nowMs: number): boolean {
    return this.#database.transaction(() => {
      if (change.kind === 'remove') {
        return this.#database.prepare(REMOVE).run(change.name).changes > 0;
      }
      const { name, q, since, until } = change.query;
      this.#refuseMore(name);
      this.#database.prepare(SAVE).run(name, q, since, until, nowMs);
      return true;
    });
  }

  #refuseMore(name: string): void {
    const row = this.#database
      .prepare('SELECT count(*) AS others FROM saved_query WHERE name <> ?')
      .get(name);
    if (Number(row?.['others'] ?? 0) < SAVED_QUERIES_MAX) return;
    throw new OperatorError(
      'USAGE',
      `Cannot save the query "${name}": there are ${SAVED_QUERIES_MAX} already`,
      { hint: 'Remove one that nobody uses' },
    );
  }
}

const SAVE = `INSERT INTO saved_query VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET q = excluded.q, since = excluded.since, until = excluded.until,
    saved_at_ms = excluded.saved_at_ms`;
const REMOVE = 'DELETE FROM saved_query WHERE name = ?';
