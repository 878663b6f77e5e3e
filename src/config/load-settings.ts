/**
 * The public face of the config: find the file, read it, get `Settings` or an error that names every mistake.
 *
 * A config is refused as a whole: a daemon that reloads keeps the settings it has.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { byteSizeSetting } from '../base/byte-size.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import { mistakeAt } from './check-sections.ts';
import { minimalConfig } from './config-template.ts';
import { ConfigError, type Mistake } from './mistakes.ts';
import type { Environment } from './password.ts';
import { readSettings, type SettingChecks, type SettingsReading } from './read-settings.ts';
import { projectFolderOf } from './resolve-paths.ts';
import type { Settings } from './settings.ts';

/** Where a service keeps its config. */
const SYSTEM_CONFIG = '/etc/logstead/config.ini';

/** `config/config.ini` below the working folder, else the system's. */
export function findConfig(workingFolder: string): string {
  const own = join(workingFolder, 'config', 'config.ini');
  return existsSync(own) ? own : SYSTEM_CONFIG;
}

/** Throws CONFIG_UNREADABLE, or `ConfigError` (CONFIG_INVALID) with all mistakes. */
export function loadSettings(
  configPath: string,
  environment: Environment,
  checks: SettingChecks = {},
): Settings {
  const { settings, mistakes } = readConfig(configPath, environment, checks);
  if (settings === null) throw new ConfigError(configPath, mistakes);
  return settings;
}

/** What `check` looks at: settings or mistakes, and warnings. Throws CONFIG_UNREADABLE only. */
export function readConfig(
  configPath: string,
  environment: Environment,
  checks: SettingChecks = {},
): SettingsReading {
  const path = resolve(configPath);
  const bytes = readConfigBytes(path);
  const mistake = encodingMistake(bytes);
  if (mistake !== null) return { settings: null, mistakes: [mistake], warnings: [] };
  const projectFolder = projectFolderOf(path);
  const context = { ...checks, configPath: path, projectFolder, environment };
  return readSettings(bytes.toString('utf8'), context);
}

export type TextOptions = SettingChecks &
  Readonly<{ projectFolder: string; environment?: Environment; configPath?: string }>;

/** Settings of a text that is no file. Throws `ConfigError`. */
export function settingsFromText(text: string, options: TextOptions): Settings {
  const { configPath = null, environment = {} } = options;
  const { settings, mistakes } = readSettings(text, { ...options, configPath, environment });
  if (settings === null) throw new ConfigError(configPath ?? 'config', mistakes);
  return settings;
}

/** Settings for a program that embeds the engine: all defaults, the usual folders below `projectFolder`. */
export function defaultSettings(projectFolder: string): Settings {
  return settingsFromText(minimalConfig(), { projectFolder: resolve(projectFolder) });
}

/** A config is text of a few pages; a larger file is another file. */
const CONFIG_BYTES_MAX = 2 ** 20;

/** Reads pipes too (`--config <(…)`), and never more than the limit. */
function readConfigBytes(path: string): Buffer {
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
    throw unreadable(path, reasonOf(cause));
  }
  if (length > CONFIG_BYTES_MAX) {
    throw unreadable(path, `it is larger than ${byteSizeSetting(CONFIG_BYTES_MAX)}`);
  }
  return bytes.subarray(0, length);
}

function unreadable(path: string, reason: string): OperatorError {
  const hint = 'Name a config with --config FILE, or start in a folder that has config/config.ini';
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

/** Bytes that are no UTF-8 would become other values than were written. */
function encodingMistake(bytes: Buffer): Mistake | null {
  if (isUtf8(bytes)) return null;
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark === 0xfffe || mark === 0xfeff) {
    return mistakeAt({ line: 1, section: null, problem: 'the file is UTF-16; save it as UTF-8' });
  }
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const newlineAt = bytes.indexOf(0x0a, start);
    const end = newlineAt < 0 ? bytes.length : newlineAt;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  return mistakeAt({
    line,
    section: null,
    problem: 'the line is not UTF-8; save the file as UTF-8',
  });
}
