/** `logstead backup DIR` and `logstead restore DIR`: the index in another folder, taken while the daemon runs, and back. */
import { readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../base/byte-size.ts';
import type { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { LockFile } from '../base/lock-file.ts';
import { formatCounted } from '../base/number-text.ts';
import type { PathSettings } from '../config/settings.ts';
import { backUp, type CopyResult, restore, type StorePlace } from '../engine/backup.ts';
import { renewRestoredBook } from '../ingest/cluster-renewal.ts';
import { holdState } from '../ingest/held-state.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { refuseNewerState } from '../ingest/state-schemas.ts';
import { timestampText } from '../model/entry-record.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openStored, storedBytes } from './open-database.ts';
import { settingsFor } from './settings-for.ts';

const BACKUP_LOCK_NAME = 'backup-lock';

/** Lines of files that are still there are read and copied a second time. */
const COPIED_SINCE =
  'The cluster may have entries that came after this backup: "logstead clickhouse status" counts them\n';

type BackupOptions = Readonly<{ verify?: boolean; json?: boolean }>;

export function register(program: Command, context: CliContext): void {
  program
    .command('backup')
    .description('copy the index and all state into a folder; the next time only what is new')
    .argument('<folder>', 'folder of the backup, made if missing')
    .option('--verify', 'also read files again that were copied before')
    .option('--json', 'one JSON object')
    .action((folder: string, options: BackupOptions, command: Command) => {
      const { paths } = settingsFor(context, globalOptions(command));
      const path = resolve(folder);
      refuseInside(path, paths);
      const store = storePlace(paths);
      if (storedBytes(paths) === null) throw noStore(paths);
      using _readable = openStored(paths);
      refuseFile(path);
      makeFolderOf(path);
      using _lock = LockFile.acquire(join(path, BACKUP_LOCK_NAME));
      const taken = { takenAtMs: context.clock.nowMs(), verify: options.verify ?? false };
      const result = backUp({ disk: systemDisk, store, folder: path, ...taken });
      context.finish(tell(context, result, { options, verb: 'Backed up' }));
    });
}

export function registerRestore(program: Command, context: CliContext): void {
  program
    .command('restore')
    .description('put a backup into an empty state folder; not while the daemon runs')
    .argument('<folder>', 'folder of the backup')
    .option('--json', 'one JSON object')
    .action((folder: string, options: BackupOptions, command: Command) => {
      const { paths } = settingsFor(context, globalOptions(command));
      storedBytes(paths);
      makeStateFolder(paths);
      using _lock = holdState(paths);
      const store = storePlace(paths);
      if (isStoreThere(store)) throw storeThere(paths);
      const nowMs = context.clock.nowMs();
      let wasCopied = false;
      const renew = (database: Database): void => {
        refuseNewerState(database);
        wasCopied = renewRestoredBook(database, nowMs);
      };
      const result = restore({ disk: systemDisk, store, folder: resolve(folder), nowMs, renew });
      const code = tell(context, result, { options, verb: 'Restored' });
      if (wasCopied && !options.json) context.output.write(COPIED_SINCE);
      context.finish(code);
    });
}

/** That of a service is a link, which stays when the folder is moved away; what it names may lie on a disk that is not there. */
function makeStateFolder({ stateDir }: PathSettings): void {
  const isLink = systemDisk.linkStat(stateDir)?.isSymbolicLink() === true;
  if (isLink && systemDisk.stat(stateDir) === undefined) {
    const target = resolve(dirname(stateDir), readlinkSync(stateDir));
    throw new OperatorError(
      'STATE_UNREADABLE',
      `Cannot restore into "${stateDir}": it is a link to "${target}", which is not there`,
      { hint: 'Make that folder, or mount its disk' },
    );
  }
  systemDisk.makeFolder(stateDir);
}

/** Where only SQLite's log is left, its pages would be written over those of the backup. */
function isStoreThere({ databasePath }: StorePlace): boolean {
  return ['', '-wal'].some((suffix) => systemDisk.stat(databasePath + suffix) !== undefined);
}

function storePlace({ stateDir }: PathSettings): StorePlace {
  return {
    databasePath: join(stateDir, DATABASE_NAME),
    segmentsFolder: join(stateDir, SEGMENTS_FOLDER),
  };
}

function tell(
  context: CliContext,
  result: CopyResult,
  how: Readonly<{ options: BackupOptions; verb: string }>,
): ExitCode {
  const { note, databaseBytes, copiedCount, copiedBytes, damaged } = result;
  if (how.options.json) {
    context.output.write(`${JSON.stringify(result)}\n`);
  } else {
    const entries = formatCounted(note.entryCount, 'entry', 'entries');
    const segments = formatCounted(copiedCount, 'segment file');
    const copied = `the database (${formatBytes(databaseBytes)}) and ${segments} (${formatBytes(copiedBytes)})`;
    const at = timestampText(note.takenAtMs * 1000);
    context.output.write(`${how.verb}: ${entries} as of ${at}, copied ${copied}\n`);
    for (const { file, reason } of damaged) {
      context.output.write(`Damaged: ${escapeTerminal(file)}: ${escapeTerminal(reason)}\n`);
    }
  }
  return damaged.length === 0 ? EXIT.DONE : EXIT.DAMAGE_FOUND;
}

/** A backup among logs would be read as one, and one beside the store is lost with it. */
function refuseInside(path: string, { stateDir, logDir, archiveDir }: PathSettings): void {
  for (const folder of [stateDir, logDir, archiveDir]) {
    const way = relative(folder, path);
    if (way.startsWith('..') || isAbsolute(way)) continue;
    throw new OperatorError('USAGE', `Cannot back up into "${path}": it is inside "${folder}"`, {
      hint: 'Choose a folder of its own, best on another disk',
    });
  }
}

function refuseFile(path: string): void {
  const found = systemDisk.stat(path);
  if (found === undefined || found.isDirectory()) return;
  throw new OperatorError('USAGE', `Cannot back up into "${path}": it is no folder`, {
    hint: 'Name a folder; it is made if it is missing',
  });
}

function makeFolderOf(path: string): void {
  try {
    systemDisk.makeFolder(path);
  } catch (cause) {
    throw new OperatorError('USAGE', `Cannot back up into "${path}": the folder cannot be made`, {
      hint: 'Name a folder that this user may write to',
      cause,
    });
  }
}

function noStore({ stateDir }: PathSettings): OperatorError {
  return new OperatorError('STATE_UNREADABLE', `Cannot back up "${stateDir}": there is no index`, {
    hint: 'The daemon makes it when it first starts',
  });
}

function storeThere({ stateDir }: PathSettings): OperatorError {
  return new OperatorError(
    'STATE_IN_USE',
    `Cannot restore into "${stateDir}": there is an index already`,
    { hint: 'Move what is in it away first, or name another state_dir' },
  );
}
