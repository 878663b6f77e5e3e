/** Writer and reader as processes of their own; the reader is killed and started again; then the books are compared. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Database } from '../../src/base/database.ts';
import { TempFolder } from './temp-folder.ts';
import type { ReaderOptions } from './torture-reader.ts';
import { randomOf, type WriterOptions } from './torture-writer.ts';

export type TortureOptions = Readonly<{
  writer: Omit<WriterOptions, 'path' | 'ackPath'>;
  reader?: Partial<Pick<ReaderOptions, 'paths' | 'commitEveryMs' | 'bytesPerSecondMax'>>;
  /** Look into the journal and the ledger before they are gone. */
  inspect?: (database: Database, folder: string) => void;
  /** Kill the reader so often while the writer writes; the pauses are random up to these. */
  kills?: Readonly<{ count: number; aliveMsMax: number; deadMsMax: number }>;
}>;

export type TortureResult = Readonly<{
  written: number;
  kills: number;
  /** Numbers of lines. */
  lost: readonly number[];
  doubled: readonly number[];
  /** Texts that are no line of the writer. */
  altered: readonly string[];
  /** Lines after which one with a smaller number was taken. */
  inversions: number;
  /** Bytes the ledger calls lost. */
  lostBytesInLedger: number;
}>;

const WRITER = fileURLToPath(new URL('./torture-writer.ts', import.meta.url));
const READER = fileURLToPath(new URL('./torture-reader.ts', import.meta.url));

export async function torture(options: TortureOptions): Promise<TortureResult> {
  using folder = TempFolder.make();
  const logFolder = folder.makeFolder('logs');
  const ackPath = folder.join('ack');
  const databasePath = folder.join('journal.db');
  const writerOptions = { ...options.writer, path: `${logFolder}/app.log`, ackPath };
  const readerOptions: ReaderOptions = {
    folder: logFolder,
    paths: ['**/*.log'],
    commitEveryMs: 20,
    databasePath,
    ackPath,
    ...(options.writer.banner === undefined ? {} : { banner: options.writer.banner }),
    ...options.reader,
  };
  let reader = await startReader(readerOptions);
  const writer = start(WRITER, writerOptions);
  const written = linesPrintedBy(writer);
  let isWriting = true;
  const ended = once(writer, 'close').then(() => {
    isWriting = false;
  });
  const { count = 0, aliveMsMax = 0, deadMsMax = 0 } = options.kills ?? {};
  const random = randomOf(options.writer.seed + 1);
  let kills = 0;
  try {
    // What happened before the reader first saw the log is not its concern.
    while (ackedCount(ackPath) === 0 && isWriting) await pause(10);
    while (kills < count && isWriting) {
      await Promise.race([pause(random() * aliveMsMax), ended]);
      await kill(reader);
      kills += 1;
      await Promise.race([pause(random() * deadMsMax), ended]);
      reader = await startReader(readerOptions);
    }
    if (count > 0) writer.kill('SIGTERM');
    await ended;
    reader.kill('SIGTERM');
    const [code] = await once(reader, 'close');
    if (code !== 0) throw new Error(`The reader ended with ${code}`);
  } finally {
    writer.kill('SIGKILL');
    reader.kill('SIGKILL');
  }
  using database = Database.open(databasePath);
  const result = { kills, ...compare(database, await written) };
  options.inspect?.(database, logFolder);
  return result;
}

function start(program: string, options: object): ChildProcess {
  return spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function ackedCount(path: string): number {
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

async function startReader(options: ReaderOptions): Promise<ChildProcess> {
  const reader = start(READER, options);
  await Promise.race([once(reader.stdout!, 'data'), once(reader, 'close')]);
  return reader;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error(`The reader ended by itself with ${child.exitCode ?? child.signalCode}`);
  }
  child.kill('SIGKILL');
  await once(child, 'close');
}

async function linesPrintedBy(writer: ChildProcess): Promise<number> {
  let output = '';
  for await (const data of writer.stdout!) output += String(data);
  return Number(output);
}

function compare(database: Database, written: number): Omit<TortureResult, 'kills'> {
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
