/**
 * Who has a file open for writing, from `/proc`: no guess by age or name can tell that, for a file keeps its writers
 * when it is renamed.
 *
 * Root sees all processes, other users only their own. One walk costs about 5 µs for each open file of the machine,
 * so callers ask about many files at once and seldom; it ends when all of them were found.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** `unknown`: no writer was found, and not every process could be looked into. */
export type WriterState = 'held' | 'free' | 'unknown';

export type FileIdentity = Readonly<{ device: number; inode: number }>;

export type WritersOptions = Readonly<{
  /** Its own handles do not count. */
  exceptPid?: number;
}>;

const PROCESSES = '/proc';
/** Access mode bits of `flags` in fdinfo (octal): 0 is reading only. */
const ACCESS_MODE = 0o3;

/** For each of `files` whether a process may still write to it. */
export function writersOf(
  files: readonly FileIdentity[],
  options: WritersOptions = {},
): (file: FileIdentity) => WriterState {
  const wanted = new Set(files.map(keyOf));
  const held = new Set<string>();
  let sawAll = true;
  // Even the list of processes costs some 60 µs with 100 of them.
  const pids = wanted.size === 0 ? [] : (namesIn(PROCESSES) ?? []);
  for (const pid of pids) {
    if (wanted.size === 0) break;
    if (!/^\d+$/.test(pid) || Number(pid) === options.exceptPid) continue;
    const folder = join(PROCESSES, pid, 'fd');
    const descriptors = namesIn(folder);
    // It ended meanwhile, or it belongs to somebody else.
    if (descriptors === undefined) sawAll &&= namesIn(join(PROCESSES, pid)) === undefined;
    for (const descriptor of descriptors ?? []) {
      const key = keyOfDescriptor(join(folder, descriptor));
      if (key === undefined || !wanted.has(key)) continue;
      if (!isForWriting(join(PROCESSES, pid, 'fdinfo', descriptor))) continue;
      held.add(key);
      wanted.delete(key);
    }
  }
  return (file) => {
    if (held.has(keyOf(file))) return 'held';
    return sawAll ? 'free' : 'unknown';
  };
}

function keyOf({ device, inode }: FileIdentity): string {
  return `${device}:${inode}`;
}

/** The process or the descriptor may end while we look: then it writes no more. */
function keyOfDescriptor(path: string): string | undefined {
  const stats = attempt(() => statSync(path, { throwIfNoEntry: false }));
  return stats?.isFile() ? keyOf({ device: stats.dev, inode: stats.ino }) : undefined;
}

/** `flags` of /proc/PID/fdinfo/N are the octal flags of open(2). */
function isForWriting(infoPath: string): boolean {
  const info = attempt(() => readFileSync(infoPath, 'latin1'));
  const flags = /^flags:\s*([0-7]+)/m.exec(info ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}

function namesIn(folder: string): string[] | undefined {
  return attempt(() => readdirSync(folder));
}

/** What `/proc` gives, or undefined where it is gone or not for us. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
