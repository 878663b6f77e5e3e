/**
 * Which files some process has open for writing, from `/proc`: no guess by age can tell that.
 *
 * Sees the processes of its own user, or all of them as root; others' are invisible without further rights,
 * and there the idle time decides. One pass serves a whole run: about 10 µs for each open file of the machine.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PROCESSES = '/proc';
/** Access mode bits of `flags` in fdinfo (octal): 0 is reading only. */
const ACCESS_MODE = 0o3;

/** `device:inode` of every regular file open for writing that can be seen. `exceptPid`: ourselves. */
export function filesOpenForWriting(options: Readonly<{ exceptPid: number }>): Set<string> {
  const found = new Set<string>();
  for (const name of namesIn(PROCESSES)) {
    if (/^\d+$/.test(name) && Number(name) !== options.exceptPid) addWrittenBy(name, found);
  }
  return found;
}

export function fileKey(file: Readonly<{ device: number; inode: number }>): string {
  return `${file.device}:${file.inode}`;
}

function addWrittenBy(pid: string, found: Set<string>): void {
  const folder = join(PROCESSES, pid, 'fd');
  for (const descriptor of namesIn(folder)) {
    // The process or the descriptor may end while we look: then it writes no more.
    const stats = attempt(() => statSync(join(folder, descriptor)));
    if (!stats?.isFile()) continue;
    const info = attempt(() => readFileSync(join(PROCESSES, pid, 'fdinfo', descriptor), 'latin1'));
    const flags = /^flags:\s+([0-7]+)/m.exec(info ?? '')?.[1];
    if (flags === undefined || (Number.parseInt(flags, 8) & ACCESS_MODE) === 0) continue;
    found.add(fileKey({ device: stats.dev, inode: stats.ino }));
  }
}

function namesIn(folder: string): string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

/** What `/proc` gives, or undefined where it is gone or not for us. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
