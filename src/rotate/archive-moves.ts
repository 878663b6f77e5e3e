/**
 * The moves of one run: batch by batch, each step entered in the book before the next one begins.
 *
 * 1 choose free names and enter them (`begin`) · 2 place each file · 3 enter what was placed (`stored`) ·
 * 4 remove the originals · 5 enter that (`done`). A crash anywhere leaves rows that `archive-recovery.ts`
 * settles. The book is a port: its writer lives on another thread, and each call answers when it is durable.
 *
 * A file that changed or vanished is left, with the reason. A disk that refuses ends the run with an error,
 * after what was already placed has been brought to its end.
 */
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import type { BookChange } from '../ingest/archive-change.ts';
import type { ArchiveRow, NewArchiveRow, StoredFile } from '../ingest/archive-row.ts';
import { COMPRESSED_ENDINGS } from './archive-codec.ts';
import {
  archiveFailed,
  type FileMove,
  type OpenOriginal,
  placeFile,
  removeOriginal,
  takeBack,
} from './archive-file.ts';
import { ArchiveNames, archiveFolderOf } from './archive-path.ts';
import type { ArchiveCandidate } from './rotation-plan.ts';

/** The book's writing side: returns when the change is durable; for `begin` the ids. */
export type ArchiveJournal = (change: BookChange) => Promise<number[]>;

export type ArchivedFile = Readonly<{
  originalPath: string;
  archivePath: string;
  sizeBytes: number;
  /** What it takes in the archive. */
  storedBytes: number;
  sha256: string;
}>;

export type LeftFile = Readonly<{ path: string; reason: string }>;

export type ArchiveOutcome = {
  readonly archived: ArchivedFile[];
  readonly left: LeftFile[];
};

export type ArchiveOptions = Readonly<{
  archiveDir: string;
  /** Dates of folders and stamps are in this zone. */
  timezone: string;
}>;

/** Files entered at once: few commits for many small files, few open moves after a crash. */
const BATCH_FILES_MAX = 64;
/** A name that was free when chosen and taken when used: somebody else writes into the archive folder. */
const NAME_ATTEMPTS_MAX = 5;

/** Move `files` into the archive. `outcome` tells what was done also when this throws. */
export async function archiveFiles(
  parts: Readonly<{ clock: Clock; disk: Disk; journal: ArchiveJournal }>,
  files: readonly ArchiveCandidate[],
  options: ArchiveOptions & Readonly<{ outcome: ArchiveOutcome }>,
): Promise<void> {
  const names = new ArchiveNames(parts.disk, options.timezone);
  for (let start = 0; start < files.length; start += BATCH_FILES_MAX) {
    let waiting = files.slice(start, start + BATCH_FILES_MAX);
    for (let attempt = 1; waiting.length > 0; attempt += 1) {
      if (attempt > NAME_ATTEMPTS_MAX) throw nameKeepsBeingTaken(waiting[0]!);
      const nowMs = parts.clock.nowMs();
      const rows = waiting.map((file) => newRow(file, { names, nowMs, options }));
      const ids = await parts.journal({ kind: 'begin', rows });
      const batch = rows.map((row, index) => ({ id: ids[index]!, row, file: waiting[index]! }));
      waiting = await moveBatch(parts, batch, options.outcome);
    }
  }
}

function newRow(
  file: ArchiveCandidate,
  at: Readonly<{ names: ArchiveNames; nowMs: number; options: ArchiveOptions }>,
): NewArchiveRow {
  const { archiveDir, timezone } = at.options;
  const { source, modifiedAtMs } = file;
  const folder = archiveFolderOf(archiveDir, { source, modifiedAtMs, timezone });
  const archivePath = freeName(file, {
    names: at.names,
    folder,
    ending: COMPRESSED_ENDINGS[file.rotation.compression],
    nowMs: at.nowMs,
  });
  return {
    originalPath: file.path,
    originalRoot: file.root,
    generation: file.generation,
    device: file.device,
    inode: file.inode,
    source,
    archivePath,
    archiveRoot: archiveDir,
    temporaryPath: join(dirname(archivePath), `.logstead-${file.generation}-${at.nowMs}.part`),
    sizeBytes: file.sizeBytes,
    compression: file.rotation.compression,
    modifiedAtMs,
    movedAtMs: at.nowMs,
  };
}

