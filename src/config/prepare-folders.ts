/**
 * What must hold outside before anything runs: the folders of `[paths]` are there and can be used (all that cannot
 * are named at once), and our own output does not go where it would be read as a log.
 */
import { accessSync, constants, mkdtempSync, opendirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { makeFolderDeep } from '../base/make-folder.ts';
import { mistakeAt } from './check-sections.ts';
import { ConfigError, type Mistake } from './mistakes.ts';
import { refuseWatchedOutput } from './own-output.ts';
import type { Settings } from './settings.ts';

/** Logs are nobody else's business: the owner, and the group for reading. */
const FOLDER_MODE = 0o750;

const READ = constants.R_OK | constants.X_OK;
const WRITE = READ | constants.W_OK;

/** Throws `ConfigError`, or USAGE for a watched output. Safe to repeat; called at start and at each reload. */
export function prepareFolders(settings: Settings): void {
  refuseWatchedOutput(settings);
  const { paths } = settings;
  const problems = [
    // Logs that may only be read are fine: nothing is moved out of them then, and rotation says so.
    folderProblem('log_dir', paths.logDir, READ),
    folderProblem('report_dir', paths.reportDir, WRITE),
    folderProblem('archive_dir', paths.archiveDir, WRITE),
    folderProblem('notify_dir', paths.notifyDir, WRITE),
    folderProblem('state_dir', paths.stateDir, WRITE),
  ];
  const mistakes = problems.filter((problem) => problem !== null);
  if (mistakes.length > 0) throw new ConfigError(settings.configPath ?? 'config', mistakes);
}

function folderProblem(key: string, path: string, mode: number): Mistake | null {
  try {
    makeFolderDeep(path, FOLDER_MODE);
    tryFolder(path, mode);
    return null;
  } catch (cause) {
    const problem = `the folder "${path}" cannot be used: ${reasonOf(cause)}`;
    return mistakeAt({ line: null, section: 'paths', key, problem });
  }
}

/** What the system says of access leaves out the capabilities of a service: where it says no, the folder is tried. */
function tryFolder(path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'EACCES') throw cause;
    opendirSync(path).closeSync();
    if (mode === WRITE) rmdirSync(mkdtempSync(join(path, '.logstead-')));
  }
}

function reasonOf(cause: unknown): string {
  switch (systemCodeOf(cause)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'something that is not a folder stands in its place';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return messageOf(cause);
  }
}
