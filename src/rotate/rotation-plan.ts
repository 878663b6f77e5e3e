/**
 * Which files move, and why each of the others stays: pure, so that a dry run and a real one decide alike.
 *
 * A file moves only when every byte of it is indexed and no process has it open for writing. `once` takes
 * all such files; `rotate` those that were also left alone for the idle time, and where the config says so takes files aside
 * that are still written to, which then move.
 */
import { basename } from 'node:path';
import { formatBytes } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/number-text.ts';
import type { WatchRotation } from '../config/settings.ts';
import { parseRotationName } from '../watch/rotation-name.ts';
import { writerCallText } from './writer-call.ts';

/** A file as watch and index know it, adapted by whoever owns those rooms. */
export type ArchiveCandidate = Readonly<{
  path: string;
  /** The watched folder it was found in. */
  root: string;
  /** Number of the file generation in the ledger. */
  generation: number;
  device: number;
  inode: number;
  sizeBytes: number;
  modifiedAtMs: number;
  firstSeenAtMs: number;
  /** Bytes indexed and committed, from the start of the file. */
  indexedBytes: number;
  /** Why its bytes were not indexed although they were looked at (it is no text); null: they were. */
  skipReason: string | null;
  source: string;
  /** Name of the section that found it. */
  watch: string;
  /** Whether its watch lets files be moved, and how they are. */
  archive: boolean;
  rotation: WatchRotation;
  /** Whether its name is a symbolic link, or one is between it and `root`: what lies elsewhere is not moved. */
  isBehindLink: boolean;
  /** Whether a process has it open for writing. */
  beingWritten: boolean;
  /** It was taken aside by an earlier step, and nobody writes to it by its name any more: it need not be idle. */
  isAside: boolean;
  /** It is empty, and the log of its name lies aside, still open: its writer, who may not be allowed to make one, is to go on in it. */
  isAwaited: boolean;
}>;

export type RotationPolicy = Readonly<{
  /** Whether a file must have been left alone for the idle time of its watch; `once` takes what is finished. */
  waitsForIdle: boolean;
  /** Only files of this watch; null: of all. */
  watch: string | null;
  /** Whether files of sections with a schedule of their own wait for that. */
  leavesScheduled: boolean;
  /** Whether files that are still written to are taken aside where the config says so. */
  takesActive: boolean;
  /** A dry run has not indexed anything: what is missing would be read first. */
  assumeIndexed: boolean;
}>;

export type RotationStep = Readonly<{
  /** `aside`: it is still written to; taken aside first, then it moves. */
  kind: 'move' | 'leave' | 'aside';
  file: ArchiveCandidate;
  /** For people: "idle for 7 min", "3,072 of 4,096 B are not indexed yet". */
  reason: string;
  /** It stays because the config says so, today as on any other day. */
  isConfigured: boolean;
}>;

/** One step for each candidate, in the order given. */
export function planRotation(
  candidates: readonly ArchiveCandidate[],
  at: Readonly<{ nowMs: number; policy: RotationPolicy }>,
): RotationStep[] {
  return candidates.map((file) => {
    const configured = configuredReason(file, at.policy);
    if (configured !== null) {
      return { kind: 'leave', file, reason: configured, isConfigured: true };
    }
    return { ...stepOf(file, at), isConfigured: false };
  });
}

/** What is said of files that stay: why each of those waits, and how many the config leaves where they are. */
export function leftSteps(steps: readonly RotationStep[]): {
  waiting: { path: string; reason: string }[];
  configuredCount: number;
} {
  const left = steps.filter(({ kind }) => kind === 'leave');
  const waiting = left.filter(({ isConfigured }) => !isConfigured);
  return {
    waiting: waiting.map(({ file, reason }) => ({ path: file.path, reason })),
    configuredCount: left.length - waiting.length,
  };
}

/** Why the config has it stay; null: it has not. */
function configuredReason(file: ArchiveCandidate, policy: RotationPolicy): string | null {
  if (policy.watch !== null && file.watch !== policy.watch) return 'it is of another section';
  if (waitsForItsTime(file, policy)) {
    return `its section has a schedule of its own, ${file.rotation.schedule}`;
  }
  return file.archive ? null : 'its watch does not archive';
}

type Step = Omit<RotationStep, 'isConfigured'>;

function stepOf(
  file: ArchiveCandidate,
  at: Readonly<{ nowMs: number; policy: RotationPolicy }>,
): Step {
  const obstacle = obstacleOf(file, at.nowMs, at.policy);
  if (obstacle === null) {
    return { kind: 'move', file, reason: reasonOf(file, at.nowMs, at.policy) };
  }
  return activeStepOf(file, at) ?? { kind: 'leave', file, reason: obstacle };
}

