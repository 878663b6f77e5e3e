/**
 * Room on the disks of what Logstead writes, for bytes and for files, how long it lasts at the present rate, whether anything can be
 * written there, and whether the state may be there.
 */
import { accessSync, constants, readFileSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { formatBytes } from '../base/byte-size.ts';
import { systemCodeOf } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';
import type { DiskRoom } from '../report/report.ts';
import { shellWord } from './check-files.ts';
import { type Finding, well } from './finding.ts';

const CHECK = 'disk';
const SHARE_FREE_MIN = 0.05;
/** Of the disk of archives, where the config does not want less on that of the index. */
const ARCHIVE_FREE_BYTES_MIN = 1_000_000_000;
/** From so many times `free_space` on the daemon says nothing (`ingest/pressure.ts`). */
const CALM_FACTOR = 4;
const DAYS_LEFT_WARN = 14;
const DAYS_LEFT_FAIL = 2;
/** Files that can still be made: a run makes some for each archived log. */
const FILES_MIN = 1_000;
const FILES_FAIL = 100;

/** `f_type` of file systems on which SQLite's locks or fsync cannot be relied on, from statfs(2). */
const UNFIT_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021994, 'tmpfs, which is empty after a restart of the machine'],
  [0x65735546, 'FUSE'],
]);

/** The name of the folder whose files have limits of their own. */
const ARCHIVE = 'archive folder';

export type DiskFacts = Readonly<{
  /** What lies there, by name: `state folder` → its path, and the room on its disk; null: not asked, or cannot be. */
  folders: Readonly<Record<string, Readonly<{ path: string; room: DiskRoom | null }>>>;
  stateDir: string;
  /** What must stay free on the disk of the index. */
  freeBytesMin: number;
  /** File systems as the kernel lists them; usually, and where it is not said, `/proc/self/mountinfo`. */
  mountList?: string;
}>;

export function checkDisk(facts: DiskFacts): Finding[] {
  const findings: Finding[] = [];
  const told: string[] = [];
  const { mountList = '/proc/self/mountinfo' } = facts;
  for (const [name, { path, room }] of Object.entries(facts.folders)) {
    if (isReadOnly(path) || isStopped(path, mountList)) findings.push(readOnly(name, path));
    if (room === null) continue;
    const { freeBytes, totalBytes, daysLeft } = room;
    const lasts = daysLeft === null ? '' : `, ${formatCounted(daysLeft, 'day')} left`;
    const { freeBytesMin, freeBytesCalm, why } = wantedOn(name, facts.freeBytesMin);
    const isShort = freeBytes < freeBytesCalm;
    const text = `${name} ${path}: ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free${lasts}${isShort ? why : ''}`;
    const isFull = isShort || freeBytes < totalBytes * SHARE_FREE_MIN;
    if (isFull || (daysLeft !== null && daysLeft < DAYS_LEFT_WARN)) {
      const isNow = freeBytes < freeBytesMin || (daysLeft ?? DAYS_LEFT_FAIL) < DAYS_LEFT_FAIL;
      findings.push({
        check: CHECK,
        verdict: isNow ? 'fail' : 'warn',
        harm: 'lines',
        text,
        fix: `make room, or keep less: [retention] ${name === ARCHIVE ? 'archive_age and archive_size' : 'age and index_size'} in the config`,
      });
    } else told.push(text);
  }
  findings.push(...outOfFiles(facts.folders));
  const unfit = fileSystemOf(facts.stateDir);
  if (unfit !== null) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'lines',
      text: `state folder ${facts.stateDir} is on ${unfit}`,
      fix: 'set [paths] state_dir to a folder on a local disk',
    });
  }
  return [...findings, ...told.map((text) => well(CHECK, text))];
}

/** Below which of two limits there is too little, and little; and why, where that can be said. */
function wantedOn(
  name: string,
  stateBytesMin: number,
): Readonly<{ freeBytesMin: number; freeBytesCalm: number; why: string }> {
  if (name === ARCHIVE) {
    const freeBytesMin = Math.min(ARCHIVE_FREE_BYTES_MIN, stateBytesMin);
    return { freeBytesMin, freeBytesCalm: freeBytesMin, why: '' };
  }
  const why = `; below ${formatBytes(stateBytesMin)} (free_space) nothing is read`;
  return { freeBytesMin: stateBytesMin, freeBytesCalm: stateBytesMin * CALM_FACTOR, why };
}

function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (cause) {
    return systemCodeOf(cause) === 'EROFS';
  }
}

/** After an error the kernel may write nothing more and say so in a mount option alone (Linux 6.15): access(2) grants everything then. */
function isStopped(path: string, mountList: string): boolean {
  try {
    const real = realpathSync(path);
    const mounts = readFileSync(mountList, 'utf8').split('\n').map(mountOf);
    const above = mounts.filter(({ at }) => at === '/' || real === at || real.startsWith(`${at}/`));
    // Of several at one place the last is the one that shows.
    const longest = Math.max(...above.map(({ at }) => at.length));
    const options = above.findLast(({ at }) => at.length === longest)?.options ?? [];
    return options.includes('emergency_ro');
  } catch {
    return false;
  }
}

/** Of a line of proc(5), "mountinfo": the place, with blanks as they are, and the options of the file system. */
function mountOf(line: string): Readonly<{ at: string; options: readonly string[] }> {
  const [ours = '', its = ''] = line.split(' - ');
  const at = ours.split(' ')[4] ?? '';
  return {
    at: at.replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    ),
    options: its.split(' ')[2]?.split(',') ?? [],
  };
}

function readOnly(name: string, path: string): Finding {
  return {
    check: CHECK,
    verdict: 'fail',
    harm: 'lines',
    text: `${name} ${path} is on a read-only disk: the daemon does not start`,
    fix: 'mount the disk for writing (after an error the kernel mounts it anew without: look into its log), or name another folder in [paths]',
  };
}

/** Of each disk that takes few files more or none, however much room it has: small files use up inodes. */
function outOfFiles(folders: DiskFacts['folders']): Finding[] {
  const disks = new Map<number, Readonly<{ path: string; names: string[]; freeCount: number }>>();
  for (const [name, { path }] of Object.entries(folders)) {
    const disk = filesLeftOn(path);
    if (disk === null || disk.freeCount >= FILES_MIN) continue;
    const known = disks.get(disk.device);
    if (known === undefined) disks.set(disk.device, { ...disk, path, names: [name] });
    else known.names.push(name);
  }
  return [...disks.values()].map(({ path, names, freeCount }) => {
    const isNow = freeCount < FILES_FAIL;
    return {
      check: CHECK,
      verdict: isNow ? 'fail' : 'warn',
      harm: 'lines',
      text: `${names.join(', ')}: ${formatCounted(freeCount, 'file')} can still be made on this disk, however much room it has`,
      fix: `remove small files there: df -i ${shellWord(path)} shows how many inodes are free`,
    };
  });
}

/** Null: it cannot be asked, or the file system has no such limit. */
function filesLeftOn(path: string): Readonly<{ device: number; freeCount: number }> | null {
  try {
    const { files, ffree } = statfsSync(path);
    return files === 0 ? null : { device: statSync(path).dev, freeCount: ffree };
  } catch {
    return null;
  }
}

function fileSystemOf(path: string): string | null {
  try {
    return UNFIT_FILE_SYSTEMS.get(statfsSync(path).type >>> 0) ?? null;
  } catch {
    return null;
  }
}
