/**
 * A project with logs of several sections, for random histories: names of every kind, writers that keep their logs open or
 * do not, configs with every way of rotation and every limit of the archive, and what was written, and let go of.
 */
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { ArchiveBook } from '../../src/ingest/archive-book.ts';
import type { ArchiveRow } from '../../src/ingest/archive-row.ts';
import { FakeClock } from './fake-clock.ts';
import { IngestScene } from './ingest-scene.ts';
import { Holder, type Keeping, KeepingWriter } from './keeping-writer.ts';
import { TempFolder } from './temp-folder.ts';

const NAMES = [
  'a.log',
  'b.log',
  // As if they were rotated, with dates as the archive gives them, or compressed.
  'app-2026-11-20.log',
  'a.20261120-120000.log',
  'a.log.gz.log',
  'logstead.part.log',
  // Folders and manifests of the archive are called like that.
  '2026.log',
  '2026/11/20.log',
  '11/20.json.log',
  'ä "q" %2e\\.log',
  'new\nline.log',
  ' blank .log',
  'Z.LOG.log',
  'x..log',
  'deep/er/a.log',
  `${'x'.repeat(251)}.log`,
  `${'y'.repeat(240)}.log`,
];
export const FOLDERS = ['logs', 'other', 'kept'];
const WRITTEN_FOLDERS = ['logs', 'logs/web', 'other', 'other/web', 'kept'];
const WRITERS_MAX = 7;
const DAY_MS = 86_400_000;
/** Stamps of lines are as old as that at most. */
const OLDEST_MS = 5 * DAY_MS;
/** A few of these are more than `archive_size` lets be. */
const LARGE_LINE_BYTES = 400_000;

/** Nothing is let go of, and everything moves but for what is not to. */
export const LAST_CONFIG = `[watch:other]
path = other/**/*
archive = yes
[watch:kept]
path = kept/**/*
[rotation]
idle = 0s
`;

/** Goes by the system's, some days ahead; who waits for a writer lets it do what it was told. */
class RunClock implements Clock {
  aheadMs = 0;
  onSleep: () => Promise<void> = async () => {};

  nowMs(): number {
    return systemClock.nowMs() + this.aheadMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.aheadMs;
  }

  async sleep(ms: number): Promise<void> {
    this.aheadMs += ms;
    await this.onSleep();
  }
}

export class SectionHistory implements AsyncDisposable {
  readonly scene: IngestScene;
  readonly ingestClock: FakeClock;
  /** Of the runs. */
  readonly clock = new RunClock();
  /** Whether the index lets go of entries that are older than the config says. */
  readonly forgets: boolean;
  /** All that were written, and the times that they carry, in ms. */
  readonly lines = new Map<string, number>();
  /** Those that were in files that a limit let go of. */
  readonly deleted = new Set<string>();
  /** What must not be. */
  readonly faults: string[] = [];
  readonly #random: () => number;
  readonly #parts = new AsyncDisposableStack();
  readonly #holder = Holder.start();
  #writers: KeepingWriter[] = [];

  private constructor(
    parts: Readonly<{ scene: IngestScene; ingestClock: FakeClock; forgets: boolean }>,
    random: () => number,
  ) {
    this.scene = parts.scene;
    this.ingestClock = parts.ingestClock;
    this.forgets = parts.forgets;
    this.#random = random;
    this.clock.onSleep = () => this.hear();
  }

