/** Limits of the machine that a follower of many files meets: inotify watches and instances, open files. */
import { readFileSync } from 'node:fs';
import { formatCount } from '../base/number-text.ts';
import { type Finding, well } from './finding.ts';

const CHECK = 'limits';
/** Of a limit; above it the next folder may be the one too many. */
const NEAR = 0.8;
/** Descriptors that are not log files: database, sockets, segments, threads. */
const OWN_DESCRIPTORS = 256;

export type LimitFacts = Readonly<{
  /** Usually `/proc/sys/fs/inotify`. */
  inotifyFolder: string;
  /** Folders with followed files: each takes a watch. */
  folderCount: number;
  fileCount: number;
  /** Open files that the daemon is allowed; null: unknown. */
  openFilesMax: number | null;
}>;

export function checkLimits(facts: LimitFacts): Finding[] {
  const findings: Finding[] = [];
  const watchesMax = numberIn(`${facts.inotifyFolder}/max_user_watches`);
  if (watchesMax !== null && facts.folderCount > watchesMax * NEAR) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'service',
      text: `inotify watches: ${formatCount(facts.folderCount)} folders to watch, ${formatCount(watchesMax)} watches allowed to each user; beyond them files are only seen by the rescan, up to 10 s late`,
      fix: `sysctl -w fs.inotify.max_user_watches=${Math.max(65_536, 2 * facts.folderCount)}`,
    });
  }
  const instancesMax = numberIn(`${facts.inotifyFolder}/max_user_instances`);
  if (instancesMax !== null && instancesMax < 16) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'service',
      text: `inotify instances: ${formatCount(instancesMax)} allowed to each user; without one files are only seen by the rescan, up to 10 s late`,
      fix: 'sysctl -w fs.inotify.max_user_instances=128',
    });
  }
  const { openFilesMax, fileCount } = facts;
  if (openFilesMax !== null && openFilesMax < Math.min(fileCount, 4_096) + OWN_DESCRIPTORS) {
    findings.push({
      check: CHECK,
      verdict: 'warn',
      harm: 'service',
      text: `open files: ${formatCount(openFilesMax)} allowed, ${formatCount(fileCount)} files to follow; files are closed and opened again in turn`,
      fix: 'for the service: systemctl edit logstead, [Service], LimitNOFILE=65536; in a shell: ulimit -n 65536',
    });
  }
  if (findings.length > 0) return findings;
  const watches = watchesMax === null ? '' : ` of ${formatCount(watchesMax)}`;
  return [
    well(
      CHECK,
      `limits: ${formatCount(facts.folderCount)}${watches} inotify watches, enough open files`,
    ),
  ];
}

/** A number from a file of the kernel; null where it has none. */
function numberIn(path: string): number | null {
  try {
    const value = Number(readFileSync(path, 'utf8'));
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
