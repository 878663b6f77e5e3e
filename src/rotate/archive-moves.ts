/**
 * The moves of one run: batch by batch, each step entered in the book before the next one begins.
 *
 * 1 choose free names and enter them (`begin`) · 2 place each file · 3 enter what was placed (`stored`) ·
 * 4 remove the originals · 5 enter that (`done`). A crash anywhere leaves rows that `archive-recovery.ts`
 * settles. The book is a port: its writer lives on another thread, and each call answers when it is durable.
 *
 * A file that changed or vanished is left, with the reason. So is one that the disk refuses to move, and all others are moved
 * before that becomes an error: only a disk without room ends the moves, after what was already placed has been brought to its end.
 */
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
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
import { RunFailures } from './run-failures.ts';

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

/** The archive has no room: what comes next would not fit either, and would fill it anew. */
const ENDS_MOVES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);
/** Said of a folder, not of the file in it: the next one need not be copied to learn the same. */
const CLOSES_FOLDER: ReadonlySet<string> = new Set(['EACCES', 'EROFS']);
const IN_CLOSED_FOLDER = 'nothing may be removed from its folder';

type Parts = Readonly<{ clock: Clock; disk: Disk; journal: ArchiveJournal }>;
type MoveOptions = ArchiveOptions & Readonly<{ outcome: ArchiveOutcome }>;

/** Move `files` into the archive. `outcome` tells what was done also when this throws. */
export async function archiveFiles(
  parts: Parts,
  files: readonly ArchiveCandidate[],
  options: MoveOptions,
): Promise<void> {
  const moves = new Moves(parts, options);
  for (let start = 0; start < files.length && !moves.isEnded; start += BATCH_FILES_MAX) {
    let waiting = files.slice(start, start + BATCH_FILES_MAX);
    for (let attempt = 1; waiting.length > 0 && !moves.isEnded; attempt += 1) {
      if (attempt > NAME_ATTEMPTS_MAX) throw nameKeepsBeingTaken(waiting[0]!);
      waiting = await moves.batch(waiting);
    }
  }
  moves.failures.end();
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
    root: archiveDir,
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
  at: Readonly<{
    names: ArchiveNames;
    root: string;
    folder: string;
    ending: string;
    nowMs: number;
  }>,
): string {
  try {
    const { root, nowMs, ending } = at;
    const folder = at.names.folder(root, at.folder);
    return at.names.take(folder, { name: basename(file.path), ending, nowMs });
  } catch (cause) {
    throw archiveFailed(`Cannot choose a name for "${file.path}" in "${at.folder}"`, cause);
  }
}

type Begun = Readonly<{ id: number; row: NewArchiveRow; file: ArchiveCandidate }>;
type Placed = { id: number; move: FileMove; file: StoredFile; original: OpenOriginal };

/** The moves of one run, and what was refused in it. */
class Moves {
  readonly failures = new RunFailures();
  /** There is no use in further ones. */
  isEnded = false;
  readonly #parts: Parts;
  readonly #options: MoveOptions;
  readonly #names: ArchiveNames;
  readonly #closedFolders = new Set<string>();
  /** The disk of the archive folder, as far as it was there. */
  #device: number | undefined;

  constructor(parts: Parts, options: MoveOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#names = new ArchiveNames(parts.disk, options.timezone);
  }

