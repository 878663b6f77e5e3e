/** Where the relative paths of a config begin. */
import { basename, dirname, resolve } from 'node:path';

/** The parent of the config's folder if that is called `config`, else the config's own folder. */
export function projectFolderOf(configPath: string): string {
  const folder = dirname(resolve(configPath));
  return basename(folder) === 'config' ? dirname(folder) : folder;
}
