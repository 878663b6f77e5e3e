/**
 * What a run does for the archive after it moved files: removals that a crash interrupted, files that were kept long
 * enough, and a look at those that were not read for long.
 */
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import type { Channel } from '../model/notification.ts';
import { writeManifests } from './archive-manifest.ts';
import type { ArchiveJournal, LeftFile } from './archive-moves.ts';
import { finishRemovals, removeArchived } from './archive-removal.ts';
import { type ArchivedFile, type ArchivePolicy, planRetention } from './archive-retention.ts';
import { type Damaged, scrubArchive } from './archive-scrub.ts';
import { refuseEmptied } from './emptied-archive.ts';
import type { RunFailures } from './run-failures.ts';

export type ArchiveState = Readonly<{
  /** How far behind the clock it is reckoned how old files are; not at all where that is not said. */
  agesBehindMs?: number;
  /** But for those of planned removals. */
  files: readonly ArchivedFile[];
  plannedRemovals: readonly ArchiveRow[];
  /** Not read for so long that it is time, the longest first. */
  dueForLook: readonly ArchiveRow[];
}>;

export type Upkeep = Readonly<{
  removed: readonly LeftFile[];
  /** Kept although a limit says otherwise, or not removable. */
  kept: readonly LeftFile[];
  checkedCount: number;
  damaged: readonly Damaged[];
}>;

export const NO_UPKEEP: Upkeep = { removed: [], kept: [], checkedCount: 0, damaged: [] };

type Parts = Readonly<{
  clock: Clock;
  disk: Disk;
  ports: Readonly<{
    journal: ArchiveJournal;
    archived(): Promise<ArchiveState>;
    inFolder(folder: string): Promise<readonly ArchiveRow[]>;
  }>;
}>;

export type UpkeepOptions = Readonly<{
  retention: ArchivePolicy;
  stateDir: string;
  host: string;
  failure: readonly Channel[];
  /** Gets what could not be done. */
  failures: RunFailures;
}>;

export async function keepArchive(parts: Parts, options: UpkeepOptions): Promise<Upkeep> {
  const { clock, disk, ports } = parts;
  const { journal, inFolder } = ports;
  const state = await ports.archived();
  const nowMs = clock.nowMs();
  const plan = planRetention(state.files, options.retention, nowMs - (state.agesBehindMs ?? 0));
  const reasons = new Map(plan.map(({ row, reason }) => [row.id, reason]));
  const going = plan.flatMap(({ kind, row }) => (kind === 'delete' ? [row] : []));
  const removal = { disk, journal, stateDir: options.stateDir, nowMs };
  const givenAgain = new Set(state.files.map(({ row }) => row.archivePath));
  const interrupted = await finishRemovals(removal, state.plannedRemovals, givenAgain);
  const fresh = await removeArchived(removal, going);
  const removed = [...interrupted.removed, ...fresh.removed];
  const paths = removed.map(({ archivePath }) => archivePath);
  await options.failures.attempt(() => writeManifests({ disk, inFolder }, paths));
  const gone = new Set(removed.map(({ id }) => id));
  const unmounted = await emptiedRoots(disk, state, options.failures);
  const due = state.dueForLook.filter(
    ({ id, archiveRoot }) => !gone.has(id) && !unmounted.has(archiveRoot),
  );
  const looked = await scrubArchive({ clock, disk, journal }, due, {
    host: options.host,
    channels: options.failure,
  });
  const kept = plan
    .filter(({ kind }) => kind === 'keep')
    .map(({ row, reason }) => ({ path: row.archivePath, reason }));
  return {
    removed: removed.map((row) => ({
      path: row.archivePath,
      reason: reasons.get(row.id) ?? 'an earlier run had begun to',
    })),
    kept: [...kept, ...interrupted.left, ...fresh.left],
    ...looked,
  };
}

/** Archive folders whose disk seems not to be mounted: that is one failure of the run, not one fault of each file. */
async function emptiedRoots(
  disk: Disk,
  state: ArchiveState,
  failures: RunFailures,
): Promise<ReadonlySet<string>> {
  const emptied = new Set<string>();
  for (const root of new Set(state.dueForLook.map(({ archiveRoot }) => archiveRoot))) {
    await failures.attempt(async () => {
      emptied.add(root);
      await refuseEmptied(disk, root, async () => state);
      emptied.delete(root);
    });
  }
  return emptied;
}
