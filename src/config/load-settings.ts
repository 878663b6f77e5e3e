/**
 * The public face of the config: find the file, read it, get `Settings` or an error that names every mistake.
 *
 * A config is refused as a whole: a daemon that reloads keeps the settings it has.
 */
import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { mistakeAt } from './check-sections.ts';
import { readConfigBytes } from './config-file.ts';
import { minimalConfig } from './config-template.ts';
import { ConfigError, type Mistake } from './mistakes.ts';
import type { Environment } from './password.ts';
import { projectFolderOf } from './project-folder.ts';
import { readSettings, type SettingChecks, type SettingsReading } from './read-settings.ts';
import type { Settings } from './settings.ts';

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

/**
 * The settings of a file that may be a config, or only sections to be tried: such as a few rules, with the folders a config
 * must have. Throws CONFIG_UNREADABLE or `ConfigError`.
 */
export function loadSections(
  configPath: string,
  environment: Environment,
  checks: SettingChecks = {},
): Readonly<{ settings: Settings; isWhole: boolean }> {
  const path = resolve(configPath);
  const bytes = readConfigBytes(path);
  const mistake = encodingMistake(bytes);
  if (mistake !== null) throw new ConfigError(configPath, [mistake]);
  const text = bytes.toString('utf8');
  const isWhole = /^\s*\[paths\]/m.test(text);
  const context = {
    ...checks,
    configPath: path,
    projectFolder: projectFolderOf(path),
    environment,
  };
  const { settings, mistakes } = readSettings(
    isWhole ? text : `${text}\n${minimalConfig()}`,
    context,
  );
  if (settings === null) throw new ConfigError(configPath, mistakes);
  return { settings, isWhole };
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
