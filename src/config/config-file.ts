/** The config as a file: where it is found, and its bytes. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { byteSizeSetting } from '../base/byte-size.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';

/** Where a service keeps its config. */
const SYSTEM_CONFIG = '/etc/logstead/config.ini';

/** `config/config.ini` below the working folder, else the system's. */
export function findConfig(workingFolder: string): string {
  const own = join(workingFolder, 'config', 'config.ini');
  return existsSync(own) ? own : SYSTEM_CONFIG;
}

/** A config is text of a few pages; a larger file is another file. */
const CONFIG_BYTES_MAX = 2 ** 20;

/** Reads pipes too (`--config <(…)`), and never more than the limit. */
export function readConfigBytes(path: string): Buffer {
  const bytes = Buffer.alloc(CONFIG_BYTES_MAX + 1);
  let length = 0;
  try {
    const descriptor = openSync(path, 'r');
    try {
      for (let count = -1; count !== 0 && length < bytes.length; length += count) {
        count = readSync(descriptor, bytes, length, bytes.length - length, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw unreadable(path, reasonOf(cause), systemCodeOf(cause) === 'EACCES' ? MAY_NOT : undefined);
  }
  if (length > CONFIG_BYTES_MAX) {
    throw unreadable(path, `it is larger than ${byteSizeSetting(CONFIG_BYTES_MAX)}`);
  }
  return bytes.subarray(0, length);
}

/** That of a service is for root and the group `adm`. */
const MAY_NOT = 'Run the command as root, or as a member of the group of that file';
const NAME_ONE =
  'Name a config with --config FILE, or start in a folder that has config/config.ini';

function unreadable(path: string, reason: string, hint = NAME_ONE): OperatorError {
  return new OperatorError('CONFIG_UNREADABLE', `Cannot read the config "${path}": ${reason}`, {
    hint,
  });
}

function reasonOf(cause: unknown): string {
  switch (systemCodeOf(cause)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'it is not there';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return messageOf(cause);
  }
}
