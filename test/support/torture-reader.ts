/**
 * A program that follows a folder with a Watcher and keeps what it reads in a journal, which it writes in the
 * same transaction as the checkpoint: the least consumer that can be killed at any moment.
 *
 * `node torture-reader.ts '<options as JSON>'`. On SIGTERM it reads to the end, commits, and exits.
 */
import { writeFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { readProvingLine } from '../../src/selftest/proving-line.ts';
import type { SafePosition } from '../../src/watch/checkpoints.ts';
import type { Generation } from '../../src/watch/generation.ts';
import type { Chunk, LongLine, WatchSink } from '../../src/watch/sink.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { watchSettings } from './watch-scene.ts';

export type ReaderOptions = Readonly<{
  folder: string;
  paths: readonly string[];
  databasePath: string;
  /** The number of lines committed is written here after each commit. */
  ackPath?: string;
  commitEveryMs: number;
  /** Lines that are not numbered ones and are left out. */
  banner?: string;
  /** Take in at most so many bytes a second. */
  bytesPerSecondMax?: number;
}>;

export const JOURNAL_TABLES = `
  CREATE TABLE IF NOT EXISTS taken (sequence INTEGER NOT NULL, generation INTEGER NOT NULL, offset INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS altered (text TEXT NOT NULL, generation INTEGER NOT NULL, offset INTEGER NOT NULL);`;

class Journal implements WatchSink {
  readonly safe = new Map<number, SafePosition>();
  readonly #database: Database;
  readonly #banner: string | undefined;
  #lines: { sequence: number | null; text: string; generation: number; offset: number }[] = [];
  committedCount: number;

  constructor(database: Database, banner: string | undefined) {
    this.#database = database;
    this.#banner = banner;
    this.committedCount = Number(
      database.prepare('SELECT count(DISTINCT sequence) AS count FROM taken').get()?.count,
    );
  }

  get hasLines(): boolean {
    return this.#lines.length > 0;
  }

  chunk(generation: Generation, chunk: Chunk): boolean {
    const text = chunk.bytes.toString('utf8', chunk.start, chunk.end);
    this.#take(generation, text, chunk.offsetBytes);
    this.#moveTo(generation, chunk.offsetBytes + chunk.end - chunk.start);
    return true;
  }

  longLine(generation: Generation, line: LongLine): boolean {
    this.#take(generation, 'a line that is too long', line.offsetBytes);
    this.#moveTo(generation, line.offsetBytes + line.lineBytes);
    return true;
  }

  partial(generation: Generation, line: LongLine): 'taken' | 'kept' {
    const text = line.bytes.toString('utf8', line.start, line.end);
    // The lines of the writer say themselves whether they are whole.
    if (generation.state === 'live' && readProvingLine(text) === null) return 'kept';
    this.#take(generation, text, line.offsetBytes);
    this.#moveTo(generation, line.offsetBytes + line.lineBytes);
    return 'taken';
  }

  ended(): void {}

  commit(watcher: Watcher): void {
    const insert = this.#database.prepare('INSERT INTO taken VALUES (?, ?, ?)');
    const alter = this.#database.prepare('INSERT INTO altered VALUES (?, ?, ?)');
    this.#database.transaction(() => {
      for (const { sequence, text, generation, offset } of this.#lines) {
        if (sequence !== null) insert.run(sequence, generation, offset);
        else alter.run(text.slice(0, 200), generation, offset);
      }
      watcher.checkpoint(this.safe);
    });
    this.committedCount += this.#lines.length;
    this.#lines = [];
  }

  #take(generation: Generation, text: string, offset: number): void {
    for (const line of text.replace(/\n$/, '').split('\n')) {
      if (line === '' || line === this.#banner) continue;
      const sequence = readProvingLine(line);
      this.#lines.push({ sequence, text: line, generation: generation.number, offset });
    }
  }

  #moveTo(generation: Generation, offsetBytes: number): void {
    this.safe.set(generation.number, { offsetBytes, line: 0 });
  }
}

async function follow(options: ReaderOptions): Promise<void> {
  const { folder, paths, databasePath, commitEveryMs, bytesPerSecondMax, ackPath } = options;
  using database = Database.open(databasePath);
  await using watcher = Watcher.open({
    clock: systemClock,
    database,
    log: {
      warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
    },
    watches: [watchSettings(folder, { paths })],
    excludedFolders: [],
  });
  const journal = new Journal(database, options.banner);
  const stop = new AbortController();
  process.once('SIGTERM', () => {
    stop.abort();
    watcher.rescan();
  });
  let committedAtMs = performance.now();
  let quietRounds = 0;
  let isReady = false;
  while (!stop.signal.aborted || quietRounds < 2) {
    const finishLines = stop.signal.aborted;
    const budgetBytes = bytesPerSecondMax === undefined ? 4_000_000 : bytesPerSecondMax / 50;
    const more = watcher.round(journal, { budgetBytes, finishLines });
    if (!isReady && watcher.isComplete) process.stdout.write('ready\n');
    isReady ||= watcher.isComplete;
    quietRounds = stop.signal.aborted && !more && watcher.isComplete ? quietRounds + 1 : 0;
    if (performance.now() - committedAtMs >= commitEveryMs || quietRounds === 1) {
      if (journal.hasLines || quietRounds === 1) journal.commit(watcher);
      if (ackPath !== undefined) writeFileSync(ackPath, String(journal.committedCount));
      committedAtMs = performance.now();
    }
    if (bytesPerSecondMax !== undefined) await systemClock.sleep(20);
    // What is being unpacked needs turns of the event loop, and with the signal set nothing is waited for.
    else if (more || stop.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
    else await watcher.waitForWork(commitEveryMs, stop.signal);
  }
  journal.commit(watcher);
  process.stdout.write(`peak ${process.resourceUsage().maxRSS}\n`);
}

if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? '{}') as ReaderOptions;
  const tables = Database.open(options.databasePath);
  for (const statement of JOURNAL_TABLES.split(';')) {
    if (statement.trim() !== '') tables.prepare(statement).run();
  }
  tables.close();
  await follow(options);
}
