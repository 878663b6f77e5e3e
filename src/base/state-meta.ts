/** Small named values of the state database: counters and clocks that belong to a commit. */
import type { Database, Schema } from './database.ts';

export const META_SCHEMA: Schema = {
  room: 'meta',
  steps: ['CREATE TABLE meta (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT'],
};

export function readMeta(database: Database, name: string): number | null {
  const row = database.prepare('SELECT value FROM meta WHERE name = ?').get(name);
  return row === undefined ? null : Number(row.value);
}

/** Inside the caller's transaction. */
export function writeMeta(database: Database, name: string, value: number): void {
  database
    .prepare(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
    .run(name, value);
}
