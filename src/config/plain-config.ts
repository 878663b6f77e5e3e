/**
 * The few values that commands which only read have to know, without reading the rest of the config.
 *
 * They should answer at once, and also where somebody is in the middle of changing a rule. Where anything is unusual
 * about a value it is null, and the whole config is read, which says what is wrong.
 */
import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { readConfigBytes } from './config-file.ts';
import { type IniText, readIniText } from './ini-text.ts';
import { machineNameOf } from './machine-name.ts';
import { projectFolderOf } from './project-folder.ts';
import { STORE_ENGINES, type StoreEngine } from './settings.ts';

export type PlainConfig = Readonly<{
  /** Absolute; null: read the whole config. */
  stateDir: string | null;
  /** Who answers queries; null: read the whole config. */
  engine: StoreEngine | null;
  /** Of this machine. */
  machineName: string;
}>;

/** The default of `declaration.ts`; a test compares them. */
export const STATE_FOLDER_DEFAULT = 'state';

/** A path as nearly everybody writes it: nothing that could mean something else than itself. */
const PLAIN_PATH = /^[\w./@+-][\w./@+ -]*$/;
/** The same with the letters of all alphabets: made where it is wanted, since that takes a millisecond. */
const plainPathAnywhere = (): RegExp => /^[\p{L}\p{N}_./@+-][\p{L}\p{N}_./@+ -]*$/u;
const PLAIN_PATH_LENGTH_MAX = 1000;

/** Throws CONFIG_UNREADABLE. */
export function readPlainConfig(configPath: string): PlainConfig {
  const path = resolve(configPath);
  const bytes = readConfigBytes(path);
  const text = readIniText(bytes.toString('utf8'));
  const isPlain = isUtf8(bytes) && text.mistakes.length === 0;
  const host = settingIn(text, 'clickhouse', 'host');
  return {
    stateDir: isPlain ? stateDirIn(text, path) : null,
    engine: isPlain ? engineIn(text) : null,
    machineName: machineNameOf({
      clickhouse: host === undefined || host === '' ? null : { host },
    }),
  };
}

function stateDirIn(text: IniText, path: string): string | null {
  if (!text.sections.some(({ name }) => name === 'paths')) return null;
  const written = settingIn(text, 'paths', 'state_dir') ?? STATE_FOLDER_DEFAULT;
  const isPlain = PLAIN_PATH.test(written) || plainPathAnywhere().test(written);
  return isPlain && written.length <= PLAIN_PATH_LENGTH_MAX
    ? resolve(projectFolderOf(path), written)
    : null;
}

function engineIn(text: IniText): StoreEngine | null {
  const written = settingIn(text, 'store', 'engine') ?? 'local';
  return STORE_ENGINES.find((engine) => engine === written) ?? null;
}

function settingIn({ sections }: IniText, section: string, key: string): string | undefined {
  const entries = sections.find(({ name }) => name === section)?.entries;
  return entries?.find((entry) => entry.key === key)?.value;
}
