/**
 * The tail bench: what following files costs, and what others lose at it. `npm run bench:tail`; `--quick` is shorter.
 *
 * - Reading alone: the watcher with all its checks against a bare loop of `fh.read`, both looking for each newline;
 *   CPU time of processes of their own, medians of interleaved rounds.
 * - Delay: from the `write()` of a line, 5,000 a second one by one in one file, until the rules see its entry.
 * - Idle: CPU of a process that follows 1,000 and 10,000 files to which nobody writes, against one that does nothing.
 * - Lost lines: ours, `tail-file` and `@logdna/tail-file` on the same way of rotating.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { provingLine } from '../../src/selftest/proving-line.ts';
import type { WriterOptions } from '../../src/selftest/rotating-writer.ts';
import { TempFolder } from '../support/temp-folder.ts';
import type { SideOptions } from './tail-side.ts';

const IS_QUICK = process.argv.includes('--quick');
const ROUNDS = IS_QUICK ? 3 : 7;
const READ_MEGABYTES = IS_QUICK ? 100 : 400;
const DELAY_SECONDS = IS_QUICK ? 5 : 20;
const IDLE_SECONDS = IS_QUICK ? 20 : 60;
const ROTATED_LINES = IS_QUICK ? 100_000 : 420_000;

const LINES_PER_MEGABYTE = 8_400;
const DELAY_LINES_PER_SECOND = 5_000;

const SIDE = fileURLToPath(new URL('./tail-side.ts', import.meta.url));
const WRITER = fileURLToPath(new URL('../support/torture-writer.ts', import.meta.url));

type Cpu = Readonly<{ cpuMs: number; lineCount?: number }>;

await benchReading();
await benchDelay();
await benchIdle();
await benchLost();
say(`\nLoad over the last 5 minutes, this run included: ${loadavg()[1]?.toFixed(1)}`);

async function benchReading(): Promise<void> {
  using folder = TempFolder.make();
  const logFolder = folder.makeFolder('logs');
  const path = `${logFolder}/app.log`;
  const file = openSync(path, 'w');
  let lineCount = 0;
  for (let megabyte = 0; megabyte < READ_MEGABYTES; megabyte += 1) {
    let text = '';
    for (const end = lineCount + LINES_PER_MEGABYTE; lineCount < end; lineCount += 1) {
      text += provingLine(lineCount);
    }
    writeSync(file, text);
  }
  closeSync(file);
  const costs: Record<string, number[]> = { 'bare-read': [], 'watcher-read': [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const mode of Object.keys(costs)) {
      const cpu = (await run(mode, { folder: logFolder, path })) as Cpu;
      if (cpu.lineCount !== lineCount) throw new Error(`${mode} saw ${cpu.lineCount} lines`);
      // The first round warms the page cache.
      if (round > 0) costs[mode]!.push(cpu.cpuMs);
    }
  }
  const [bare, watcher] = [median(costs['bare-read']!), median(costs['watcher-read']!)];
  say(
    `Reading ${READ_MEGABYTES} MB, ${lineCount} lines: bare ${bare.toFixed(0)} ms CPU, watcher ${watcher.toFixed(0)} ms CPU`,
  );
  say(
    `  the watcher reads at ${((100 * bare) / watcher).toFixed(0)} % of the bare loop (wanted: 60 %)`,
  );
}

async function benchDelay(): Promise<void> {
  using folder = TempFolder.make();
  folder.makeFolder('logs');
  const side = startSide('delay', { folder: folder.path, seconds: DELAY_SECONDS + 2 });
  await side.ready;
  const file = openSync(folder.join('logs/app.log'), 'a');
  const startMs = performance.now();
  let written = 0;
  while (performance.now() - startMs < DELAY_SECONDS * 1_000) {
    const due = ((performance.now() - startMs) / 1_000) * DELAY_LINES_PER_SECOND;
    for (; written < due; written += 1) {
      const atMs = performance.timeOrigin + performance.now();
      writeSync(file, `2026-11-20T10:00:00Z INFO line ${written} at=${atMs.toFixed(4)}\n`);
    }
    await pause(1);
  }
  closeSync(file);
  const result = (await side.result) as {
    count: number;
    p50Ms: number;
    p99Ms: number;
    maxMs: number;
  };
  say(
    `Delay from write to rules, ${written} lines at ${DELAY_LINES_PER_SECOND}/s: p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms, longest ${result.maxMs.toFixed(1)} ms (wanted: 5, 50); ${result.count} seen`,
  );
}

async function benchIdle(): Promise<void> {
  const empty = (await run('empty-idle', { seconds: IDLE_SECONDS })) as Cpu;
  const perMinute = (cpu: Cpu): number => (cpu.cpuMs * 60) / IDLE_SECONDS;
  say(
    `Idle for ${IDLE_SECONDS} s: an empty process takes ${perMinute(empty).toFixed(0)} ms CPU a minute`,
  );
  for (const fileCount of [1_000, 10_000]) {
    using folder = TempFolder.make();
    for (let index = 0; index < fileCount; index += 1) {
      const below = folder.join(`logs/${index % 50}`);
      if (index < 50) mkdirSync(below, { recursive: true });
      writeFileSync(`${below}/${index}.log`, provingLine(index));
    }
    const cpu = (await run('watcher-idle', {
      folder: folder.join('logs'),
      seconds: IDLE_SECONDS,
      linesMax: fileCount,
    })) as Cpu;
    say(
      `  ${fileCount} files in 50 folders: ${perMinute(cpu).toFixed(0)} ms a minute, ${(perMinute(cpu) / 600).toFixed(2)} % of a core (wanted: 1,000 at most twice the empty process, 10,000 at most 2 %)`,
    );
  }
}

async function benchLost(): Promise<void> {
  say('Lines at 5 MB/s, rotated every 500 ms:');
  for (const style of ['rename', 'copytruncate'] as const) {
    for (const mode of ['watcher', 'tail-file', 'logdna']) {
      const { written, seen, doubled, altered } = await follow(mode, style);
      say(
        `  ${style}, ${mode}: ${written} written, ${written - seen} lost, ${doubled} doubled, ${altered} altered`,
      );
    }
  }
}

type Followed = Readonly<{ written: number; seen: number; doubled: number; altered: number }>;

async function follow(mode: string, style: WriterOptions['style']): Promise<Followed> {
  using folder = TempFolder.make();
  const logFolder = folder.makeFolder('logs');
  const path = folder.write('logs/app.log', '');
  const side = startSide(mode, { folder: logFolder, path, linesMax: ROTATED_LINES });
  await side.ready;
  const options: WriterOptions = {
    path,
    style,
    seed: 1,
    linesMax: ROTATED_LINES,
    linesPerSecond: 5 * LINES_PER_MEGABYTE,
    linesPerRotation: 2.5 * LINES_PER_MEGABYTE,
    keepCount: 1_000,
    // The program goes on with its old file for some lines, as daemons do until they are told.
    ...(style === 'rename' ? { late: { kind: 'burst', lines: 50 } } : {}),
  };
  const writer = spawn(process.execPath, [WRITER, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(writer, 'close');
  await pause(3_000);
  side.child.kill('SIGTERM');
  const seen = (await side.result) as Omit<Followed, 'written'>;
  return { written: ROTATED_LINES, ...seen };
}

type Side = Readonly<{ child: ChildProcess; ready: Promise<unknown>; result: Promise<unknown> }>;

function startSide(mode: string, options: Partial<SideOptions>): Side {
  const child = spawn(process.execPath, [SIDE, mode, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const result = once(child, 'close').then(() =>
    JSON.parse(output.trim().split('\n').at(-1) ?? ''),
  );
  return { child, ready: once(child.stdout, 'data'), result };
}

async function run(mode: string, options: Partial<SideOptions>): Promise<unknown> {
  return startSide(mode, options).result;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
