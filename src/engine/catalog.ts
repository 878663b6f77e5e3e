/**
 * The catalog: which segments exist. A segment is visible from the commit of its row on.
 *
 * Small segments are kept inside their row (`bytes`), large ones in a file (`file`, a path below the segments folder).
 * Only the ingest thread writes; any process may read.
 */
import type { Database, Schema } from '../base/database.ts';

export const ENGINE_SCHEMA: Schema = {
  room: 'engine',
  steps: [
    `CREATE TABLE engine_store (
       only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
       store_id TEXT NOT NULL,
       next_segment INTEGER NOT NULL,
       next_sequence INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE engine_segment (
       number INTEGER PRIMARY KEY,
       file TEXT,
       bytes BLOB,
       size_bytes INTEGER NOT NULL,
       raw_bytes INTEGER NOT NULL,
       row_count INTEGER NOT NULL,
       min_us INTEGER NOT NULL,
       max_us INTEGER NOT NULL,
       min_sequence INTEGER NOT NULL,
       max_sequence INTEGER NOT NULL,
       levels INTEGER NOT NULL,
       CHECK ((file IS NULL) <> (bytes IS NULL))
     ) STRICT;
     CREATE TABLE engine_removed (file TEXT PRIMARY KEY) STRICT;
     CREATE TABLE engine_damage (
       number INTEGER PRIMARY KEY,
       file TEXT,
       row_count INTEGER NOT NULL,
       min_us INTEGER NOT NULL,
       max_us INTEGER NOT NULL,
       found_at_ms INTEGER NOT NULL,
       reason TEXT NOT NULL
     ) STRICT;`,
    // Segments whose texts are dense: nothing is left to gain from writing them anew.
    'CREATE TABLE engine_dense (number INTEGER PRIMARY KEY) STRICT;',
    // Where the word index of a file lies, so that a segment without a word need not be opened to know that.
    `ALTER TABLE engine_segment ADD COLUMN words_at INTEGER;
     ALTER TABLE engine_segment ADD COLUMN words_bytes INTEGER;`,
  ],
};

/** The tables after so many steps know where word indexes are. */
const STEPS_WITH_WORD_PLACES = 3;

/** What the catalog says of a segment. */
export type CatalogRow = Readonly<{
  number: number;
  /** Below the segments folder; null: the bytes are in the row. */
  file: string | null;
  sizeBytes: number;
  rawBytes: number;
  rowCount: number;
  minUs: number;
  maxUs: number;
  minSequence: number;
  maxSequence: number;
  /** Bit per level code. */
  levels: number;
  /** Where in its file the word index is; null: its footer says. */
  words: BytesPlace | null;
}>;

export type BytesPlace = Readonly<{ at: number; length: number }>;

export type StoreIdentity = Readonly<{
  storeId: string;
  nextSegment: number;
  nextSequence: number;
}>;

export type DamageRow = Readonly<{
  number: number;
  file: string | null;
  rowCount: number;
  minUs: number;
  maxUs: number;
  foundAtMs: number;
  reason: string;
}>;

/** The store's identity, given now if the tables are new. */
export function openIdentity(database: Database): StoreIdentity {
  const known = readIdentity(database);
  if (known !== null) return known;
  const fresh = {
    storeId: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex'),
    nextSegment: 1,
    nextSequence: 1,
  };
  database
    .prepare('INSERT INTO engine_store VALUES (1, ?, ?, ?)')
    .run(fresh.storeId, fresh.nextSegment, fresh.nextSequence);
  return fresh;
}

export function readIdentity(database: Database): StoreIdentity | null {
  const row = database.prepare('SELECT * FROM engine_store').get();
  if (row === undefined) return null;
  return {
    storeId: String(row['store_id']),
    nextSegment: Number(row['next_segment']),
    nextSequence: Number(row['next_sequence']),
  };
}

/**
 * The store goes on from a backup, or from its segments alone. The life before may have given the next numbers to files that
 * are still in the folder, or in a backup: none of them shall have the name of a new one. So numbers go on with that of the
 * millisecond: no life has made one in each.
 */
export function beginAnotherLife(database: Database, nowMs: number): void {
  database.prepare('UPDATE engine_store SET next_segment = max(next_segment, ?)').run(nowMs);
}

/** A database made anew takes the id that its segments carry. */
export function adoptStoreId(database: Database, storeId: string): void {
  database.prepare('UPDATE engine_store SET store_id = ?').run(storeId);
}

export function writeIdentity(database: Database, next: Omit<StoreIdentity, 'storeId'>): void {
  database
    .prepare('UPDATE engine_store SET next_segment = ?, next_sequence = ?')
    .run(next.nextSegment, next.nextSequence);
}

const COLUMNS =
  'number, file, size_bytes, raw_bytes, row_count, min_us, max_us, min_sequence, max_sequence, levels';
