/** The state database for commands that only read: in this process, whether a daemon runs or not. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Database, isDatabaseFailure } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import type { PathSettings } from '../config/settings.ts';
import { SCOUT_AFTER_BYTES } from '../engine/lookahead.ts';
import type { ReaderOptions } from '../engine/match-reader.ts';
import type { Damage } from '../engine/open-segments.ts';
import { refuseLostDatabase } from '../ingest/lost-database.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import type { ColumnNames } from '../model/entry-columns.ts';
import type { CliContext } from './context.ts';

/** SQLite's own code for "unable to open". */
const SQLITE_CANTOPEN = 14;

export type StatePath = Pick<PathSettings, 'stateDir'>;

/** How the store beside a database is read; damage is told on the error output. */
export function readerOptions(
  context: CliContext,
  { stateDir }: StatePath,
  given: Readonly<{ database: Database; names: ColumnNames }>,
): ReaderOptions {
  return {
    disk: systemDisk,
    clock: context.clock,
    folder: join(stateDir, SEGMENTS_FOLDER),
    onDamage: damageTeller(context),
    // Two threads on one core would only take turns.
    ...(availableParallelism() > 1 && { scoutAfterBytes: SCOUT_AFTER_BYTES }),
    ...given,
  };
}

/** The state database, opened to read the tables beside the segments; null where nothing was ever stored. */
export function openDatabase(context: CliContext, paths: StatePath): Database | null {
  return databasePath(context, paths) === null ? null : openStored(paths);
}

/** The state database where one is there; throws what to do about it where it cannot be read, or has lost all that was in it. */
export function openStored({ stateDir }: StatePath): Database {
  try {
    return openToRead(stateDir);
  } catch (cause) {
    throw cause instanceof OperatorError ? cause : unreadable(stateDir, cause);
  }
}

/**
 * SQLite opens the file when it is first asked, and only then finds that it may not make the `-shm` beside it. What
 * else it says, as that the database is damaged, is for whoever asks next.
 */
function openToRead(stateDir: string): Database {
  const database = Database.open(join(stateDir, DATABASE_NAME), { readOnly: true });
  try {
    if (!database.hasTables()) refuseLostDatabase(systemDisk, stateDir);
  } catch (cause) {
    const isMissed = isDatabaseFailure(cause) && cause.errcode === SQLITE_CANTOPEN;
    if (isMissed || cause instanceof OperatorError) {
      database.close();
      throw cause;
    }
  }
  return database;
}

/** The size of the state database; null where there is none. Throws where this user may not even look. */
export function storedBytes({ stateDir }: StatePath): number | null {
  try {
    return systemDisk.stat(join(stateDir, DATABASE_NAME))?.size ?? null;
  } catch (cause) {
    throw unreadable(stateDir, cause);
  }
}

function databasePath(context: CliContext, { stateDir }: StatePath): string | null {
  const path = join(stateDir, DATABASE_NAME);
  // Without a byte it is none to SQLite.
  if ((storedBytes({ stateDir }) ?? 0) > 0) return path;
  refuseLostDatabase(systemDisk, stateDir);
  context.errorOutput.write(
    `Nothing is stored yet in "${escapeTerminal(stateDir)}". Start the daemon with "logstead run".\n`,
  );
  return null;
}

function unreadable(stateDir: string, cause: unknown): OperatorError {
  return new OperatorError('STATE_UNREADABLE', `Cannot read the state folder "${stateDir}"`, {
    cause,
    hint: 'Run the command as the user of the daemon, or as root; a folder on a read-only disk has to be copied first',
  });
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
