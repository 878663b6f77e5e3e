/** Writer and reader as processes of their own; the reader is killed and started again; then the books are compared. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Database } from '../../src/base/database.ts';
import { randomOf } from '../../src/selftest/random.ts';
import type { WriterOptions } from '../../src/selftest/rotating-writer.ts';
import { TempFolder } from './temp-folder.ts';
import type { ReaderOptions } from './torture-reader.ts';

export type TortureOptions = Readonly<{
  writer: Omit<WriterOptions, 'path'>;
  reader?: Partial<Pick<ReaderOptions, 'paths' | 'commitEveryMs' | 'bytesPerSecondMax'>>;
  /** Look into the journal and the ledger before they are gone. */
  inspect?: (database: Database, folder: string) => void;
  /** Kill the reader so often while the writer writes; the pauses are random up to these. */
  kills?: Readonly<{ count: number; aliveMsMax: number; deadMsMax: number }>;
  /** Stop writer and reader for a while, again and again, each at its own times: what a busy machine does to them. */
  stalls?: Readonly<{ everyMsMax: number; forMsMax: number }>;
}>;

export type ReaderBooks = Readonly<{
  written: number;
  /** Numbers of lines. */
  lost: readonly number[];
  doubled: readonly number[];
  /** Texts that are no line of the writer. */
  altered: readonly string[];
  /** Lines after which one with a smaller number was taken. */
  inversions: number;
  /** Bytes the ledger calls lost. */
  lostBytesInLedger: number;
  /** Most memory that the reader had since it came back last. */
  readerPeakMib: number;
}>;

export type TortureResult = ReaderBooks & Readonly<{ rotations: number; kills: number }>;

/** Of what it warns of the end is kept. */
const WARNINGS_LENGTH_MAX = 10_000;

const WRITER = fileURLToPath(new URL('./torture-writer.ts', import.meta.url));
const READER = fileURLToPath(new URL('./torture-reader.ts', import.meta.url));

/** A reader that can be killed and comes back, and its books. */
export class TortureReader implements AsyncDisposable {
  readonly #options: ReaderOptions;
  #child: ChildProcess;
  #output = '';

  #warnings = '';
  readonly #launcher: readonly string[];

  private constructor(options: ReaderOptions, launcher: readonly string[]) {
    this.#options = options;
    this.#launcher = launcher;
    this.#child = start(READER, options, launcher);
  }

  /**
   * Start one whose books lie in `folder`, and wait until it has seen what is there. `launcher`: a command that becomes the
   * program behind it.
   */
  static async start(
    folder: TempFolder,
    options: Pick<ReaderOptions, 'folder'> & Partial<ReaderOptions>,
    launcher: readonly string[] = [],
  ): Promise<TortureReader> {
    const whole: ReaderOptions = {
      paths: ['**/*.log'],
      commitEveryMs: 20,
      databasePath: folder.join('journal.db'),
      ackPath: folder.join('ack'),
      ...options,
    };
    const reader = new TortureReader(whole, launcher);
    await reader.#ready();
    return reader;
  }

  get child(): ChildProcess {
    return this.#child;
  }

  /** What it warned of since it was started last. */
  get warnings(): string {
    return this.#warnings;
  }

