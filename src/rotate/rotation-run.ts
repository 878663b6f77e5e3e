/**
 * One run of `once`, `rotate` or the schedule: scan → plan → report → archive → notification.
 *
 * The stages come in that order and each needs the one before. When one fails, nothing further is touched:
 * a FAILED notice names the stage and the error, and the files stay where they are for the next run. What a
 * run needs from other threads it gets as functions (`RotationPorts`), so it runs on any thread.
 * A dry run asks and plans, and changes nothing.
 */
import { formatBytes } from '../base/byte-size.ts';
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';

import type { ArchiveRow } from '../ingest/archive-book.ts';
import type { FinishedReport, FinishedRun } from '../ingest/run-book.ts';
import { timestampText } from '../model/entry-record.ts';
import type { Channel, Notification, RunName, RunNotice } from '../model/notification.ts';
import { writeManifests } from './archive-manifest.ts';
import {
  type ArchiveJournal,
  type ArchiveOptions,
  type ArchiveOutcome,
  archiveFiles,
} from './archive-moves.ts';
import { recoverArchive } from './archive-recovery.ts';
import type { ArchivePolicy } from './archive-retention.ts';
import { type ArchiveState, keepArchive, NO_UPKEEP, type Upkeep } from './archive-upkeep.ts';
import { type ArchiveCandidate, planRotation, type RotationStep } from './rotation-plan.ts';

export type RotationPorts = Readonly<{
  /** Read every watched file to its end, index and commit it. */
  scan(): Promise<ScanResult>;
  /** The files that could move, as they are now. */
  candidates(): Promise<readonly ArchiveCandidate[]>;
  /** Write the report about everything that no report has covered. */
  report(): Promise<WrittenReport>;
  /** Moves that an earlier run did not finish. */
  unfinished(): Promise<readonly ArchiveRow[]>;
  journal: ArchiveJournal;
  /** What the book says of one folder of the archive. */
  inFolder(folder: string): Promise<readonly ArchiveRow[]>;
  /** Make the skip indexes of what came into the archive; one that cannot be made now is made by a later run. */
  indexArchives(): Promise<void>;
  /** What the archive holds, for its upkeep. */
  archived(): Promise<ArchiveState>;
  /** Queue a notification; it is delivered later, and again until it is. */
  tell(notification: Notification): Promise<void>;
}>;

export type WrittenReport = Readonly<{
  result: ReportResult;
  report: FinishedReport;
  /** The report as a mail; null: nobody wants it. */
  notification: Notification | null;
}>;

export type ScanResult = Readonly<{ fileCount: number; entryCount: number; sizeBytes: number }>;

export type ReportResult = Readonly<{
  paths: readonly string[];
  entryCount: number;
  errorCount: number;
}>;

export type RotationOptions = ArchiveOptions &
  Readonly<{
    run: RunName & ('once' | 'rotate');
    /** Whether files wait for the idle time of their watch; `once` takes everything that is finished. */
    waitsForIdle: boolean;
    /** Only files of this watch; null: of all. */
    watch: string | null;
    /** How archived files are let go of; null: never. */
    retention: ArchivePolicy;
    /** Archived files are read again once in this time; null: never. */
    verifyEveryMs: number | null;
    stateDir: string;
    host: string;
    success: readonly Channel[];
    failure: readonly Channel[];
    /** Whether finding no candidate at all ends the run at once; `once` says so and exits with its own code. */
    needsFiles: boolean;
  }>;

export const STAGES = ['scan', 'plan', 'report', 'archive', 'notification'] as const;
export type Stage = (typeof STAGES)[number];

export type RotationResult = Readonly<{
  /** `no-files`: there was nothing to work on, and nothing was written. */
  status: 'done' | 'failed' | 'no-files';
  failure: Readonly<{ stage: Stage; message: string; hint: string | null }> | null;
  scan: ScanResult | null;
  steps: readonly RotationStep[];
  report: ReportResult | null;
  outcome: ArchiveOutcome;
  upkeep: Upkeep;
}>;

type Parts = Readonly<{ clock: Clock; disk: Disk; ports: RotationPorts }>;

/** What the stages have brought so far; the result and the notice are made of it, also when one failed. */
type Progress = {
  stage: Stage;
  scan: ScanResult | null;
  steps: readonly RotationStep[];
  report: ReportResult | null;
  upkeep: Upkeep;
  readonly outcome: ArchiveOutcome;
};

export async function runRotation(parts: Parts, options: RotationOptions): Promise<RotationResult> {
  const startedAtMs = parts.clock.nowMs();
  const progress: Progress = {
    stage: 'scan',
    scan: null,
    steps: [],
    report: null,
    upkeep: NO_UPKEEP,
    outcome: { archived: [], left: [] },
  };
  try {
    const found = await runStages(parts, progress, options);
    if (!found) return resultOf(progress, { status: 'no-files', failure: null });
    progress.stage = 'notification';
    await finish(parts, progress, { options, startedAtMs, failure: null });
    return resultOf(progress, { status: 'done', failure: null });
  } catch (cause) {
    const failure = failureOf(progress.stage, cause);
    await tellOfFailure(parts, progress, { options, startedAtMs, failure });
    return resultOf(progress, { status: 'failed', failure });
  }
}

