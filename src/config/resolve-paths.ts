/** Paths of a config made absolute, and how folders lie to each other. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import picomatch from 'picomatch';
import { systemCodeOf } from '../base/errors.ts';
import { literalPattern } from './path-kinds.ts';

/** A pattern over absolute paths; a relative one begins at the project folder. */
export function absolutePattern(projectFolder: string, pattern: string): string {
  return pattern.startsWith('/') ? join(pattern) : join(literalPattern(projectFolder), pattern);
}

/** As `absolutePattern`, but a pattern without `/` is compared with the file name alone. */
export function filterPattern(projectFolder: string, pattern: string): string {
  if (pattern.startsWith('**/')) return pattern;
  return pattern.includes('/') ? absolutePattern(projectFolder, pattern) : `**/${pattern}`;
}

/** The part of a pattern that is a plain path: a folder, or for a pattern without magic the file itself. */
export function fixedPartOf(pattern: string): string {
  return picomatch.scan(pattern, { unescape: true }).base;
}

/** Whether `path` is `folder` or lies below it. Both absolute. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Where a path leads through symbolic links, as far as it exists. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    const parent = dirname(path);
    const isAbsent = ['ENOENT', 'ENOTDIR'].includes(systemCodeOf(cause) ?? '');
    return isAbsent && parent !== path ? join(realPathOf(parent), basename(path)) : path;
  }
}
