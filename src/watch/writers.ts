/**
 * Who has a file open for writing, as far as /proc tells: only root sees the handles of other users.
 * Walks all handles of all processes: a few milliseconds, so callers ask about many files at once and seldom.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `unknown`: no writer was found, and not every process could be looked into. */
export type WriterState = 'held' | 'free' | 'unknown';

const ACCESS_MODE_MASK = 0o3;
const DELETED_SUFFIX = ' (deleted)';

/** For each of `paths` (as the kernel names them: without links) whether a process may still write to it. */
export function writersOf(paths: ReadonlySet<string>): (path: string) => WriterState {
  const held = new Set<string>();
  let sawAll = true;
  for (const process of listOf('/proc')) {
    if (!/^\d+$/.test(process)) continue;
    const folder = `/proc/${process}/fd`;
    let descriptors: string[];
    try {
      descriptors = readdirSync(folder);
    } catch {
      // It ended, or belongs to somebody else.
      sawAll &&= !existsNow(`/proc/${process}`);
      continue;
    }
    for (const descriptor of descriptors) {
      const path = targetOf(`${folder}/${descriptor}`);
      if (path === undefined || !paths.has(path) || held.has(path)) continue;
      if (isForWriting(`/proc/${process}/fdinfo/${descriptor}`)) held.add(path);
    }
  }
  return (path) => {
    if (held.has(path)) return 'held';
    return sawAll ? 'free' : 'unknown';
  };
}

function targetOf(link: string): string | undefined {
  try {
    const target = readlinkSync(link);
    if (!target.startsWith('/')) return undefined;
    return target.endsWith(DELETED_SUFFIX) ? target.slice(0, -DELETED_SUFFIX.length) : target;
  } catch {
    return undefined;
  }
}

/** `flags` of /proc/PID/fdinfo/N are the octal flags of open(2). */
function isForWriting(infoPath: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(infoPath, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE_MASK) !== 0;
  } catch {
    return false;
  }
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function existsNow(folder: string): boolean {
  return listOf(folder).length > 0;
}
