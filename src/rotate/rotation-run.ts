/**
 * One run of `once`, `rotate` or the schedule: scan → plan → report → archive → notification.
 *
 * The stages come in that order and each needs the one before. When one fails, nothing further is touched:
 * a FAILED notice names the stage and the error, and the files stay where they are for the next run. What the disk refuses
 * for single files ends no stage: all else is archived, indexed and kept as on any day, and then the run fails. What a
 * run needs from other threads it gets as functions (`RotationPorts`), so it runs on any thread.
 * Files that are still written to are taken aside at the start of the archive stage, where the config says so. A run for
 * these alone (one has come to its size) writes no report. A dry run asks and plans, and changes nothing.
 */
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { asStateFailure } from '../base/state-failure.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import type { AsideRow } from '../ingest/aside-book.ts';
import type { FinishedReport, FinishedRun, GenerationTime } from '../ingest/run-book.ts';
import { timestampText } from '../model/entry-record.ts';
import type { Channel, Notification, RunName, RunNotice } from '../model/notification.ts';
import { type Asides, heldAside, takeAside, type Writers } from './active-files.ts';
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
import { type AsideJournal, recoverAside } from './aside-recovery.ts';
import { refuseEmptied } from './emptied-archive.ts';
import { noticeContext } from './rotation-notice.ts';
import {
  type ArchiveCandidate,
  hasComeToItsBound,
  planRotation,
  type RotationStep,
} from './rotation-plan.ts';
import { RunFailures } from './run-failures.ts';

export type RotationPorts = Readonly<{
  /** Read every watched file to its end, index and commit it. */
  scan(): Promise<ScanResult>;
  /** The files that could move, as they are now. */
  candidates(): Promise<readonly ArchiveCandidate[]>;
  /** From when to when the entries of these generations are. */
  times(generations: readonly number[]): Promise<readonly GenerationTime[]>;
  /** Write the report about everything that no report has covered. */
  report(): Promise<WrittenReport>;
  /** Moves that an earlier run did not finish. */
  unfinished(): Promise<readonly ArchiveRow[]>;
  /** Archive paths that came or went since a run last ended well. */
  changed(): Promise<readonly string[]>;
  /** Files that were taken aside, or on their way there when a run was interrupted. */
  asides(): Promise<readonly AsideRow[]>;
  journal: ArchiveJournal;
  /** What the book says of one folder of the archive. */
  inFolder(folder: string): Promise<readonly ArchiveRow[]>;
  /**
   * Make the skip indexes of what came into the archive; one that cannot be made now is made by a later run. Returns the archive
   * paths of which the book knows more by that.
   */
  indexArchives(): Promise<readonly string[]>;
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
    /** Only files that have come to the size or age at which their sections take them. */
    onlyLargeOrOld: boolean;
    /** Whether it reports, and looks after the archive; runs of single sections on their schedule do not. */
    withReport: boolean;
    writers: Writers;
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
  /** What was still written to and taken aside. */
  asides: Asides;
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
  readonly asides: Asides;
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
    asides: { taken: [], left: [] },
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
  const { ports } = parts;
  progress.scan = await ports.scan();

  progress.stage = 'plan';
  const recovered = await recover(parts, progress);
  const candidates = await ports.candidates();
  if (candidates.length === 0 && options.needsFiles) return false;
  progress.steps = plan(parts, candidates, options);

  if (options.withReport) {
    progress.stage = 'report';
    const { result, report, notification } = await ports.report();
    await ports.journal({ kind: 'report', report, notification });
    progress.report = result;
  }

  progress.stage = 'archive';
  const isAnyToMove = progress.steps.some(({ kind }) => kind !== 'leave');
  if (isAnyToMove) await refuseEmptied(parts.disk, options.archiveDir, ports.archived);
  const failures = new RunFailures();
  await takeActive(parts, progress, { ...options, failures });
  await archive(parts, progress, { options, recovered, failures });
  if (options.withReport) progress.upkeep = await keepArchive(parts, { ...options, failures });
  failures.end();
  return true;
}

/** Settle what an earlier run left. Returns the archive paths that manifests may not have yet. */
async function recover({ disk, ports }: Parts, { outcome, asides }: Progress): Promise<string[]> {
  const { journal } = ports;
  const recovered = [...(await ports.changed())];
  for (const move of await recoverArchive({ disk, journal }, await ports.unfinished())) {
    if (move.kind === 'finished') recovered.push(move.archivePath);
    if (move.trouble !== null) outcome.left.push({ path: move.path, reason: move.trouble });
  }
  const enter: AsideJournal = (change) => journal({ kind: 'aside', change });
  asides.left.push(...(await recoverAside({ disk, journal: enter }, await ports.asides())));
  return recovered;
}

