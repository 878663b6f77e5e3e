/**
 * The one door to SQLite (`node:sqlite`): the small transactional state beside the segments.
 *
 * - One writer: the ingest thread (or a command that took the daemon's lock). Readers open `readOnly`.
 * - Lines and mails lie in it: like the segments beside it, it is open to its user and group alone.
 * - WAL with `synchronous = FULL`: a returned commit survives a power cut.
 * - Each room owns its tables and lists the steps that made them; `migrate` runs the missing ones.
 */
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { OperatorError, systemCodeOf } from './errors.ts';

/** How long a reader waits for a checkpoint lock. Writers never wait for each other: there is one. */
const BUSY_TIMEOUT_MS = 5_000;

/** SQLite would leave it to the umask; what it makes beside a database has the mode of that. */
const FILE_MODE = 0o640;
const OTHERS = 0o007;
const FILES_BESIDE = ['', '-wal', '-shm'] as const;

/** A room's tables: each step is run once, in order, and never changed after a release. */
export type Schema = Readonly<{ room: string; steps: readonly string[] }>;

/** What to do about a state that a newer version wrote. */
export const NEWER_HINT =
  'Use the newer Logstead that wrote it, or restore a backup made before the upgrade';

export type DatabaseOptions = Readonly<{ readOnly?: boolean }>;

export class Database implements Disposable {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;

  private constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** Open or create the database at `path`; `:memory:` keeps it in memory. */
  static open(path: string, options: DatabaseOptions = {}): Database {
    const readOnly = options.readOnly ?? false;
    if (!readOnly && path !== ':memory:') closeToOthers(path);
    const connection = new DatabaseSync(path, { readOnly, timeout: BUSY_TIMEOUT_MS });
    if (!readOnly) {
      connection.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;',
      );
    }
    return new Database(connection);
  }

  /**
   * Whether every page of a database can be read and makes sense; true where there is none. Throws where the system does not let
   * SQLite look, as on a full disk: nothing is known of the database then.
   */
  static isWhole(path: string): boolean {
    if (!existsSync(path)) return true;
    try {
      using database = Database.open(path);
      return database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok';
    } catch (cause) {
      if (isRefusalOfSystem(cause)) throw cause;
      return false; // Whatever SQLite says of it: it cannot be used.
    }
  }

  /**
   * Whether something was ever committed: not where all of it lay in the log beside the database (`-wal`), and that is gone or damaged.
   * True where it cannot be asked.
   */
  static hasTables(path: string): boolean {
    try {
      using database = Database.open(path, { readOnly: true });
      return database.hasTables();
    } catch {
      return true; // Whoever opens it to use it is told why.
    }
  }

  hasTables(): boolean {
    return this.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
  }

  /** A prepared statement, kept for the life of the connection. `sql` is a constant, never built from data. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Run `work` in one transaction: all of it is durable when this returns, or none if it throws. An inner call joins the outer one. */
  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.#connection.exec('BEGIN IMMEDIATE');
    this.#inTransaction = true;
    try {
      const result = work();
      this.#connection.exec('COMMIT');
      return result;
    } catch (cause) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw cause;
    } finally {
      this.#inTransaction = false;
    }
  }

  /** Bring a room's tables up to date. Throws STATE_NEWER if they were made by a newer version. */
  migrate(schema: Schema): void {
    this.#connection.exec(
      'CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT',
    );
    this.transaction(() => {
      const row = this.prepare('SELECT version FROM schema_version WHERE room = ?').get(
        schema.room,
      );
      const version = Number(row?.version ?? 0);
      if (version > schema.steps.length) throw newerTables(schema.room, version, schema);
      for (const step of schema.steps.slice(version)) this.#connection.exec(step);
      this.prepare(
        'INSERT INTO schema_version VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version',
      ).run(schema.room, schema.steps.length);
    });
  }

  /** Throws STATE_NEWER where a newer version made tables of one of these rooms, or of a room that is none of them. Changes nothing. */
  refuseNewer(schemas: readonly Schema[]): void {
    const table = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'";
    if (this.prepare(table).get() === undefined) return;
    for (const row of this.prepare('SELECT room, version FROM schema_version').all()) {
      const [room, version] = [String(row['room']), Number(row['version'])];
      const schema = schemas.find((candidate) => candidate.room === room);
      if (version > (schema?.steps.length ?? 0)) throw newerTables(room, version, schema);
    }
  }

  /** Write all of it, as it is now, into a new file at `path`; works beside a writer. The caller syncs the file. */
  copyTo(path: string): void {
    closeToOthers(path);
    this.#connection.prepare('VACUUM INTO ?').run(path);
  }

  /** Give back the pages that are kept to be read or written again: up to 2 MB, which SQLite keeps until it is closed. */
  letGo(): void {
    this.#connection.exec('PRAGMA shrink_memory');
  }

  close(): void {
    if (!this.#connection.isOpen) return;
    this.#statements.clear();
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function newerTables(room: string, version: number, schema: Schema | undefined): OperatorError {
  const known = schema === undefined ? 'does not know them' : `knows up to ${schema.steps.length}`;
  return new OperatorError(
    'STATE_NEWER',
    `Cannot open the state: its "${room}" tables have version ${version}, this program ${known}`,
    { hint: NEWER_HINT },
  );
}

/** Whether SQLite said no: a full disk, a read-only file. `errcode`: its own number for that. */
export function isDatabaseFailure(cause: unknown): cause is Error & { errcode: unknown } {
  return cause instanceof Error && 'errcode' in cause;
}

/** SQLite's own codes for what says nothing of the bytes of a database: busy, read-only, failing, full, not to be opened. */
const REFUSAL_CODES: ReadonlySet<number> = new Set([5, 8, 10, 13, 14]);
/** Of these the kinds that do: bytes that cannot be read, or are not there. */
const READ_CODES: ReadonlySet<number> = new Set([266, 522]);

function isRefusalOfSystem(cause: unknown): boolean {
  if (!isDatabaseFailure(cause)) return systemCodeOf(cause) !== undefined;
  const code = Number(cause.errcode);
  return REFUSAL_CODES.has(code & 0xff) && !READ_CODES.has(code);
}

function closeToOthers(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', FILE_MODE));
  for (const end of FILES_BESIDE) {
    const mode = statSync(`${path}${end}`, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & OTHERS) === 0) continue;
    try {
      chmodSync(`${path}${end}`, mode & 0o777 & ~OTHERS);
    } catch {
      // Somebody else's, or on a disk that is read-only: whoever writes to it is told that.
    }
  }
}

/** SQLite's own code for "somebody else has it". */
const SQLITE_BUSY = 5;

/**
 * Hold an exclusive lock on the file at `path`, made if missing, until disposed or until the process ends
 * in any way. Null where another holds it. Nothing else in this process may open the file: closing it would drop the lock.
 */
export function holdExclusively(path: string): Disposable | null {
  const connection = new DatabaseSync(path, { timeout: 0 });
  try {
    // Without a journal file nothing is left behind by a process that was killed.
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    connection.close();
    if (isDatabaseFailure(cause) && cause.errcode === SQLITE_BUSY) return null;
    throw cause;
  }
  return { [Symbol.dispose]: () => connection.close() };
}
