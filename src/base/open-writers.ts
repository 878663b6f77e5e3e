/**
 * Who has a file open for writing, from `/proc`: no guess by age or name can tell that, for a file keeps its writers
 * when it is renamed.
 *
 * Root sees all processes, other users only their own; where `/proc` is mounted with `hidepid`, as in a hardened service, those of
 * others are not even listed. One walk costs 7 to 12 µs for each open file of the machine,
 * so callers ask about many files at once and seldom; it ends when all of them were found.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from './errors.ts';

/** `unknown`: no writer was found, and not every process could be looked into. */
export type WriterState = 'held' | 'free' | 'unknown';

export type FileIdentity = Readonly<{ device: number; inode: number }>;

export type WritersOptions = Readonly<{
  /** Its own handles do not count. */
  exceptPid?: number;
}>;

const PROCESSES = '/proc';
/** There is always one of this number; where it is not listed, others are hidden as well. */
const FIRST_PID = '1';
/** Access mode bits of `flags` in fdinfo (octal): 0 is reading only. */
const ACCESS_MODE = 0o3;

/** For each of `files` whether a process may still write to it. */
export function writersOf(
  files: readonly FileIdentity[],
  options: WritersOptions = {},
): (file: FileIdentity) => WriterState {
  const wanted = new Set(files.map(keyOf));
  const held = new Set<string>();
  // Even the list of processes costs some 60 µs with 100 of them.
  const pids = wanted.size === 0 ? [] : (attempt(() => readdirSync(PROCESSES)) ?? []);
  let sawAll = wanted.size === 0 || pids.includes(FIRST_PID);
  for (const pid of pids) {
    if (wanted.size === 0) break;
    if (!/^\d+$/.test(pid) || Number(pid) === options.exceptPid) continue;
    const descriptors = descriptorsOf(pid);
    if (descriptors === null) sawAll = false;
    for (const descriptor of descriptors ?? []) {
      const key = keyWrittenBy(join(PROCESSES, pid), descriptor);
      if (key === undefined || !wanted.delete(key)) continue;
      held.add(key);
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

/** What a process has open: nothing where it ended meanwhile, null where it is not for us to see. */
function descriptorsOf(pid: string): string[] | null {
  try {
    return readdirSync(join(PROCESSES, pid, 'fd'));
  } catch (cause) {
    return isGone(cause) ? [] : null;
  }
}

function isGone(cause: unknown): boolean {
  const code = systemCodeOf(cause);
  return code === 'ENOENT' || code === 'ESRCH';
}

/** The file that a descriptor writes to; the process or the descriptor may end while we look: then it writes no more. */
function keyWrittenBy(process: string, descriptor: string): string | undefined {
  const path = join(process, 'fd', descriptor);
  // Most are sockets and pipes, and most files are only read: nothing is asked of the disk or share that these are on.
  if (attempt(() => readlinkSync(path))?.startsWith('/') !== true) return undefined;
  if (!isForWriting(join(process, 'fdinfo', descriptor))) return undefined;
  const stats = attempt(() => statSync(path, { throwIfNoEntry: false }));
  return stats?.isFile() ? keyOf({ device: stats.dev, inode: stats.ino }) : undefined;
}

/** `flags` of /proc/PID/fdinfo/N are the octal flags of open(2). */
function isForWriting(infoPath: string): boolean {
  const info = attempt(() => readFileSync(infoPath, 'latin1'));
  const flags = /^flags:\s*([0-7]+)/m.exec(info ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}

/** What `/proc` gives, or undefined where it is gone or not for us. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
