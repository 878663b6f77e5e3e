/**
 * The state folder alone, without reading the rest of the config: what commands that only read have to know.
 *
 * They should answer at once, and also where somebody is in the middle of changing a rule. Where anything is unusual
 * about the one value it gives null, and the whole config is read, which says what is wrong.
 */
import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { readConfigBytes } from './config-file.ts';
import { readIniText } from './ini-text.ts';
import { projectFolderOf } from './project-folder.ts';
import { STORE_ENGINES, type StoreEngine } from './settings.ts';

/** The default of `declaration.ts`; a test compares them. */
export const STATE_FOLDER_DEFAULT = 'state';

/** A path as nearly everybody writes it: nothing that could mean something else than itself. */
const PLAIN_PATH = /^[\p{L}\p{N}_./@+-][\p{L}\p{N}_./@+ -]{0,1000}$/u;

/** Absolute; null: read the whole config. Throws CONFIG_UNREADABLE. */
export function readStateFolder(configPath: string): string | null {
  const path = resolve(configPath);
  const bytes = readConfigBytes(path);
  if (!isUtf8(bytes)) return null;
  const { sections, mistakes } = readIniText(bytes.toString('utf8'));
  const section = sections.find(({ name }) => name === 'paths');
  if (mistakes.length > 0 || section === undefined) return null;
  const entry = section.entries.find(({ key }) => key === 'state_dir');
  const written = entry?.value ?? STATE_FOLDER_DEFAULT;
  return PLAIN_PATH.test(written) ? resolve(projectFolderOf(path), written) : null;
}

/** Who answers queries as the config says; null: read the whole config. Throws CONFIG_UNREADABLE. */
export function readStoreEngine(configPath: string): StoreEngine | null {
  const bytes = readConfigBytes(resolve(configPath));
  if (!isUtf8(bytes)) return null;
  const { sections, mistakes } = readIniText(bytes.toString('utf8'));
  if (mistakes.length > 0) return null;
  const section = sections.find(({ name }) => name === 'store');
  const written = section?.entries.find(({ key }) => key === 'engine')?.value ?? 'local';
  return STORE_ENGINES.find((engine) => engine === written) ?? null;
}
