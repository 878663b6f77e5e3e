/**
 * Who the service reads as, and what it may see: as systemd knows its unit, with all that operators added to it. The unit may be
 * that of the installer or of the Debian package.
 */
import { readFileSync } from 'node:fs';
import { UNIT_NAME } from '../service/layout.ts';
import { unitProperties } from '../service/systemctl.ts';
import type { ReaderIdentity } from './reader-identity.ts';

const PROPERTIES = [
  'LoadState',
  'User',
  'Group',
  'DynamicUser',
  'SupplementaryGroups',
  'AmbientCapabilities',
  'LimitNOFILESoft',
  'ProtectHome',
  'PrivateTmp',
] as const;

export type UnitProperties = Readonly<Record<(typeof PROPERTIES)[number], string>>;

/** Folders that the service does not see as they are, and the line of the unit that says so. */
export type HiddenFolders = Readonly<{
  folders: readonly string[];
  setting: string;
  /** The line that shows them. */
  shownBy: string;
}>;

export type ServiceIdentity = Readonly<{
  reader: ReaderIdentity;
  /** Open files that the unit allows; null: not said. */
  openFilesMax: number | null;
  hidden: readonly HiddenFolders[];
}>;

/** Null where there is no systemd, or no unit. */
export function serviceIdentity(): ServiceIdentity | null {
  try {
    const unit = unitProperties(UNIT_NAME, PROPERTIES);
    return unit.LoadState === 'loaded' ? identityOfUnit(unit, accountsOf()) : null;
  } catch {
    return null;
  }
}

/** `/etc/passwd` and `/etc/group`, as text. */
type Accounts = Readonly<{ passwd: string; group: string }>;

export function identityOfUnit(unit: UnitProperties, accounts: Accounts): ServiceIdentity {
  const isDynamic = unit.DynamicUser === 'yes';
  const user = unit.User === '' || unit.User === '0' ? 'root' : unit.User;
  const groups = unit.SupplementaryGroups.split(' ').filter((name) => name !== '');
  const named = [...groups, unit.Group].filter((name) => name !== '');
  const isRoot = user === 'root' && !isDynamic;
  const openFilesMax = Number(unit.LimitNOFILESoft || Number.NaN);
  return {
    reader: {
      name: groups.length === 0 ? user : `${user}, in ${groups.join(' and ')}`,
      asks: false,
      uid: isDynamic ? null : (userOf(user, accounts)?.uid ?? null),
      groupIds: groupIdsOf({ user: isDynamic ? null : user, names: named }, accounts),
      readsAll: isRoot || /\bcap_dac_(?:override|read_search)\b/.test(unit.AmbientCapabilities),
    },
    openFilesMax: Number.isFinite(openFilesMax) ? openFilesMax : null,
    hidden: hiddenBy(unit),
  };
}

function hiddenBy({ ProtectHome, PrivateTmp }: UnitProperties): HiddenFolders[] {
  const hidden: HiddenFolders[] = [];
  if (ProtectHome === 'yes' || ProtectHome === 'tmpfs') {
    hidden.push({
      folders: ['/home', '/root', '/run/user'],
      setting: `ProtectHome=${ProtectHome}`,
      shownBy: 'ProtectHome=read-only',
    });
  }
  if (PrivateTmp === 'yes') {
    hidden.push({
      folders: ['/tmp', '/var/tmp'],
      setting: 'PrivateTmp=yes',
      shownBy: 'PrivateTmp=no',
    });
  }
  return hidden;
}

function accountsOf(): Accounts {
  return {
    passwd: readFileSync('/etc/passwd', 'utf8'),
    group: readFileSync('/etc/group', 'utf8'),
  };
}

function userOf(name: string, { passwd }: Accounts): { uid: number; gid: number } | undefined {
  const fields = fieldsOf(passwd).find((row) => row[0] === name || row[2] === name);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** Groups that are named, and those that the user is in of itself. */
function groupIdsOf(
  { user, names }: Readonly<{ user: string | null; names: readonly string[] }>,
  accounts: Accounts,
): number[] {
  const listed = fieldsOf(accounts.group)
    .filter(
      ([name, , id, members]) =>
        names.includes(name!) ||
        names.includes(id!) ||
        (user !== null && (members ?? '').split(',').includes(user)),
    )
    .map(([, , id]) => Number(id));
  const own = user === null ? undefined : userOf(user, accounts)?.gid;
  return own === undefined ? listed : [...listed, own];
}

function fieldsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}
