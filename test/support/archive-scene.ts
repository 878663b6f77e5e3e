/** A project folder with logs, an archive and a book, and files in it as candidates of a rotation. */
import { statSync, utimesSync } from 'node:fs';
import { Database } from '../../src/base/database.ts';
import { type Disk, systemDisk } from '../../src/base/disk.ts';
import type { Compression } from '../../src/config/settings.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import {
  type ArchiveJournal,
  type ArchiveOutcome,
  archiveFiles,
} from '../../src/rotate/archive-moves.ts';
import { type Recovered, recoverArchive } from '../../src/rotate/archive-recovery.ts';
import type { ArchiveCandidate } from '../../src/rotate/rotation-plan.ts';
import { FakeClock } from './fake-clock.ts';
import { TempFolder } from './temp-folder.ts';
import { PLAIN_ROTATION } from './watch-rotation.ts';

/** Last modification of every file of a scene: 2026-11-19T09:30:00Z. */
export const MODIFIED_AT_MS = Date.UTC(2026, 10, 19, 9, 30);

export class ArchiveScene implements Disposable {
  readonly folder: TempFolder;
  readonly archive: TempFolder;
  readonly clock = new FakeClock();
  readonly database: Database;
  readonly book: ArchiveBook;
  disk: Disk = systemDisk;
  compression: Compression = 'none';
  #generation = 0;

  private constructor(folder: TempFolder, archive: TempFolder, databasePath: string) {
    this.folder = folder;
    this.archive = archive;
    this.database = Database.open(databasePath);
    this.book = ArchiveBook.open(this.database);
  }

  /** `archiveUnder`: put the archive there, for example on another file system. `inMemory`: the book, for speed. */
  static make(options: Readonly<{ archiveUnder?: string; inMemory?: boolean }> = {}): ArchiveScene {
    const folder = TempFolder.make();
    folder.makeFolder('logs');
    const archive = TempFolder.make(options.archiveUnder ?? folder.path);
    return new ArchiveScene(
      folder,
      archive,
      options.inMemory ? ':memory:' : folder.join('book.db'),
    );
  }

  get logDir(): string {
    return this.folder.join('logs');
  }

  /** Write a log file and describe it as indexed to its end. */
  file(
    name: string,
    content: string | Uint8Array,
    changes: Partial<ArchiveCandidate> = {},
  ): ArchiveCandidate {
    const path = this.folder.write(`logs/${name}`, content);
    utimesSync(path, MODIFIED_AT_MS / 1000, MODIFIED_AT_MS / 1000);
    return this.candidate(path, changes);
  }

  candidate(path: string, changes: Partial<ArchiveCandidate> = {}): ArchiveCandidate {
    const stats = statSync(path);
    this.#generation += 1;
    return {
      path,
      root: this.logDir,
      generation: this.#generation,
      device: stats.dev,
      inode: stats.ino,
      sizeBytes: stats.size,
      modifiedAtMs: stats.mtimeMs,
      indexedBytes: stats.size,
      skipReason: null,
      source: 'app',
      watch: 'log_dir',
      archive: true,
      rotation: { ...PLAIN_ROTATION, compression: this.compression },
      firstSeenAtMs: stats.mtimeMs,
      isBehindLink: false,
      beingWritten: false,
      isAside: false,
      isAwaited: false,
      ...changes,
    };
  }

  /** Told before each change of the book, so that a test can cut the power there. */
  beforeCommit: (...change: Parameters<ArchiveJournal>) => void = () => {};

  readonly journal: ArchiveJournal = async (change) => {
    this.beforeCommit(change);
    return this.book.apply(change);
  };

  /** Move files; what was done is told also where it throws. */
  async move(
    files: readonly ArchiveCandidate[],
    outcome: ArchiveOutcome = { archived: [], left: [] },
  ): Promise<ArchiveOutcome> {
    await archiveFiles({ clock: this.clock, disk: this.disk, journal: this.journal }, files, {
      archiveDir: this.archive.path,
      timezone: 'UTC',
      outcome,
    });
    return outcome;
  }

  recover(): Promise<Recovered[]> {
    return recoverArchive({ disk: this.disk, journal: this.journal }, this.book.unfinished());
  }

  [Symbol.dispose](): void {
    this.database.close();
    this.archive[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}
