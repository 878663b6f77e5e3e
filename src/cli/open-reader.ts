/** The store for commands that only read: in this process, whether a daemon runs or not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { readMachineName } from '../config/machine-name.ts';
import type { PathSettings } from '../config/settings.ts';
import { readStoreEngine } from '../config/state-folder.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { Damage } from '../engine/open-segments.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';
import { stateDirFor } from './state-dir.ts';

type StatePath = Pick<PathSettings, 'stateDir'>;

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
  const reader = StoreReader.open({
    disk: systemDisk,
    clock: context.clock,
    database,
    folder: join(paths.stateDir, SEGMENTS_FOLDER),
    names,
    onDamage: damageTeller(context),
  });
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
  const stateDir = await stateDirFor(context, globals);
  const engine = globals.engine ?? readStoreEngine(configPathOf(context, globals));
  if (engine === 'local' || engine === 'both') {
    const names = new ColumnNames(readMachineName(configPathOf(context, globals)));
    const store = openStore(context, { stateDir }, names);
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

/** Damaged segments told one by one; with more of them the disk is the news, not their names. */
const DAMAGE_TOLD_MAX = 3;

function damageTeller({ errorOutput }: CliContext): (damage: Damage) => void {
  let count = 0;
  return ({ segment, reason }) => {
    count += 1;
    if (count > DAMAGE_TOLD_MAX + 1) return;
    const name = segment.file ?? `number ${segment.number}`;
    const text =
      count > DAMAGE_TOLD_MAX
        ? 'More segments are damaged and left out'
        : `Segment ${name} is damaged and left out (${segment.rowCount} entries): ${reason}`;
    errorOutput.write(`${escapeTerminal(text)}\n`);
  };
}

/** The state database, opened to read the tables beside the segments; null where nothing was ever stored. */
export function openDatabase(context: CliContext, paths: StatePath): Database | null {
  const database = databasePath(context, paths);
  if (database === null) return null;
  try {
    return Database.open(database, { readOnly: true });
  } catch (cause) {
    throw unreadable(paths.stateDir, cause);
  }
}

function databasePath(context: CliContext, { stateDir }: StatePath): string | null {
  const path = join(stateDir, DATABASE_NAME);
  if (existsSync(path)) return path;
  context.errorOutput.write(
    `Nothing is stored yet in "${escapeTerminal(stateDir)}". Start the daemon with "logstead run".\n`,
  );
  return null;
}

function unreadable(stateDir: string, cause: unknown): OperatorError {
  return new OperatorError('STATE_UNREADABLE', `Cannot read the state folder "${stateDir}"`, {
    cause,
    hint: 'Run the command as the user of the daemon, or as root',
  });
}
