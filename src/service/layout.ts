/** Where the parts of an installed service lie. `systemd/logstead.service` and the Debian package say the same. */

export const UNIT_NAME = 'logstead.service';
export const UNIT_PATH = '/etc/systemd/system/logstead.service';
export const DROP_IN_FOLDER = '/etc/systemd/system/logstead.service.d';
export const NOTIFY_DROP_IN = '10-logstead-notify.conf';
export const ARCHIVE_DROP_IN = '20-logstead-archive.conf';

/** Where the Debian package puts unit and program; what lies there is the package's business. */
export const PACKAGED_UNIT_PATH = '/lib/systemd/system/logstead.service';
export const PACKAGED_PROGRAM_FOLDER = '/usr/lib/logstead';

/** Where the program goes that is installed from a clone. */
export const PROGRAM_FOLDER = '/opt/logstead';
export const COMMAND_LINK = '/usr/local/bin/logstead';

export const CONFIG_PATH = '/etc/logstead/config.ini';
/** Where systemd shows a running service its credentials, and nobody else but root. */
export const CREDENTIALS_FOLDER = `/run/credentials/${UNIT_NAME}`;
export const CONFIG_FOLDER = '/etc/logstead';
/** The service is in it, and reads its config; passwords are elsewhere. */
export const CONFIG_GROUP = 'adm';

/** Log files are put here; its group may write. */
export const DROP_FOLDER = '/var/spool/logstead';
export const DROP_FOLDER_GROUP = 'adm';
/** New files belong to the group of the folder, so that the service may read them. */
export const DROP_FOLDER_MODE = 0o2770;

/** The folders that systemd makes for the service, and that stay when it is removed. */
export const DATA_FOLDERS = ['/var/lib/logstead', '/var/log/logstead'] as const;

/** What the unit lets the service write without a drop-in. */
export const WRITABLE_FOLDERS = [...DATA_FOLDERS, DROP_FOLDER] as const;
