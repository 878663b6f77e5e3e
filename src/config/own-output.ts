/**
 * Whether our own standard output or error is a file that a watch names: each line logged would be read, and
 * may be logged about. (Own folders are never watched; this is about `logstead run > logs/out.log`.)
 */
import { fstatSync, readlinkSync } from 'node:fs';
import picomatch from 'picomatch';
import { OperatorError } from '../base/errors.ts';
import type { Settings, WatchSettings } from './settings.ts';

const STREAMS = [
  { descriptor: 1, name: 'standard output' },
  { descriptor: 2, name: 'standard error' },
];

/** Throws USAGE. A pipe or a terminal is nothing that could be watched. */
export function refuseWatchedOutput(settings: Settings): void {
  for (const { descriptor, name } of STREAMS) {
    const path = filePathOf(descriptor);
    if (path === null) continue;
    const watch = settings.watches.find((candidate) => names(candidate, path));
    if (watch === undefined) continue;
    throw new OperatorError(
      'USAGE',
      `Cannot write the ${name} to "${path}": the watch "${watch.name}" would read it as a log`,
      { hint: 'Send it to a file that is not watched, or leave it to the service manager' },
    );
  }
}

function names(watch: WatchSettings, path: string): boolean {
  const matches = (patterns: readonly string[]): boolean => picomatch.isMatch(path, [...patterns]);
  const folders = watch.paths.map((pattern) => `${pattern}/**/*.log`);
  return (
    matches([...watch.paths, ...folders]) &&
    (watch.include.length === 0 || matches(watch.include)) &&
    !matches(watch.exclude)
  );
}

function filePathOf(descriptor: number): string | null {
  try {
    return fstatSync(descriptor).isFile() ? readlinkSync(`/proc/self/fd/${descriptor}`) : null;
  } catch {
    return null; // Closed, or a system without /proc: nothing is known, and nothing is lost.
  }
}
