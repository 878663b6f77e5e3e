/**
 * A folder with all those above it. Node's own `recursive` asks for ever where a file system says of a folder that is there
 * that it is not, as `/proc` does; a process that spins there hears no signal either.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from './errors.ts';

/** Fine where the folder is there already; a link to one is one. */
export function makeFolderDeep(path: string, mode?: number): void {
  if (isFolder(path)) return;
  try {
    makeOne(path, mode);
  } catch (cause) {
    const parent = dirname(path);
    if (systemCodeOf(cause) !== 'ENOENT' || parent === path || isFolder(parent)) throw cause;
    makeFolderDeep(parent, mode);
    makeOne(path, mode);
  }
}

function makeOne(path: string, mode?: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (cause) {
    // Another process may have made it just now.
    if (systemCodeOf(cause) !== 'EEXIST' || !isFolder(path)) throw cause;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