const WORD_COLUMNS = 'words_at, words_bytes';

/** Whether the tables know where word indexes are: a reader may come before the daemon that brings them up to date. */
export function hasWordPlaces(database: Database): boolean {
  const kept = database.prepare('SELECT version FROM schema_version WHERE room = ?');
  return Number(kept.get(ENGINE_SCHEMA.room)?.['version'] ?? 0) >= STEPS_WITH_WORD_PLACES;
}

/**
 * All visible segments, oldest number first. One statement, so one consistent set. `words` is filled where it is asked for
 * (`hasWordPlaces`).
 */
export function readCatalog(database: Database, { withWords = false } = {}): CatalogRow[] {
  const columns = withWords ? `${COLUMNS}, ${WORD_COLUMNS}` : COLUMNS;
  return database
    .prepare(`SELECT ${columns} FROM engine_segment ORDER BY number`)
    .all()
    .map((row) => ({
      number: Number(row['number']),
      file: row['file'] === null ? null : String(row['file']),
      sizeBytes: Number(row['size_bytes']),
      rawBytes: Number(row['raw_bytes']),
      rowCount: Number(row['row_count']),
      minUs: Number(row['min_us']),
      maxUs: Number(row['max_us']),
      minSequence: Number(row['min_sequence']),
      maxSequence: Number(row['max_sequence']),
      levels: Number(row['levels']),
      words: wordPlaceOf(row['words_at'], row['words_bytes']),
    }));
}

function wordPlaceOf(at: unknown, length: unknown): BytesPlace | null {
  return typeof at === 'number' && typeof length === 'number' ? { at, length } : null;
}

export function isListed(database: Database, number: number): boolean {
  return (
    database.prepare('SELECT 1 FROM engine_segment WHERE number = ?').get(number) !== undefined
  );
}

/** The bytes kept inside a row; undefined where the row is gone. */
export function readInlineBytes(database: Database, number: number): Uint8Array | undefined {
  const row = database.prepare('SELECT bytes FROM engine_segment WHERE number = ?').get(number);
  const bytes = row?.['bytes'];
  return bytes instanceof Uint8Array ? bytes : undefined;
}

export function insertSegment(database: Database, row: CatalogRow, bytes: Uint8Array | null): void {
  database
    .prepare(
      `INSERT INTO engine_segment (${COLUMNS}, ${WORD_COLUMNS}, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      row.number,
      row.file,
      row.sizeBytes,
      row.rawBytes,
      row.rowCount,
      row.minUs,
      row.maxUs,
      row.minSequence,
      row.maxSequence,
      row.levels,
      row.words?.at ?? null,
      row.words?.length ?? null,
      bytes,
    );
}

export function deleteSegment(database: Database, number: number): void {
  database.prepare('DELETE FROM engine_segment WHERE number = ?').run(number);
  database.prepare('DELETE FROM engine_dense WHERE number = ?').run(number);
}

export function noteDense(database: Database, number: number): void {
  database.prepare('INSERT OR IGNORE INTO engine_dense VALUES (?)').run(number);
}

export function readDense(database: Database): Set<number> {
  const rows = database.prepare('SELECT number FROM engine_dense').all();
  return new Set(rows.map((row) => Number(row['number'])));
}

/** Note files that nothing refers to any more, in the transaction that let them go. They are unlinked after it. */
export function noteRemoved(database: Database, file: string): void {
  database.prepare('INSERT OR IGNORE INTO engine_removed VALUES (?)').run(file);
}

export function readRemoved(database: Database): string[] {
  return database
    .prepare('SELECT file FROM engine_removed')
    .all()
    .map((row) => String(row['file']));
}

export function forgetRemoved(database: Database, file: string): void {
  database.prepare('DELETE FROM engine_removed WHERE file = ?').run(file);
}

export function insertDamage(database: Database, damage: DamageRow): void {
  database
    .prepare('INSERT OR IGNORE INTO engine_damage VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(
      damage.number,
      damage.file,
      damage.rowCount,
      damage.minUs,
      damage.maxUs,
      damage.foundAtMs,
      damage.reason,
    );
}

/** Segments that were set aside are listed again. */
export function forgetDamage(database: Database, number: number): void {
  database.prepare('DELETE FROM engine_damage WHERE number = ?').run(number);
}

export function readDamage(database: Database): DamageRow[] {
  return database
    .prepare('SELECT * FROM engine_damage ORDER BY number')
    .all()
    .map((row) => ({
      number: Number(row['number']),
      file: row['file'] === null ? null : String(row['file']),
      rowCount: Number(row['row_count']),
      minUs: Number(row['min_us']),
      maxUs: Number(row['max_us']),
      foundAtMs: Number(row['found_at_ms']),
      reason: String(row['reason']),
    }));
}
