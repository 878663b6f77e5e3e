/** The store for commands that only read: in this process, whether a daemon runs or not. */
import type { Database } from '../base/database.ts';
import { readPlainConfig } from '../config/plain-config.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';
import { openDatabase, readerOptions, type StatePath } from './open-database.ts';
import { stateDirFor } from './state-dir.ts';

/** A reader of the store, and the connection it reads through. */
export class OpenStore implements Disposable {
  readonly reader: StoreReader;
  readonly database: Database;

  constructor(reader: StoreReader, database: Database) {
    this.reader = reader;
    this.database = database;
  }

  [Symbol.dispose](): void {
    this.reader[Symbol.dispose]();
    this.database.close();
  }
}

/** Null where nothing was ever stored; says so on the error output. */
export function openStore(
  context: CliContext,
  paths: StatePath,
  names = new ColumnNames(),
): OpenStore | null {
  const database = openDatabase(context, paths);
  if (database === null) return null;
  const reader = StoreReader.open(readerOptions(context, paths, { database, names }));
  return new OpenStore(reader, database);
}

/** Whoever answers queries, and the state of this machine beside it where there is one. */
export type OpenEntries = Disposable &
  Readonly<{
    reader: EntryReader;
    /** Changes with every commit; null where the cluster answers: it has no such sign. */
    database: Database | null;
    /** The local store, for what only it can do; null where the cluster answers. */
    store: OpenStore | null;
    stateDir: string;
  }>;

/**
 * The engine that the command line names, else that of the config. Null where nothing was ever stored. The parts for a
 * cluster, and the whole config with them, are loaded where they are wanted.
 */
export async function openEntries(
  context: CliContext,
  globals: GlobalOptions,
  { withRaw = false }: Readonly<{ withRaw?: boolean }> = {},
): Promise<OpenEntries | null> {
  const config = readPlainConfig(configPathOf(context, globals));
  const stateDir = await stateDirFor(context, globals, config);
  const engine = globals.engine ?? config.engine;
  if (engine === 'local' || engine === 'both') {
    const store = openStore(context, { stateDir }, new ColumnNames(config.machineName));
    if (store === null) return null;
    const { reader, database } = store;
    return { reader, database, store, stateDir, [Symbol.dispose]: () => store[Symbol.dispose]() };
  }
  const { settingsFor } = await import('./settings-for.ts');
  const { openClusterReader } = await import('../clickhouse/open-cluster.ts');
  const settings = settingsFor(context, globals);
  const reader = openClusterReader(settings, { clock: context.clock, withRaw });
  const nothing = { database: null, store: null, stateDir };
  return { reader, ...nothing, [Symbol.dispose]: () => reader[Symbol.dispose]() };
}