function freeName(
  file: ArchiveCandidate,
  at: Readonly<{ names: ArchiveNames; folder: string; ending: string; nowMs: number }>,
): string {
  try {
    const { folder, nowMs, ending } = at;
    return at.names.take(folder, { name: basename(file.path), ending, nowMs });
  } catch (cause) {
    throw archiveFailed(`Cannot choose a name for "${file.path}" in "${at.folder}"`, cause);
  }
}

type Batch = readonly Readonly<{ id: number; row: NewArchiveRow; file: ArchiveCandidate }>[];
type Placed = { id: number; move: FileMove; file: StoredFile; original: OpenOriginal };

/** Returns the files whose chosen name was taken meanwhile. */
async function moveBatch(
  parts: Readonly<{ disk: Disk; journal: ArchiveJournal }>,
  batch: Batch,
  outcome: ArchiveOutcome,
): Promise<ArchiveCandidate[]> {
  const { disk, journal } = parts;
  const placed: Placed[] = [];
  using originals = new DisposableStack();
  const abandoned: number[] = [];
  const taken: ArchiveCandidate[] = [];
  let failure: unknown = null;
  for (const { id, row, file } of batch) {
    if (failure !== null) {
      abandoned.push(id);
      continue;
    }
    const move = moveOf(row);
    try {
      const result = placeFile(disk, move);
      if (result.kind === 'placed') {
        const original = originals.use(result.original);
        placed.push({ id, move, file: result.stored, original });
        continue;
      }
      if (result.kind === 'taken') taken.push(file);
      else outcome.left.push({ path: row.originalPath, reason: result.reason });
    } catch (cause) {
      // Its row stays: only recovery can tell how far the disk let it come.
      failure = cause;
      continue;
    }
    abandoned.push(id);
  }
  await journal({ kind: 'stored', files: placed.map(({ id, file }) => ({ id, file })) });
  if (abandoned.length > 0) await journal({ kind: 'abandon', ids: abandoned });
  await removeOriginals(parts, placed, outcome);
  if (failure !== null) throw failure;
  return taken;
}

async function removeOriginals(
  parts: Readonly<{ disk: Disk; journal: ArchiveJournal }>,
  placed: readonly Placed[],
  outcome: ArchiveOutcome,
): Promise<void> {
  const { disk, journal } = parts;
  const done: number[] = [];
  const kept: Placed[] = [];
  let failure: unknown = null;
  for (const item of placed) {
    const { move, file, original } = item;
    try {
      const result = removeOriginal(disk, move, { how: file.how, original });
      if (result.kind !== 'removed') {
        kept.push(item);
        if (result.kind === 'refused') failure ??= result.error;
        else outcome.left.push({ path: move.from, reason: result.reason });
        continue;
      }
      done.push(item.id);
      outcome.archived.push({
        originalPath: move.from,
        archivePath: move.to,
        sizeBytes: move.sizeBytes,
        storedBytes: file.storedBytes,
        sha256: file.sha256,
      });
    } catch (cause) {
      // The row stays `stored`: recovery at the next start tries again.
      failure ??= cause;
    }
  }
  await journal({ kind: 'done', ids: done });
  // First the files, then the rows: a row without a file is settled by recovery, a file without a row is litter.
  for (const { move } of kept) takeBack(disk, move);
  if (kept.length > 0) await journal({ kind: 'abandon', ids: kept.map(({ id }) => id) });
  if (failure !== null) throw failure;
}

/** The move a row of the book describes. */
export function moveOf(row: NewArchiveRow | ArchiveRow): FileMove {
  return {
    from: row.originalPath,
    fromRoot: row.originalRoot,
    device: row.device,
    inode: row.inode,
    sizeBytes: row.sizeBytes,
    compression: row.compression,
    to: row.archivePath,
    toRoot: row.archiveRoot,
    temporary: row.temporaryPath,
  };
}

function nameKeepsBeingTaken(file: ArchiveCandidate): OperatorError {
  return new OperatorError(
    'ARCHIVE_FAILED',
    `Cannot archive "${file.path}": ${NAME_ATTEMPTS_MAX} names for it were taken by somebody else just before they were used`,
    { hint: 'Let nothing but Logstead write into the archive folder' },
  );
}
