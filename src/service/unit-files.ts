/**
 * The unit and its drop-ins as text, from the program's folder, the version of systemd and the config. Pure.
 *
 * The unit only follows files outside its own folders. What more a config asks for (files moved to the archive out of
 * other folders) is allowed by a drop-in of its own, for those folders and with those capabilities alone.
 */
import { fixedPartOf, isInside } from '../config/resolve-paths.ts';
import type { Settings } from '../config/settings.ts';
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
  const watched = settings.watches
    .filter((watch) => watch.archive)
    .flatMap((watch) => watch.paths.map(fixedPartOf));
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
  if (folders.length === 0) return null;
  // What the unit hides cannot be made writable before it is shown again.
  const isHidden = folders.some((path) => HOMES.some((home) => isInside(path, home)));
  const shown = isHidden ? 'ProtectHome=read-only\n' : '';
  return `# Written by "logstead service install" from the config; run it again when the config archives other folders.
[Service]
# Finished files are moved out of these folders, whoever owns them, or Logstead's own are there.
${folders.map((folder) => `ReadWritePaths=-${quoted(folder)}`).join('\n')}
${shown}# Capabilities count for the machine's own users only where the service is not in a user namespace of its own.
PrivateUsers=no
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER
AmbientCapabilities=CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER
SystemCallFilter=@chown
`;
}

/** A path as a unit file wants it: quoted, and without specifiers. */
function quoted(path: string): string {
  return `"${specifierSafe(path).replace(/["\\]/g, '\\$&')}"`;
}

function specifierSafe(path: string): string {
  return path.replaceAll('%', '%%');
}