function plan(
  { clock }: Parts,
  candidates: readonly ArchiveCandidate[],
  { waitsForIdle, watch, onlyLargeOrOld }: RotationOptions,
): RotationStep[] {
  const nowMs = clock.nowMs();
  const looked = onlyLargeOrOld
    ? candidates.filter((file) => file.isAside || hasComeToItsBound(file, nowMs))
    : candidates;
  const leavesScheduled = waitsForIdle && !onlyLargeOrOld;
  const policy = {
    ...{ waitsForIdle, watch, leavesScheduled },
    ...{ takesActive: waitsForIdle, assumeIndexed: false },
  };
  return planRotation(looked, { nowMs, policy });
}

/** Take aside what is still written to, and plan anew with what it has become. */
async function takeActive(
  parts: Parts,
  progress: Progress,
  options: RotationOptions & Readonly<{ failures: RunFailures }>,
): Promise<void> {
  const { clock, disk, ports } = parts;
  const { scan, candidates, journal } = ports;
  const active = progress.steps.flatMap(({ kind, file }) => (kind === 'aside' ? [file] : []));
  const { timezone, watch, writers } = options;
  const held = heldAside(await ports.asides()).filter((row) => (watch ?? row.watch) === row.watch);
  if (active.length === 0 && held.length === 0) return;
  const { asides } = progress;
  const where = { clock, disk, journal, scan, candidates };
  await options.failures.attempt(() =>
    takeAside(where, { active, held }, { timezone, writers, asides }),
  );
  // A copy that could not be finished goes when recovery has settled it: the file may still hold all of it.
  const unsettled = (await ports.asides()).filter(({ state }) => state !== 'aside');
  const notNow = new Set([
    ...asides.taken.map(({ path }) => path),
    ...unsettled.map(({ asidePath }) => asidePath),
  ]);
  const left = (await candidates()).filter(({ path }) => !notNow.has(path));
  progress.steps = plan(parts, left, options).filter(({ kind }) => kind !== 'aside');
}

async function archive(
  { clock, disk, ports }: Parts,
  { steps, outcome }: Progress,
  run: Readonly<{
    options: RotationOptions;
    recovered: readonly string[];
    failures: RunFailures;
  }>,
): Promise<void> {
  const moving = steps.flatMap(({ kind, file }) => (kind === 'move' ? [file] : []));
  const { archiveDir, timezone } = run.options;
  if (moving.length > 0) {
    const times = await ports.times(moving.map(({ generation }) => generation));
    await ports.journal({ kind: 'times', times, atMs: clock.nowMs() });
  }
  const { journal, inFolder } = ports;
  const options = { archiveDir, timezone, outcome };
  await run.failures.attempt(() => archiveFiles({ clock, disk, journal }, moving, options));
  const moved = outcome.archived.map((file) => file.archivePath);
  const manifests = { disk, inFolder };
  await run.failures.attempt(() => writeManifests(manifests, [...run.recovered, ...moved]));
  const corrected = await ports.indexArchives();
  await run.failures.attempt(() => writeManifests(manifests, corrected));
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
  // The schedule asks for the last run of everything: by it is known what has to be made up for.
  const { watch, withReport } = ending.options;
  if (withReport && watch === null) await parts.ports.journal({ kind: 'run', run });
  if (ending.options.onlyLargeOrOld) {
    const { outcome, asides } = progress;
    const isNews = ending.failure !== null || outcome.archived.length + asides.taken.length > 0;
    if (!isNews) return;
  }
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
    context: noticeContext(progress),
    host: options.host,
  };
  return {
    key: `run:${timestampText(startedAtMs * 1000)}:${options.run}:${event.status}`,
    channels: failure === null ? options.success : options.failure,
    createdAtMs: finishedAtMs,
    event,
  };
}

function failureOf(stage: Stage, thrown: unknown): NonNullable<RotationResult['failure']> {
  const cause = asStateFailure(thrown);
  const hint = cause instanceof OperatorError ? (cause.hint ?? null) : null;
  return { stage, message: messageOf(cause), hint };
}

function resultOf(
  progress: Progress,
  end: Pick<RotationResult, 'status' | 'failure'>,
): RotationResult {
  const { scan, steps, report, outcome, asides, upkeep } = progress;
  return { ...end, scan, steps, report, outcome, asides, upkeep };
}
