/**
 * One measurement of the tail bench in a process of its own: `node tail-side.ts MODE '<options as JSON>'`; prints one
 * JSON object.
 *
 * CPU is user and system time of the whole process from the first read on, start-up left out.
 */
import type { EventEmitter } from 'node:events';
import { readdirSync, readSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import LogdnaTailFile from '@logdna/tail-file';
import { customRule } from '../../src/alert/rule.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { defaultSettings } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { readProvingLine } from '../../src/selftest/proving-line.ts';
import { FolderStates } from '../../src/watch/folder-states.ts';
import type { Chunk, LongLine, WatchSink } from '../../src/watch/sink.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { watchSettings } from '../support/watch-scene.ts';

export type SideOptions = Readonly<{
  folder: string;
  path: string;
  seconds: number;
  warmUpSeconds?: number;
  linesMax: number;
}>;

/** It comes without types. */
const TailFile = createRequire(import.meta.url)('tail-file') as new (
  path: string,
  options: object,
) => EventEmitter & { start(): void };

const NEWLINE = 10;
/** As ingest waits where no rule waits for time to pass. */
const WAIT_MS_MAX = 60_000;
const READ_BYTES = 256 * 1024;
/** The work of a start is over. */
const SETTLING_MS = 20_000;
/** Nothing of what is looked at is in a cache of the processor any more. */
const COOLING_MS = 60_000;

const MODES: Readonly<Record<string, (options: SideOptions) => Promise<unknown>>> = {
  'bare-read': bareRead,
  'watcher-read': watcherRead,
  'empty-idle': emptyIdle,
  'ingest-idle': ingestIdle,
  delay,
  'bare-delay': bareDelay,
  watcher: followWithWatcher,
  'tail-file': followWithTailFile,
  logdna: followWithLogdna,
};

/** A loop of `fh.read` that looks for each newline and does nothing else. */
async function bareRead({ path }: SideOptions): Promise<unknown> {
  await using file = await open(path);
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let lineCount = 0;
  const cpu = await cpuOf(async () => {
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      lineCount += newlinesIn(buffer, 0, bytesRead);
    }
  });
  return { ...cpu, lineCount };
}