  /** Lines that it has committed. */
  get ackedCount(): number {
    return ackedCount(this.#options.ackPath ?? '');
  }

  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`The reader ended by itself with ${exitCode ?? signalCode}`);
    }
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }

  async comeBack(): Promise<void> {
    this.#child = start(READER, this.#options, this.#launcher);
    await this.#ready();
  }

  /** What happened before the reader first saw the log is not its concern. */
  async awaitFirstLine(signal?: AbortSignal): Promise<void> {
    while (this.ackedCount === 0 && !signal?.aborted) await pause(10);
  }

  /** Let it read to the end, and compare what it has with lines 0 to `written`. */
  async finish(written: number, inspect?: (database: Database) => void): Promise<ReaderBooks> {
    this.#child.kill('SIGTERM');
    const [code] = await once(this.#child, 'close');
    if (code !== 0) throw new Error(`The reader ended with ${code}: ${this.#warnings}`);
    using database = Database.open(this.#options.databasePath);
    inspect?.(database);
    const readerPeakMib = Number(/peak (\d+)/.exec(this.#output)?.[1]) / 1024;
    return { ...compare(database, written), readerPeakMib };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
  }

  async #ready(): Promise<void> {
    this.#warnings = '';
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#warnings = (this.#warnings + text).slice(-WARNINGS_LENGTH_MAX);
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    await Promise.race([once(this.#child.stdout!, 'data'), once(this.#child, 'close')]);
  }
}

export async function torture(options: TortureOptions): Promise<TortureResult> {
  using folder = TempFolder.make();
  const logFolder = folder.makeFolder('logs');
  const { banner, seed } = options.writer;
  await using reader = await TortureReader.start(folder, {
    folder: logFolder,
    ...(banner === undefined ? {} : { banner }),
    ...options.reader,
  });
  const ackPath = folder.join('ack');
  const writer = start(WRITER, { ...options.writer, path: `${logFolder}/app.log`, ackPath });
  writer.stderr?.pipe(process.stderr);
  const printed = wordsPrintedBy(writer);
  const writing = new AbortController();
  const ended = once(writer, 'close').then(() => writing.abort());
  const { count = 0, aliveMsMax = 0, deadMsMax = 0 } = options.kills ?? {};
  const random = randomOf(seed + 1);
  let kills = 0;
  const stalling = options.stalls ?? { everyMsMax: 0, forMsMax: 0 };
  const stalls = [
    stall(() => writer, { ...stalling, seed: seed + 2, signal: writing.signal }),
    stall(() => reader.child, { ...stalling, seed: seed + 3, signal: writing.signal }),
  ];
  try {
    await reader.awaitFirstLine(writing.signal);
    while (kills < count && !writing.signal.aborted) {
      await Promise.race([pause(random() * aliveMsMax), ended]);
      await reader.kill();
      kills += 1;
      await Promise.race([pause(random() * deadMsMax), ended]);
      await reader.comeBack();
    }
    if (count > 0) writer.kill('SIGTERM');
    await ended;
    await Promise.all(stalls);
    const [written = 0, rotations = 0] = await printed;
    const inspect = (database: Database): void => options.inspect?.(database, logFolder);
    return { kills, rotations, ...(await reader.finish(written, inspect)) };
  } finally {
    writing.abort();
    writer.kill('SIGKILL');
  }
}

function start(program: string, options: object, launcher: readonly string[] = []): ChildProcess {
  const [first = '', ...rest] = [...launcher, process.execPath, program, JSON.stringify(options)];
  return spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function ackedCount(path: string): number {
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

/** Stop and continue the process that `current` gives, until the signal aborts. It goes on in the end. */
async function stall(
  current: () => ChildProcess,
  options: Readonly<{ everyMsMax: number; forMsMax: number; seed: number; signal: AbortSignal }>,
): Promise<void> {
  const { everyMsMax, forMsMax, seed, signal } = options;
  if (everyMsMax === 0) return;
  const random = randomOf(seed);
  const wait = (ms: number): Promise<unknown> => pause(ms, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    await wait(random() * everyMsMax);
    const child = current();
    child.kill('SIGSTOP');
    await wait(random() * forMsMax);
    child.kill('SIGCONT');
  }
}

async function wordsPrintedBy(writer: ChildProcess): Promise<number[]> {
  let output = '';
  for await (const data of writer.stdout!) output += String(data);
  return output.split(' ').map(Number);
}

function compare(database: Database, written: number): Omit<ReaderBooks, 'readerPeakMib'> {
  const counts = new Uint8Array(written);
  let inversions = 0;
  let before = -1;
  for (const row of database.prepare('SELECT sequence FROM taken ORDER BY rowid').iterate()) {
    const sequence = Number(row.sequence);
    counts[sequence] = (counts[sequence] ?? 0) + 1;
    if (sequence < before) inversions += 1;
    before = sequence;
  }
  const altered = database.prepare('SELECT text FROM altered').all();
  const lostBytes = database
    .prepare(
      "SELECT coalesce(sum(end_offset - start_offset), 0) AS bytes FROM watch_span WHERE kind = 'lost'",
    )
    .get();
  return {
    written,
    lost: numbersWhere(counts, (count) => count === 0),
    doubled: numbersWhere(counts, (count) => count > 1),
    altered: altered.map((row) => String(row.text)),
    inversions,
    lostBytesInLedger: Number(lostBytes?.bytes),
  };
}

function numbersWhere(counts: Uint8Array, accepts: (count: number) => boolean): number[] {
  const numbers: number[] = [];
  counts.forEach((count, number) => {
    if (accepts(count)) numbers.push(number);
  });
  return numbers;
}
