/**
 * The unit and its drop-ins as text, from the program's folder, the version of systemd and the config. Pure.
 *
 * The unit only follows files outside its own folders. What more a config asks for (files moved to the archive out of
 * other folders, writers told of it) is allowed by a drop-in of its own, for those folders and with those capabilities alone.
 */
import { fixedPartOf, isInside } from '../config/resolve-paths.ts';
import type { Settings, WatchSettings } from '../config/settings.ts';
import { PROGRAM_FOLDER, WRITABLE_FOLDERS } from './layout.ts';

/** From here on `OpenFile=` is known, which passes the notification socket. */
const OPEN_FILE_VERSION = 253;

/** Hidden by `ProtectHome=yes` of the unit. */
const HOMES = ['/home', '/root', '/run/user'] as const;

/** `template`: the text of `systemd/logstead.service`. */
export function unitText(template: string, programFolder: string): string {
  return template.replaceAll(PROGRAM_FOLDER, specifierSafe(programFolder));
}

export function wantsNotifyDropIn(systemdVersion: number): boolean {
  return systemdVersion >= OPEN_FILE_VERSION;
}

/** Folders outside the service's own that the config wants to move files out of. */
export function archivedFolders(settings: Pick<Settings, 'watches' | 'paths'>): string[] {
  const { reportDir, archiveDir, notifyDir, stateDir } = settings.paths;
  const watched = settings.watches.filter(({ archive }) => archive).flatMap(watchedFolders);
  const wanted = [...watched, reportDir, archiveDir, notifyDir, stateDir];
  const sorted = [...new Set(outsideOwn(wanted))].toSorted();
  return sorted.filter((path) => !sorted.some((other) => other !== path && isInside(path, other)));
}

/** The folders of `[paths]` that systemd does not make for the service. */
export function foldersElsewhere({ paths }: Pick<Settings, 'paths'>): string[] {
  const { logDir, reportDir, archiveDir, notifyDir, stateDir } = paths;
  return outsideOwn([logDir, reportDir, archiveDir, notifyDir, stateDir]);
}

function outsideOwn(paths: readonly string[]): string[] {
  return paths.filter((path) => !WRITABLE_FOLDERS.some((folder) => isInside(path, folder)));
}

/** The drop-in for what the config asks for beyond the unit, or null where it asks for nothing. */
export function archiveDropIn(settings: Pick<Settings, 'watches' | 'paths'>): string | null {
  const folders = archivedFolders(settings);
  const capabilities = capabilitiesFor(settings);
  if (capabilities.length === 0) return null;
  // What the unit hides cannot be made writable before it is shown again.
  const isHidden = folders.some((path) => HOMES.some((home) => isInside(path, home)));
  return [
    '# Written by "logstead service install" from the config; run it again when the config archives other folders.',
    '[Service]',
    ...(folders.length === 0 ? [] : [FOLDERS_COMMENT]),
    ...folders.map((folder) => `ReadWritePaths=-${quoted(folder)}`),
    ...(isHidden ? ['ProtectHome=read-only'] : []),
    "# Capabilities count for the machine's own users only where the service is not in a user namespace of its own.",
    'PrivateUsers=no',
    `CapabilityBoundingSet=${capabilities.join(' ')}`,
    `AmbientCapabilities=${capabilities.join(' ')}`,
    ...(capabilities.includes(SEE_WRITERS) ? [PROCESSES] : []),
    ...(folders.length === 0 ? [] : ['SystemCallFilter=@chown']),
    '',
  ].join('\n');
}

const FOLDERS_COMMENT =
  "# Finished files are moved out of these folders, whoever owns them, or Logstead's own are there.";
const PROCESSES = `# Who has a file open is seen in /proc, where the memory of processes lies as well: nothing is written there.
ReadOnlyPaths=/proc`;

/** Files of other users are moved and keep their owner and mode. */
const MOVE_FILES = ['CAP_DAC_OVERRIDE', 'CAP_CHOWN', 'CAP_FOWNER'] as const;
/** A file that another user's program has open for writing is not moved. */
const SEE_WRITERS = 'CAP_SYS_PTRACE';
/** A program hears that its log was renamed: by us, or by a command that we run for it. */
const TELL_WRITERS = 'CAP_KILL';

/** What the config asks the service to do to files and processes of others. */
export function capabilitiesFor(settings: Pick<Settings, 'watches' | 'paths'>): string[] {
  const archiving = settings.watches.filter(({ archive }) => archive);
  const seesWriters = outsideOwn(archiving.flatMap(watchedFolders)).length > 0;
  const tellsWriters = archiving.some(({ rotation }) => rotation.active.writers.length > 0);
  return [
    ...(archivedFolders(settings).length > 0 ? MOVE_FILES : []),
    ...(seesWriters ? [SEE_WRITERS] : []),
    ...(tellsWriters ? [TELL_WRITERS] : []),
  ];
}

function watchedFolders({ paths }: WatchSettings): string[] {
  return paths.map(fixedPartOf);
}

/** A path as a unit file wants it: quoted, and without specifiers. */
function quoted(path: string): string {
  return `"${specifierSafe(path).replace(/["\\]/g, '\\$&')}"`;
}

function specifierSafe(path: string): string {
  return path.replaceAll('%', '%%');
}
