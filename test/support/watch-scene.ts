/**
 * A watcher on real files with a clock turned by hand, and a consumer that keeps what was committed: after
 * `restart` lines that were handed over and not committed are forgotten, as a crash would.
 */
import { Database } from '../../src/base/database.ts';
import type { WatchSettings } from '../../src/config/settings.ts';
import type { SafePosition } from '../../src/watch/checkpoints.ts';
import type { Generation } from '../../src/watch/generation.ts';
import type { Loss } from '../../src/watch/ledger.ts';
import { RESCAN_MS } from '../../src/watch/limits.ts';
import type { Chunk, LongLine, WatchSink } from '../../src/watch/sink.ts';
import { Watcher, type WatcherOptions } from '../../src/watch/watcher.ts';
import { FakeClock } from './fake-clock.ts';
import { TempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';
import { PLAIN_ROTATION } from './watch-rotation.ts';

export type TakenLine = Readonly<{
  generation: number;
  path: string;
  source: string;
  offsetBytes: number;
  /** Without its newline. */
  text: string;
  bytes: Buffer;
  kind: 'line' | 'partial' | 'long';
  continues: boolean;
  lineBytes: number;
}>;

/** Keeps every line, and checks that each chunk follows the one before it or skips forward. */
export class LineCollector implements WatchSink {
  committed: TakenLine[] = [];
  pending: TakenLine[] = [];
  readonly endedNumbers: number[] = [];
  readonly safe = new Map<number, SafePosition>();
  /** What `partial` answers. */
  partialAnswer: 'taken' | 'kept' = 'taken';
  chunkCount = 0;
  /** Chunks until the sink says that it is enough. */
  chunksUntilStop = Number.POSITIVE_INFINITY;

  chunk(generation: Generation, chunk: Chunk): boolean {
    const { bytes, start, end, offsetBytes } = chunk;
    const text = Buffer.from(bytes.subarray(start, end));
    const wide = generation.encoding.startsWith('utf-16');
    if (!wide && text.at(-1) !== 10)
      throw new Error(`Not whole lines: ${JSON.stringify(text.toString())}`);
    let at = 0;
    while (at < text.length) {
      const next = wide ? text.length : text.indexOf(10, at) + 1;
      const line = text.subarray(at, next);
      this.#take(generation, {
        bytes: line,
        offsetBytes: offsetBytes + at,
        kind: 'line',
        continues: chunk.continues && at === 0,
        lineBytes: line.length,
      });
      at = next;
    }
    this.#moveTo(generation, offsetBytes + text.length);
    this.chunkCount += 1;
    this.chunksUntilStop -= 1;
    return this.chunksUntilStop > 0;
  }

  longLine(generation: Generation, line: LongLine): boolean {
    this.#takePart(generation, line, 'long');
    return true;
  }

  partial(generation: Generation, line: LongLine): 'taken' | 'kept' {
    if (this.partialAnswer === 'taken') this.#takePart(generation, line, 'partial');
    return this.partialAnswer;
  }

  ended(generation: Generation): void {
    this.endedNumbers.push(generation.number);
  }

  commit(): void {
    this.committed.push(...this.pending);
    this.pending = [];
  }

  /** Texts of all lines handed over, or of those whose path ends so. */
  texts(pathEnd = ''): string[] {
    return [...this.committed, ...this.pending]
      .filter((line) => line.path.endsWith(pathEnd))
      .map((line) => line.text);
  }

  #takePart(generation: Generation, line: LongLine, kind: 'partial' | 'long'): void {
    const { start, end, offsetBytes, continues, lineBytes } = line;
    const bytes = Buffer.from(line.bytes.subarray(start, end));
    this.#take(generation, { bytes, offsetBytes, kind, continues, lineBytes });
    this.#moveTo(generation, offsetBytes + lineBytes);
  }

  #take(
    generation: Generation,
    line: Omit<TakenLine, 'generation' | 'path' | 'source' | 'text'>,
  ): void {
    const { number, path, source } = generation;
    const text = line.bytes.toString('utf8').replace(/\n$/, '');
    this.pending.push({ generation: number, path, source, text, ...line });
  }

  #moveTo(generation: Generation, offsetBytes: number): void {
    const before = this.safe.get(generation.number)?.offsetBytes ?? 0;
    if (offsetBytes < before) {
      throw new Error(`Generation ${generation.number} went back from ${before} to ${offsetBytes}`);
    }
    this.safe.set(generation.number, { offsetBytes, line: 0 });
  }
}

export type SceneOptions = Partial<
  Pick<WatcherOptions, 'handlesMax' | 'deletedBytesMax' | 'excludedFolders' | 'privatePlaces'>
> &
  Readonly<{
    /** Below the folder. Default: `**` + `/*.log`. */
    watches?: readonly Partial<WatchSettings>[];
    /** Below the folder. */
    scratchFolder?: string;
  }>;