  /** Returns the files whose chosen name was taken meanwhile. */
  async batch(files: readonly ArchiveCandidate[]): Promise<ArchiveCandidate[]> {
    if (this.#endWhereDiskIsGone()) return [];
    const { disk, journal } = this.#parts;
    const placed: Placed[] = [];
    using originals = new DisposableStack();
    const abandoned: number[] = [];
    const taken: ArchiveCandidate[] = [];
    for (const { id, row, file } of await this.#begin(files)) {
      if (this.isEnded || this.#endWhereDiskIsGone()) {
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
        else this.#leave(row.originalPath, result.reason);
      } catch (cause) {
        this.#endWhereDiskIsGone();
        // Its row stays: only recovery can tell how far the disk let it come.
        this.#refuse(row.originalPath, cause);
        if (ENDS_MOVES.has(refusalOf(cause).code)) this.isEnded = true;
        continue;
      }
      abandoned.push(id);
    }
    await journal({ kind: 'stored', files: placed.map(({ id, file }) => ({ id, file })) });
    if (abandoned.length > 0) await journal({ kind: 'abandon', ids: abandoned });
    await this.#removeOriginals(placed);
    return taken;
  }

  /**
   * Unmounted meanwhile, it leaves an empty folder on another disk: what is written there is hidden when it is mounted again. Said
   * before what the files met by that.
   */
  #endWhereDiskIsGone(): boolean {
    const { archiveDir } = this.#options;
    const device = deviceOf(this.#parts.disk, archiveDir);
    this.#device ??= device;
    if (device === this.#device) return false;
    const message = `The disk of the archive folder "${archiveDir}" went away while files were moved there: the others stay where they are`;
    const hint = 'Mount it again; the next run goes on where this one stopped';
    if (!this.isEnded) this.failures.add(new OperatorError('ARCHIVE_FAILED', message, { hint }));
    this.isEnded = true;
    return true;
  }

  /** Choose a name for each, and enter it. */
  async #begin(files: readonly ArchiveCandidate[]): Promise<Begun[]> {
    const nowMs = this.#parts.clock.nowMs();
    const chosen: { row: NewArchiveRow; file: ArchiveCandidate }[] = [];
    for (const file of files) {
      if (this.#closedFolders.has(dirname(file.path))) {
        this.#leave(file.path, IN_CLOSED_FOLDER);
        continue;
      }
      try {
        const row = newRow(file, { names: this.#names, nowMs, options: this.#options });
        chosen.push({ row, file });
      } catch (cause) {
        this.#refuse(file.path, cause);
      }
    }
    if (chosen.length === 0) return [];
    const ids = await this.#parts.journal({ kind: 'begin', rows: chosen.map(({ row }) => row) });
    return chosen.map((move, index) => ({ id: ids[index]!, ...move }));
  }

  async #removeOriginals(placed: readonly Placed[]): Promise<void> {
    const { disk, journal } = this.#parts;
    const done: number[] = [];
    const kept: Placed[] = [];
    for (const item of placed) {
      const { move, file, original } = item;
      try {
        const result = removeOriginal(disk, move, { how: file.how, original });
        if (result.kind === 'removed') {
          done.push(item.id);
          this.#options.outcome.archived.push(archivedOf(move, file));
          continue;
        }
        kept.push(item);
        if (result.kind === 'kept') this.#leave(move.from, result.reason);
        else this.#refuseRemoval(move.from, result.error);
      } catch (cause) {
        // The row stays `stored`: recovery at the next start tries again.
        this.#refuse(move.from, cause);
      }
    }
    await journal({ kind: 'done', ids: done });
    // First the files, then the rows: a row without a file is settled by recovery, a file without a row is litter.
    const ids = kept.filter(({ move }) => this.#takeBack(move)).map(({ id }) => id);
    if (ids.length > 0) await journal({ kind: 'abandon', ids });
  }

  /** False: the archive refuses; its row stays for recovery. */
  #takeBack(move: FileMove): boolean {
    try {
      takeBack(this.#parts.disk, move);
      return true;
    } catch (cause) {
      this.failures.add(archiveFailed(`Cannot remove "${move.to}" again`, cause));
      return false;
    }
  }

  #leave(path: string, reason: string): void {
    this.#options.outcome.left.push({ path, reason });
  }

  #refuse(path: string, cause: unknown): void {
    this.failures.add(cause);
    this.#leave(path, `it could not be moved: ${refusalOf(cause).message}`);
  }

  #refuseRemoval(path: string, cause: unknown): void {
    this.#refuse(path, cause);
    if (CLOSES_FOLDER.has(refusalOf(cause).code)) this.#closedFolders.add(dirname(path));
  }
}

/** Undefined where the folder is not there, or its disk gives no answer. */
function deviceOf(disk: Disk, folder: string): number | undefined {
  try {
    return disk.stat(folder)?.dev;
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return undefined;
  }
}

/** What the system said, without what was being done. */
function refusalOf(thrown: unknown): Readonly<{ code: string; message: string }> {
  const cause = thrown instanceof OperatorError ? (thrown.cause ?? thrown) : thrown;
  return { code: systemCodeOf(cause) ?? '', message: messageOf(cause) };
}

function archivedOf(move: FileMove, { storedBytes, sha256 }: StoredFile): ArchivedFile {
  const { from: originalPath, to: archivePath, sizeBytes } = move;
  return { originalPath, archivePath, sizeBytes, storedBytes, sha256 };
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