async function watcherRead({ folder }: SideOptions): Promise<unknown> {
  const counter = new NewlineCounter();
  await using following = openWatcher(folder);
  const { watcher } = following;
  const cpu = await cpuOf(async () => {
    for (;;) {
      const more = watcher.round(counter, { budgetBytes: 4_000_000 });
      if (!more && watcher.isComplete && counter.lineCount > 0) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  return { ...cpu, lineCount: counter.lineCount };
}

async function emptyIdle({ seconds, warmUpSeconds = 0 }: SideOptions): Promise<unknown> {
  await systemClock.sleep(warmUpSeconds * 1_000);
  return cpuOf(() => systemClock.sleep(seconds * 1_000));
}

/** The whole of ingest over files that were read to their end, and to which nobody writes. */
async function ingestIdle(options: SideOptions): Promise<unknown> {
  const { folder, seconds, warmUpSeconds = 0, linesMax: fileCount } = options;
  const settings = { ...defaultSettings(folder), watches: [watchSettings(join(folder, 'logs'))] };
  prepareFolders(settings);
  const log = openLog({ level: 'error', style: 'json' });
  await using ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
  const stop = new AbortController();
  const running = ingest.run(stop.signal);
  const service = ingest.service();
  while ((await service.status()).entryCount < fileCount) await systemClock.sleep(100);
  // The first passes read, write to the ledger and open watches; then nothing happens any more, and all become seldom.
  await systemClock.sleep(warmUpSeconds * 1_000);
  const cpu = await cpuOf(() => systemClock.sleep(seconds * 1_000));
  stop.abort();
  await running;
  return { ...cpu, ...(await looksOver(options)) };
}

/** What comes too seldom to be seen while it waits: a look at all sizes, one at all folders, a pass over all files. */
async function looksOver({ folder, linesMax: fileCount }: SideOptions): Promise<object> {
  const logs = join(folder, 'logs');
  await using following = openWatcher(logs);
  const { watcher, run } = following;
  const stop = new AbortController();
  const running = run(new NewlineCounter(), stop.signal);
  while (!watcher.isComplete || watcher.files().length < fileCount) await systemClock.sleep(100);
  await systemClock.sleep(SETTLING_MS);
  const pass = await cpuOf(async () => {
    watcher.rescan();
    while (!watcher.isComplete) await systemClock.sleep(25);
  });
  stop.abort();
  await running;
  const folders = new FolderStates();
  for (const name of ['.', ...readdirSync(logs)]) folders.note(join(logs, name));
  await systemClock.sleep(COOLING_MS);
  const look = await cpuOf(async () => {
    if (watcher.lookAtAll() || !folders.areUnchanged())
      throw new Error('somebody writes to the files');
  });
  return { passCpuMs: pass.cpuMs, lookCpuMs: look.cpuMs };
}

/** From the write of a line to the rules that look at its entry; lines carry the time of their write. */
async function delay({ folder, seconds }: SideOptions): Promise<unknown> {
  const settings = defaultSettings(folder);
  prepareFolders(settings);
  const delaysMs: number[] = [];
  const probe = customRule({
    name: 'probe',
    test: ({ message }) => {
      const at = /at=(\d+\.\d+)/.exec(message)?.[1];
      if (at !== undefined) delaysMs.push(preciseNowMs() - Number(at));
      return false;
    },
  });
  const log = openLog({ level: 'error', style: 'json' });
  const parts = { disk: systemDisk, clock: systemClock, log, settings, rules: [probe] };
  await using ingest = await Ingest.open(parts);
  const stop = new AbortController();
  const running = ingest.run(stop.signal);
  process.stdout.write('ready\n');
  await systemClock.sleep(seconds * 1_000);
  stop.abort();
  await running;
  return percentilesOf(delaysMs);
}

/** The least: told by a watch of its folder, read what is new, and look at when each line was written. */
async function bareDelay({ path, seconds }: SideOptions): Promise<unknown> {
  await using file = await open(path);
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const delaysMs: number[] = [];
  let position = 0;
  const watcher = watch(dirname(path), () => {
    const readBytes = readSync(file.fd, buffer, 0, READ_BYTES, position);
    const linesEnd = buffer.lastIndexOf(NEWLINE, readBytes - 1) + 1;
    if (readBytes === 0 || linesEnd === 0) return;
    position += linesEnd;
    const nowMs = preciseNowMs();
    for (const [, at] of buffer.toString('latin1', 0, linesEnd).matchAll(/at=(\d+\.\d+)/g)) {
      delaysMs.push(nowMs - Number(at));
    }
  });
  process.stdout.write('ready\n');
  await systemClock.sleep(seconds * 1_000);
  watcher.close();
  return percentilesOf(delaysMs);
}

function percentilesOf(delaysMs: number[]): unknown {
  delaysMs.sort((a, b) => a - b);
  const at = (share: number): number => delaysMs[Math.floor((delaysMs.length - 1) * share)] ?? 0;
  return {
    count: delaysMs.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    maxMs: at(1),
  };
}

async function followWithWatcher({ folder, linesMax }: SideOptions): Promise<unknown> {
  const book = new LineBook(linesMax);
  await using following = openWatcher(folder);
  const running = following.run(book, stopSignal());
  process.stdout.write('ready\n');
  return await book.result(() => running);
}

/** `tail-file` with the buffer with which it loses least. */
async function followWithTailFile({ path, linesMax }: SideOptions): Promise<unknown> {
  const book = new LineBook(linesMax);
  const tail = new TailFile(path, { _bufsize: READ_BYTES });
  tail.on('line', (line: string) => book.take(line));
  tail.on('error', () => {});
  tail.start();
  process.stdout.write('ready\n');
  return book.result(() => aborted(stopSignal()));
}

/** `@logdna/tail-file`, polling as often as ours is told. */
async function followWithLogdna({ path, linesMax }: SideOptions): Promise<unknown> {
  const book = new LineBook(linesMax);
  const tail = new LogdnaTailFile(path, { encoding: 'utf8', pollFileIntervalMs: 20, startPos: 0 });
  let rest = '';
  tail.on('data', (data) => {
    const lines = (rest + String(data)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) book.take(line);
  });
  tail.on('tail_error', () => {});
  await tail.start();
  process.stdout.write('ready\n');
  return book.result(() => aborted(stopSignal()));
}

/** Which lines came. */
class LineBook implements WatchSink {
  readonly #counts: Uint8Array;
  #alteredCount = 0;

  constructor(linesMax: number) {
    this.#counts = new Uint8Array(linesMax);
  }

  take(line: string): void {
    if (line === '') return;
    const sequence = readProvingLine(line);
    if (sequence === null || sequence >= this.#counts.length) this.#alteredCount += 1;
    else this.#counts[sequence] = Math.min(255, this.#counts[sequence]! + 1);
  }

  chunk(_generation: unknown, { bytes, start, end }: Chunk): boolean {
    for (const line of bytes.toString('utf8', start, end).split('\n')) this.take(line);
    return true;
  }

  longLine(): boolean {
    this.#alteredCount += 1;
    return true;
  }

  partial(_generation: unknown, { bytes, start, end }: LongLine): 'taken' | 'kept' {
    const text = bytes.toString('utf8', start, end);
    if (readProvingLine(text) === null) return 'kept';
    this.take(text);
    return 'taken';
  }

  ended(): void {}

  async result(until: () => Promise<unknown>): Promise<unknown> {
    await until();
    const seen = this.#counts.reduce((sum, count) => sum + Math.min(1, count), 0);
    const doubled = this.#counts.reduce((sum, count) => sum + (count > 1 ? 1 : 0), 0);
    return { seen, doubled, altered: this.#alteredCount };
  }
}

class NewlineCounter implements WatchSink {
  lineCount = 0;

  chunk(_generation: unknown, { bytes, start, end }: Chunk): boolean {
    this.lineCount += newlinesIn(bytes, start, end);
    return true;
  }

  longLine(): boolean {
    this.lineCount += 1;
    return true;
  }

  partial(): 'taken' {
    return 'taken';
  }

  ended(): void {}
}

type Following = AsyncDisposable &
  Readonly<{ watcher: Watcher; run: (sink: WatchSink, stop: AbortSignal) => Promise<void> }>;

function openWatcher(folder: string): Following {
  const database = Database.open(':memory:');
  const watcher = Watcher.open({
    clock: systemClock,
    database,
    log: { warn: () => {} },
    watches: [watchSettings(folder)],
    excludedFolders: [],
  });
  return {
    watcher,
    async run(sink, stop) {
      while (!stop.aborted) {
        const more = watcher.round(sink, { budgetBytes: 4_000_000 });
        if (more) await new Promise((resolve) => setImmediate(resolve));
        else await watcher.waitForWork(WAIT_MS_MAX, stop);
      }
      while (watcher.round(sink, { budgetBytes: 4_000_000 })) await systemClock.sleep(1);
    },
    async [Symbol.asyncDispose]() {
      await watcher[Symbol.asyncDispose]();
      database.close();
    },
  };
}

function newlinesIn(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, start); at >= 0 && at < end; count += 1) {
    at = bytes.indexOf(NEWLINE, at + 1);
  }
  return count;
}

async function cpuOf(work: () => Promise<void>): Promise<{ cpuMs: number; wallMs: number }> {
  const before = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1_000, wallMs: performance.now() - startMs };
}

function preciseNowMs(): number {
  return performance.timeOrigin + performance.now();
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  return stop.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await systemClock.sleep(20);
}

const [mode = '', text = '{}'] = process.argv.slice(2);
const measure = MODES[mode];
if (measure === undefined) throw new Error(`There is no mode "${mode}"`);
const result = await measure(JSON.parse(text) as SideOptions);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