/** Waiting is turned by hand; the wall clock is the real one, which the times of real files are compared with. */
class FileTimeClock extends FakeClock {
  /** By so much an operator has set the wall clock back. */
  setBackMs = 0;
  /** So much time goes by with each look at it. */
  tickMs = 0;
  #tickedMs = 0;

  override monotonicMs(): number {
    this.#tickedMs += this.tickMs;
    return super.monotonicMs() + this.#tickedMs;
  }

  override nowMs(): number {
    return Date.now() - this.setBackMs;
  }
}

export class WatchScene implements AsyncDisposable {
  readonly folder = TempFolder.make();
  readonly clock = new FileTimeClock();
  readonly database: Database;
  readonly collector = new LineCollector();
  readonly warnings: string[] = [];
  readonly alerted: Loss[] = [];
  readonly #options: SceneOptions;
  watcher: Watcher;

  constructor(options: SceneOptions = {}) {
    this.#options = options;
    this.database = Database.open(':memory:');
    this.watcher = this.#open();
  }

  /** Read until nothing is left to do, with a rescan in between. */
  async settle(options: Readonly<{ finishLines?: boolean; rescan?: boolean }> = {}): Promise<void> {
    const { finishLines = false, rescan = true } = options;
    if (rescan) {
      await this.clock.advance(RESCAN_MS + 1);
      this.watcher.rescan();
    }
    for (let roundCount = 0; ; roundCount += 1) {
      const more = this.watcher.round(this.collector, { budgetBytes: 8_000_000, finishLines });
      if (!more && this.watcher.isComplete) return;
      if (roundCount > 100_000) throw new Error('Rounds do not come to rest');
      await this.clock.advance(0);
    }
  }

  /** Read until the sink has had one chunk more. */
  async readOneChunk(): Promise<void> {
    const before = this.collector.chunkCount;
    this.collector.chunksUntilStop = 1;
    await waitFor(async () => {
      this.watcher.round(this.collector, { budgetBytes: 1 });
      return this.collector.chunkCount > before;
    });
    this.collector.chunksUntilStop = Number.POSITIVE_INFINITY;
  }

  commit(): void {
    this.database.transaction(() => this.watcher.checkpoint(this.collector.safe));
    this.collector.commit();
  }

  /** The process is gone and comes back: what was not committed is forgotten. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  async stop(): Promise<void> {
    await this.watcher[Symbol.asyncDispose]();
    this.collector.pending = [];
    this.collector.safe.clear();
  }

  start(): void {
    this.watcher = this.#open();
  }

  settings(partial: Partial<WatchSettings> = {}): WatchSettings {
    return watchSettings(this.folder.path, partial);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watcher[Symbol.asyncDispose]();
    this.database.close();
    this.folder[Symbol.dispose]();
  }

  #open(): Watcher {
    const {
      watches = [{}],
      excludedFolders = [],
      privatePlaces = [],
      scratchFolder,
    } = this.#options;
    const { handlesMax, deletedBytesMax } = this.#options;
    return Watcher.open({
      clock: this.clock,
      database: this.database,
      log: { warn: (_fields, message) => this.warnings.push(message) },
      watches: watches.map((watch) => this.settings(watch)),
      excludedFolders: excludedFolders.map((folder) => this.folder.join(folder)),
      privatePlaces: privatePlaces.map((place) => this.folder.join(place)),
      onLoss: (loss) => this.alerted.push(loss),
      ...(scratchFolder === undefined ? {} : { scratchFolder: this.folder.join(scratchFolder) }),
      ...(handlesMax === undefined ? {} : { handlesMax }),
      ...(deletedBytesMax === undefined ? {} : { deletedBytesMax }),
    });
  }
}

/** Settings of a watch of `folder`; relative paths and globs are taken below it. */
export function watchSettings(folder: string, partial: Partial<WatchSettings> = {}): WatchSettings {
  const below = (path: string): string => (path.startsWith('/') ? path : `${folder}/${path}`);
  return {
    name: 'log_dir',
    include: [],
    exclude: [],
    source: null,
    tags: [],
    format: null,
    declared: null,
    timezone: 'UTC',
    encoding: 'utf-8',
    multiline: 'auto',
    readFrom: 'beginning',
    archive: true,
    rotation: PLAIN_ROTATION,
    ...partial,
    paths: (partial.paths ?? ['**/*.log']).map(below),
  };
}

/** `line 1` to `line 9`, each with its newline. */
export function lines(from: number, to: number, prefix = 'line'): string {
  let text = '';
  for (let number = from; number <= to; number += 1) text += `${prefix} ${number}\n`;
  return text;
}

/** The same, as an array without newlines. */
export function numbers(from: number, to: number, prefix = 'line'): string[] {
  return lines(from, to, prefix).split('\n').slice(0, -1);
}