/** False: there is nothing to work on. */
async function runStages(
  parts: Parts,
  progress: Progress,
  options: RotationOptions,
): Promise<boolean> {
  const { clock, disk, ports } = parts;
  progress.scan = await ports.scan();

  progress.stage = 'plan';
  const { journal } = ports;
  const recovered: string[] = [];
  for (const move of await recoverArchive({ disk, journal }, await ports.unfinished())) {
    if (move.kind === 'finished') recovered.push(move.archivePath);
    if (move.trouble !== null)
      progress.outcome.left.push({ path: move.path, reason: move.trouble });
  }
  const candidates = await ports.candidates();
  if (candidates.length === 0 && options.needsFiles) return false;
  const { waitsForIdle, watch } = options;
  const policy = { waitsForIdle, watch, assumeIndexed: false };
  progress.steps = planRotation(candidates, { nowMs: clock.nowMs(), policy });

  progress.stage = 'report';
  const { result, report, notification } = await ports.report();
  await journal({ kind: 'report', report, notification });
  progress.report = result;

  progress.stage = 'archive';
  const moving = progress.steps.filter((step) => step.kind === 'move').map((step) => step.file);
  const { archiveDir, timezone } = options;
  const { outcome } = progress;
  try {
    await archiveFiles({ clock, disk, journal }, moving, {
      archiveDir,
      timezone,
      outcome,
    });
  } finally {
    const moved = outcome.archived.map((file) => file.archivePath);
    await writeManifests({ disk, inFolder: ports.inFolder }, [...recovered, ...moved]);
  }
  await ports.indexArchives();
  progress.upkeep = await keepArchive(parts, options);
  return true;
}

type Ending = Readonly<{
  options: RotationOptions;
  startedAtMs: number;
  failure: RotationResult['failure'];
}>;

async function finish(parts: Parts, progress: Progress, ending: Ending): Promise<void> {
  const finishedAtMs = parts.clock.nowMs();
  const run: FinishedRun = {
    run: ending.options.run,
    status: ending.failure === null ? 'SUCCESS' : 'FAILED',
    startedAtMs: ending.startedAtMs,
    finishedAtMs,
  };
  await parts.ports.journal({ kind: 'run', run });
  await parts.ports.tell(notificationOf(progress, ending, finishedAtMs));
}

/** If even this fails, the result still says what failed first; the caller prints it. */
async function tellOfFailure(parts: Parts, progress: Progress, ending: Ending): Promise<void> {
  try {
    await finish(parts, progress, ending);
  } catch {
    return;
  }
}

function notificationOf(progress: Progress, ending: Ending, finishedAtMs: number): Notification {
  const { options, startedAtMs, failure } = ending;
  const event: RunNotice = {
    kind: 'run',
    run: options.run,
    status: failure === null ? 'SUCCESS' : 'FAILED',
    startedAtMs,
    finishedAtMs,
    failure,
    context: contextOf(progress),
    host: options.host,
  };
  return {
    key: `run:${timestampText(startedAtMs * 1000)}:${options.run}:${event.status}`,
    channels: failure === null ? options.success : options.failure,
    createdAtMs: finishedAtMs,
    event,
  };
}

/** Counts and paths for the notice, in the order of the stages; only what has happened. */
function contextOf(progress: Progress): RunNotice['context'] {
  const { scan, report, outcome, steps, upkeep } = progress;
  const context: { name: string; value: string }[] = [];
  if (scan !== null) {
    const { fileCount, entryCount, sizeBytes } = scan;
    const read = `${formatCounted(entryCount, 'entry', 'entries')}, ${formatBytes(sizeBytes)}`;
    context.push({ name: 'Read', value: `${formatCounted(fileCount, 'file')}, ${read}` });
  }
  for (const path of report?.paths ?? []) context.push({ name: 'Report', value: path });
  const archivedBytes = outcome.archived.reduce((sum, file) => sum + file.sizeBytes, 0);
  const archived = formatCounted(outcome.archived.length, 'file');
  context.push({ name: 'Archived', value: `${archived}, ${formatBytes(archivedBytes)}` });
  for (const file of outcome.archived.slice(0, LISTED_FILES_MAX)) {
    context.push({ name: 'Moved', value: `${file.originalPath} to ${file.archivePath}` });
  }
  const moreCount = outcome.archived.length - LISTED_FILES_MAX;
  if (moreCount > 0)
    context.push({ name: 'Moved', value: `${formatCounted(moreCount, 'more file')}` });
  for (const { path, reason } of upkeep.removed.slice(0, LISTED_FILES_MAX)) {
    context.push({ name: 'Deleted', value: `${path}: ${reason}` });
  }
  for (const { path, reason } of upkeep.damaged.slice(0, LISTED_FILES_MAX)) {
    context.push({ name: 'Damaged', value: `${path}: ${reason}` });
  }
  const waiting = steps.filter((step) => step.kind === 'leave');
  const left = [
    ...outcome.left,
    ...waiting.map((step) => ({ path: step.file.path, reason: step.reason })),
  ];
  for (const { path, reason } of left.slice(0, LISTED_FILES_MAX)) {
    context.push({ name: 'Left', value: `${path}: ${reason}` });
  }
  return context;
}

/** Files named one by one in a notice; the report and the book have all of them. */
const LISTED_FILES_MAX = 20;

function failureOf(stage: Stage, cause: unknown): NonNullable<RotationResult['failure']> {
  const hint = cause instanceof OperatorError ? (cause.hint ?? null) : null;
  return { stage, message: messageOf(cause), hint };
}

function resultOf(
  progress: Progress,
  end: Pick<RotationResult, 'status' | 'failure'>,
): RotationResult {
  const { scan, steps, report, outcome, upkeep } = progress;
  return { ...end, scan, steps, report, outcome, upkeep };
}
