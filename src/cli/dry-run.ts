/**
 * What `once` or `rotate` would do, with nothing changed: not even the state folder is opened.
 *
 * The watched folders are listed as the daemon would list them, with the book of generations in memory, and the
 * plan is made by the same code as a real run's. What is not indexed yet would be indexed first.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import { silentLog } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { AgeClock } from '../ingest/age-clock.ts';
import { absenceAt } from '../ingest/presence.ts';
import { PRESENCE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { candidatesOf } from '../rotate/archive-candidates.ts';
import { type Coming, type Forecast, forecastArchive } from '../rotate/archive-forecast.ts';
import { planRetention, type RetentionStep } from '../rotate/archive-retention.ts';
import { forgottenThroughUs } from '../rotate/archive-search.ts';
import { archivePolicyOf, archiveStateOf } from '../rotate/archive-state.ts';
import type { ArchiveState } from '../rotate/archive-upkeep.ts';
import { refuseEmptied } from '../rotate/emptied-archive.ts';
import { entryTimesOf } from '../rotate/entry-times.ts';
import { type ArchiveCandidate, planRotation, type RotationStep } from '../rotate/rotation-plan.ts';
import { type RotationRequest, waitsForIdle } from '../rotate/rotation-request.ts';
import type { ArchivableFile } from '../watch/archivable.ts';
import { liveFiles } from '../watch/generation-facts.ts';
import { HEAD_BYTES } from '../watch/limits.ts';
import { packedFormatOf } from '../watch/rotation-name.ts';
import type { WatchSink } from '../watch/sink.ts';
import { probeText } from '../watch/text-probe.ts';
import { Watcher } from '../watch/watcher.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openStored, storedBytes } from './open-database.ts';
import { type Plan, planText, unreadableText } from './rotation-output.ts';

const READS_NOTHING: WatchSink = {
  chunk: () => false,
  longLine: () => false,
  partial: () => 'kept',
  ended: () => {},
};

export async function dryRun(
  context: CliContext,
  settings: Settings,
  request: RotationRequest,
): Promise<ExitCode> {
  const { steps, unreadable } = await plan(context, settings, request);
  if (steps.length === 0 && request.run === 'once') {
    context.errorOutput.write(`${unreadableText(unreadable)}${noLogFileText(settings)}`);
    return EXIT.NO_LOG_FILE;
  }
  await refuseUnmounted(context, settings, steps);
  context.output.write(
    planText({ steps, unreadable, retention: retentionPlan(context, settings, steps) }),
  );
  return EXIT.DONE;
}

/** A real run would end there, with nothing moved. */
async function refuseUnmounted(
  { clock }: CliContext,
  settings: Settings,
  steps: readonly RotationStep[],
): Promise<void> {
  if (!isStored(settings) || steps.every(({ kind }) => kind === 'leave')) return;
  using database = openStored(settings.paths);
  await refuseEmptied(systemDisk, settings.paths.archiveDir, async () =>
    archivedIn(database, clock, settings),
  );
}

/** What would be deleted from the archive, of what is in it and of what would come. */
function retentionPlan(
  { clock }: CliContext,
  settings: Settings,
  steps: readonly RotationStep[],
): RetentionStep[] {
  const moving = steps.flatMap(({ kind, file }) => (kind === 'leave' ? [] : [file]));
  const { files, isComing } = isStored(settings)
    ? forecastOf(clock, settings, moving)
    : forecastArchive([], moving.map(unknownTimes), Number.NEGATIVE_INFINITY);
  const agesAtMs = clock.nowMs() - agesBehindMs(clock, settings);
  return planRetention(files, archivePolicyOf(settings), agesAtMs).map((step) =>
    isComing(step.row) ? { ...step, reason: `as soon as it is archived: ${step.reason}` } : step,
  );
}

/** As a run that began now would reckon them. */
function agesBehindMs(clock: Clock, { paths }: Settings): number {
  const absence = absenceAt(join(paths.stateDir, PRESENCE_NAME), clock);
  return new AgeClock(clock, silentLog, absence?.fromMs ?? null).behindMs();
}

function archivedIn(database: Database, clock: Clock, { watches }: Settings): ArchiveState {
  return archiveStateOf(database, { watches, nowMs: clock.nowMs(), verifyEveryMs: null });
}

function forecastOf(
  clock: Clock,
  settings: Settings,
  moving: readonly ArchiveCandidate[],
): Forecast {
  using database = openStored(settings.paths);
  const { files } = archivedIn(database, clock, settings);
  const folder = join(settings.paths.stateDir, SEGMENTS_FOLDER);
  using reader = StoreReader.open({ disk: systemDisk, clock, database, folder });

  const live = new Map(liveFiles(database).map(({ path, generation }) => [path, generation]));
  const generations = moving.flatMap(({ path }) => live.get(path) ?? []);
  const known = entryTimesOf(database, reader, generations);
  const times = new Map(known.map((time) => [time.generation, time]));
  const coming = moving.map((file) => ({
    file,
    times: times.get(live.get(file.path) ?? Number.NaN) ?? null,
  }));
  return forecastArchive(files, coming, forgottenThroughUs(database));
}

function unknownTimes(file: ArchiveCandidate): Coming {
  return { file, times: null };
}

function isStored({ paths }: Settings): boolean {
  return storedBytes(paths) !== null;
}

export function noLogFileText(settings: Settings): string {
  return `No .log file in "${settings.paths.logDir}"\n`;
}

async function plan(
  context: CliContext,
  settings: Settings,
  request: RotationRequest,
): Promise<Pick<Plan, 'steps' | 'unreadable'>> {
  const { stateDir, reportDir, archiveDir, notifyDir } = settings.paths;
  using database = Database.open(':memory:');
  await using watcher = Watcher.open({
    clock: context.clock,
    database,
    log: silentLog,
    watches: settings.watches,
    excludedFolders: [stateDir, reportDir, archiveDir, notifyDir],
  });

  while (!watcher.isListed) watcher.round(READS_NOTHING, { budgetBytes: 0 });
  const seen = seenSince(settings);
  const candidates = candidatesOf(
    systemDisk,
    watcher.archivable().map((file) => ({ ...lookedAt(file), firstSeenAtMs: seen(file) })),
  );
  const policy = {
    waitsForIdle: waitsForIdle(request),
    watch: request.watch ?? null,
    takesActive: waitsForIdle(request),
    leavesScheduled: waitsForIdle(request),
    assumeIndexed: true,
  };
  return {
    steps: planRotation(candidates, { nowMs: context.clock.nowMs(), policy }),
    unreadable: watcher.files().filter(({ state }) => state === 'unreadable'),
  };
}

/** Since when the state folder knows a file with this content; for one it does not know, now. */
function seenSince(settings: Settings): (file: ArchivableFile) => number {
  const known = new Map<string, number>();
  if (isStored(settings)) {
    using database = openStored(settings.paths);
    for (const { path: live, firstSeenAtMs } of liveFiles(database)) known.set(live, firstSeenAtMs);
  }
  return (file) => known.get(file.path) ?? file.firstSeenAtMs;
}

/** A file that reading would refuse: it is not indexed, so it would stay. */
function lookedAt(file: ArchivableFile): ArchivableFile {
  return file.skipReason === null ? { ...file, skipReason: refusalOf(file.path) } : file;
}

function refusalOf(path: string): string | null {
  if (packedFormatOf(path) !== null) return null;
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    const head = Buffer.alloc(HEAD_BYTES);
    return probeText(head.subarray(0, readSync(descriptor, head))).skipReason;
  } catch (cause) {
    return messageOf(cause);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