  static async make(random: () => number): Promise<SectionHistory> {
    const ingestClock = new FakeClock(systemClock.nowMs());
    const scene = await IngestScene.make('', ingestClock);
    const history = new SectionHistory({ scene, ingestClock, forgets: random() < 0.4 }, random);
    history.#parts.use(scene);
    for (const name of FOLDERS) scene.folder.makeFolder(name);
    if (history.chance(0.3)) {
      // Another file system, where the system has one: no second name of a file can be there.
      const archive = history.#parts.use(TempFolder.make('/dev/shm'));
      rmSync(scene.folder.join('archives'), { recursive: true });
      symlinkSync(archive.path, scene.folder.join('archives'));
    }
    await scene.reload(history.newConfig());
    await history.#addWriters();
    history.writeSome(1);
    return history;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** A line to each log, with that chance. */
  writeSome(share = 0.4): void {
    for (const writer of this.#writers) if (this.chance(share)) this.#write(writer);
  }

  /** Writers that were told open their logs anew, but for slow ones, which do when they are told again. */
  async hear(): Promise<void> {
    const { folder } = this.scene;
    const told = readdirSync(folder.path).filter((name) => name.startsWith('told-'));
    for (const name of told) rmSync(folder.join(name));
    if (told.length === 0) return;
    for (const writer of this.#writers) {
      if (writer.keeping === 'until told' && this.chance(0.8)) await writer.open();
    }
  }

  /** The programs end. */
  async endWriters(): Promise<void> {
    for (const writer of this.#writers) writer[Symbol.dispose]();
    this.#writers = [];
    await this.#holder[Symbol.asyncDispose]();
  }

  newConfig(): string {
    const webPath = this.pick(['logs/web/**/*.log', 'logs/web', null]);
    const otherPath = this.pick(['other/**/*.log*', 'other', 'other/**/*']);
    return [
      ...(webPath === null ? [] : this.#sectionOf('web', webPath)),
      ...this.#sectionOf('other', otherPath),
      ...this.#sectionOf('log_dir', null),
      '[watch:kept]\npath = kept/**/*',
      '[rotation]\nidle = 0s',
      '[retention]',
      this.forgets ? this.pick(['age = 1d', 'age = 2d', 'age = 4d', '']) : '',
      this.pick(['archive_age = never', 'archive_age = 15d']),
      this.pick(['archive_size = unlimited', 'archive_size = 1MiB', 'archive_size = 2MiB']),
      this.pick(['archive_last_copy = keep', '', 'archive_last_copy = delete']),
      this.pick(['', '', 'archive_sources = *a* 12d']),
      '',
    ].join('\n');
  }

  #sectionOf(name: string, path: string | null): string[] {
    const told = `post_rotate_command = /usr/bin/touch ${this.scene.folder.join(`told-${name}`)}`;
    const lines = [
      `[watch:${name}]`,
      path === null ? '' : `path = ${path}\narchive = yes`,
      this.pick(['leave', `rename\n${told}`, 'rename', 'copytruncate']),
      `compress = ${this.pick(['none', 'gzip', 'zstd'])}`,
      `idle = ${this.pick(['0s', '1h'])}`,
      this.pick(['', 'active_size = 1KiB']),
      this.pick(['', 'archive_age = 10d', 'archive_age = 20d']),
      this.pick(['', '', 'archive_size = 1MiB']),
      this.pick(['', '', 'source = shared']),
      this.pick(['', '', '', 'schedule = 0 0 1 1 *']),
    ];
    return lines.map((line, index) => (index === 2 ? `active = ${line}` : line));
  }

  async #addWriters(): Promise<void> {
    const paths = new Set<string>();
    while (paths.size < WRITERS_MAX) {
      paths.add(this.scene.folder.join(this.pick(WRITTEN_FOLDERS), this.pick(NAMES)));
    }
    for (const path of paths) {
      const keeping = this.pick<Keeping>(['not', 'not', 'until told', 'until told', 'always']);
      const appends = this.chance(0.7);
      const writer = new KeepingWriter(path, { keeping, appends }, this.#holder);
      this.#writers.push(writer);
      await writer.open();
    }
  }

  #write(writer: KeepingWriter): void {
    const atMs = Math.floor(systemClock.nowMs() - this.#random() * OLDEST_MS);
    const filling = this.chance(0.08) ? LARGE_LINE_BYTES : this.below(300);
    const line = `${new Date(atMs).toISOString()} INFO line ${this.lines.size} ${'x'.repeat(filling)}\n`;
    this.lines.set(line, atMs);
    writer.write(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endWriters();
    await this.#parts.disposeAsync();
  }
}

/** What the book says is in the archive. */
export function rowsOf({ folder }: IngestScene): ArchiveRow[] {
  using database = Database.open(folder.join('state/logstead.db'), { readOnly: true });
  return ArchiveBook.read(database).list(100_000);
}

/** But for manifests. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^\d\d\.json$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** None of a file that is not there. */
export function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  const stored = readFileSync(path);
  const isGzip = stored[0] === 0x1f && stored[1] === 0x8b;
  const isZstd = stored[0] === 0x28 && stored[1] === 0xb5;
  const content = isGzip ? gunzipSync(stored) : isZstd ? zstdDecompressSync(stored) : stored;
  return (content.toString('utf8').match(/.*\n|.+$/g) ?? []).map(withoutHole);
}

/** Where a log was emptied whose writer goes on where it was, a hole is in front of the next line. */
export function withoutHole(line: string): string {
  return line.replace(/^\0+/, '');
}