function obstacleOf(file: ArchiveCandidate, nowMs: number, policy: RotationPolicy): string | null {
  if (file.isBehindLink) return 'a symbolic link is on its path';
  if (file.beingWritten) return 'a process has it open for writing';
  if (file.isAwaited) return 'it is empty, for a process that has the renamed one open';
  if (file.skipReason !== null) return `it is not indexed: ${file.skipReason}`;
  const missing = file.sizeBytes - file.indexedBytes;
  if (missing > 0 && !policy.assumeIndexed) {
    return `${formatCount(missing)} of ${formatCount(file.sizeBytes)} B are not indexed yet`;
  }
  if (missing < 0) return 'it became shorter than what was read of it';
  const idleMs = nowMs - file.modifiedAtMs;
  // A modification time ahead of the clock says nothing about idleness: wait until it is past.
  if (policy.waitsForIdle && !file.isAside && idleMs < file.rotation.idleMs) {
    const since = Math.max(0, idleMs);
    return `written ${formatDuration(since)} ago, moves after ${formatDuration(file.rotation.idleMs)}`;
  }
  return null;
}

function waitsForItsTime(
  { rotation }: ArchiveCandidate,
  { leavesScheduled, watch }: RotationPolicy,
): boolean {
  return leavesScheduled && watch === null && rotation.schedule !== null;
}

/** What becomes of a file that is in use; null: nothing that a finished one would not. */
function activeStepOf(
  file: ArchiveCandidate,
  { nowMs, policy }: Readonly<{ nowMs: number; policy: RotationPolicy }>,
): Step | null {
  const { active, idleMs } = file.rotation;
  const isInUse = file.beingWritten || nowMs - file.modifiedAtMs < idleMs;
  if (!policy.takesActive || active.way === 'leave' || !isInUse) return null;
  if (file.isAside || file.isBehindLink) return null;
  if (file.skipReason !== null || file.sizeBytes === 0) return null;
  // Who writes to a file of a rotated name is about to finish it: gzip, or a log that has the day in its name.
  if (parseRotationName(basename(file.path)).rotated) return null;
  if (!isLargeOrOld(file, nowMs)) {
    return { kind: 'leave', file, reason: `it is in use, and ${notYet(file, nowMs)}` };
  }
  const told = active.writers.map((call) => `, then ${writerCallText(call)}`).join('');
  const how = active.way === 'rename' ? `renamed${told}` : 'copied and emptied';
  return { kind: 'aside', file, reason: `it is in use: ${how}` };
}

/** Whether its section takes files at a size or age, and this one has come to it. */
export function hasComeToItsBound(
  file: Pick<ArchiveCandidate, 'path' | 'archive' | 'sizeBytes' | 'firstSeenAtMs' | 'rotation'>,
  nowMs: number,
): boolean {
  const { way, bytesMin, ageMsMin } = file.rotation.active;
  if (!file.archive || file.sizeBytes === 0) return false;
  if (parseRotationName(basename(file.path)).rotated) return false;
  if (way === 'leave' || (bytesMin === null && ageMsMin === null)) return false;
  return isLargeOrOld(file, nowMs);
}

/** Whether a file in use has come to the size or age from which its section takes it. */
export function isLargeOrOld(
  file: Pick<ArchiveCandidate, 'sizeBytes' | 'firstSeenAtMs' | 'rotation'>,
  nowMs: number,
): boolean {
  const { bytesMin, ageMsMin } = file.rotation.active;
  if (bytesMin === null && ageMsMin === null) return true;
  const isLarge = bytesMin !== null && file.sizeBytes >= bytesMin;
  return isLarge || (ageMsMin !== null && nowMs - file.firstSeenAtMs >= ageMsMin);
}

function notYet({ rotation, sizeBytes, firstSeenAtMs }: ArchiveCandidate, nowMs: number): string {
  const { bytesMin, ageMsMin } = rotation.active;
  const parts: string[] = [];
  if (bytesMin !== null) {
    parts.push(`has ${formatBytes(sizeBytes)} of the ${formatBytes(bytesMin)} it is taken at`);
  }
  if (ageMsMin !== null) {
    const age = formatDuration(Math.max(0, nowMs - firstSeenAtMs));
    parts.push(`was followed for ${age} of the ${formatDuration(ageMsMin)} it is taken at`);
  }
  return parts.join(', ');
}

function reasonOf(file: ArchiveCandidate, nowMs: number, policy: RotationPolicy): string {
  if (file.indexedBytes < file.sizeBytes) {
    return 'nobody writes to it; what is not indexed yet would be indexed first';
  }
  if (file.isAside) return 'taken aside, indexed to its end, nobody writes to it';
  if (!policy.waitsForIdle) return 'indexed to its end, nobody writes to it';
  return `indexed to its end, idle for ${formatDuration(nowMs - file.modifiedAtMs)}`;
}
