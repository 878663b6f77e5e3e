/**
 * The tail bench: what following files costs, and what others lose at it.
 *
 *     npm run bench:tail [-- reading delay idle lost] [--quick] [--save]
 *
 * - reading: the watcher with all its checks against a bare loop of `fh.read`, both looking for each newline;
 *   CPU time of processes of their own, medians of interleaved rounds.
 * - delay: from the `write()` of a line, 5,000 a second one by one in one file, until the rules see its entry. Beside
 *   it the least that follows a file here: a watch of its folder and a read, with nothing done to the lines.
 * - idle: CPU of a process that follows 1,000 and 10,000 files to which nobody writes, against one that does nothing.
 * - lost: ours, `tail-file` and `@logdna/tail-file` on the same way of rotating.
 *
 * Without a name all four. `--save` puts each into a section of its own in RESULTS.md.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { REST_LOOK_MS_MAX } from '../../src/ingest/read-complete.ts';
import { provingLine } from '../../src/selftest/proving-line.ts';
import type { WriterOptions } from '../../src/selftest/rotating-writer.ts';
import { FOLDERS_LOOK_IDLE_MS_MAX, RESCAN_IDLE_MS_MAX } from '../../src/watch/limits.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { saveRun } from './results.ts';
import type { SideOptions } from './tail-side.ts';

const IS_QUICK = process.argv.includes('--quick');
const ROUNDS = IS_QUICK ? 3 : 7;
const READ_MEGABYTES = IS_QUICK ? 100 : 400;
const DELAY_SECONDS = IS_QUICK ? 5 : 30;
const DELAY_ROUNDS = IS_QUICK ? 1 : 2;
/**
 * What comes ever more seldom comes, in seconds after the last line: passes over all files after some 10, 35, 75, … 635, 1275,
 * 2555, up to one every `RESCAN_IDLE_MS_MAX`; looks at the sizes of all files after 60, 180, 420, 900, 1860, 3780, then one
 * every `REST_LOOK_MS_MAX`; looks at folders at 600, 1800, 4200, as often at last. So none of them is in the ten minutes
 * that are measured: what each costs is measured by itself, and its share of a minute added.
 */
const IDLE_WARM_UP_SECONDS = IS_QUICK ? 25 : 1_900;
const IDLE_SECONDS = IS_QUICK ? 20 : 605;
const PASS_EVERY_MINUTES = RESCAN_IDLE_MS_MAX / 60_000;
const LOOK_EVERY_MINUTES = Math.min(REST_LOOK_MS_MAX, FOLDERS_LOOK_IDLE_MS_MAX) / 60_000;
const ROTATED_LINES = IS_QUICK ? 100_000 : 420_000;

const LINES_PER_MEGABYTE = 8_400;
const DELAY_LINES_PER_SECOND = 5_000;

const SIDE = fileURLToPath(new URL('./tail-side.ts', import.meta.url));
const WRITER = fileURLToPath(new URL('../support/torture-writer.ts', import.meta.url));

/** What is shown of each reader. */
const NAMES: Readonly<Record<string, string>> = {
  watcher: 'Logstead',
  'tail-file': '`tail-file` 1.4.16, buffer of 256 KiB',
  logdna: '`@logdna/tail-file` 4.0.2, polling every 20 ms',
};

type Cpu = Readonly<{
  cpuMs: number;
  wallMs: number;
  lineCount?: number;
  passCpuMs?: number;
  /** A look at all sizes and all folders. */
  lookCpuMs?: number;
}>;

/** By the name on the command line: the title of the section, and what measures it. Each returns the lines of a table. */
const PARTS: Readonly<Record<string, readonly [title: string, run: () => Promise<string[]>]>> = {
  reading: ['Following files: reading alone', benchReading],
  delay: ['Following files: delay', benchDelay],
  idle: ['Following files: idle', benchIdle],
  lost: ['Following files: lost lines', benchLost],
};

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = named.find((name) => PARTS[name] === undefined);
if (unknown !== undefined)
  throw new Error(`There is no part "${unknown}", only ${Object.keys(PARTS).join(', ')}`);
for (const name of named.length > 0 ? named : Object.keys(PARTS)) {
  const [title, run] = PARTS[name]!;
  const text = (await run()).join('\n');
  process.stdout.write(`## ${title}\n\n${text}\n\n`);
  if (process.argv.includes('--save')) saveRun(title, `npm run bench:tail -- ${name} --save`, text);
}

async function benchReading(): Promise<string[]> {
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
  const rate = (cpuMs: number): string => `${Math.round((READ_MEGABYTES * 1_000) / cpuMs)} MB/s`;
  return [
    `${READ_MEGABYTES} MB, ${lineCount} lines; CPU of the process from the first read on, medians of ${ROUNDS} rounds in turns.`,
    '',
    ...table(
      ['reader', 'CPU', 'per CPU second', 'of the bare loop', 'wanted'],
      [
        [
          'bare `fh.read` loop that looks for newlines',
          `${bare.toFixed(0)} ms`,
          rate(bare),
          '100 %',
          '',
        ],
        [
          'the watcher, all checks on',
          `${watcher.toFixed(0)} ms`,
          rate(watcher),
          `${((100 * bare) / watcher).toFixed(0)} %`,
          '60 %',
        ],
      ],
    ),
  ];
}

async function benchDelay(): Promise<string[]> {
  const rows: string[][] = [];
  for (const [mode, name] of [
    ['delay', 'Logstead: until the rules see the entry'],
    ['bare-delay', 'a bare watch of the folder and a read'],
  ] as const) {
    for (let round = 0; round < DELAY_ROUNDS; round += 1) {
      const { written, seen } = await delayOf(mode);
      const ms = (value: number): string => `${value.toFixed(1)} ms`;
      rows.push([
        name,
        String(written),
        String(seen.count),
        ms(seen.p50Ms),
        ms(seen.p99Ms),
        ms(seen.p999Ms),
        ms(seen.maxMs),
      ]);
    }
  }
  return [
    `Lines written one by one, ${DELAY_LINES_PER_SECOND} a second for ${DELAY_SECONDS} s into one file; wanted: p50 5 ms, p99 50 ms.`,
    '',
    ...table(['until', 'written', 'seen', 'p50', 'p99', 'p99.9', 'longest'], rows),
  ];
}

type Delays = Readonly<{
  count: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
}>;

async function delayOf(mode: string): Promise<Readonly<{ written: number; seen: Delays }>> {
  using folder = TempFolder.make();
  const path = folder.write('logs/app.log', '');
  const side = startSide(mode, { folder: folder.path, path, seconds: DELAY_SECONDS + 2 });
  await side.ready;
  const file = openSync(path, 'a');
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
  return { written, seen: (await side.result) as Delays };
}

/** All at the same time: it takes long, and none of them has anything to do. */
async function benchIdle(): Promise<string[]> {
  const times = { warmUpSeconds: IDLE_WARM_UP_SECONDS, seconds: IDLE_SECONDS };
  const [empty, thousand, tenThousand] = await Promise.all([
    run('empty-idle', times) as Promise<Cpu>,
    idleOver(1_000),
    idleOver(10_000),
  ]);
  const row = (name: string, cpu: Cpu, wanted: string): string[] => {
    const { cpuMs, wallMs, passCpuMs = 0, lookCpuMs = 0 } = cpu;
    const waitingMs = (cpuMs * 60_000) / wallMs;
    const perMinuteMs = waitingMs + passCpuMs / PASS_EVERY_MINUTES + lookCpuMs / LOOK_EVERY_MINUTES;
    const pieceOf = (ms: number): string => (ms === 0 ? '' : `${ms.toFixed(1)} ms`);
    const share = `${(perMinuteMs / 600).toFixed(3)} %`;
    const pieces = [cpuMs, lookCpuMs, passCpuMs].map(pieceOf);
    return [name, ...pieces, `${perMinuteMs.toFixed(2)} ms`, share, wanted];
  };
  const rows = [
    row('an empty process of Node', empty, ''),
    row('ingest, 1,000 files in 50 folders', thousand, 'twice the empty process'),
    row('ingest, 10,000 files in 50 folders', tenThousand, '2 % of a core'),
  ];
  return [
    `CPU over ${IDLE_SECONDS} s in which nobody writes to any file, after ${IDLE_WARM_UP_SECONDS} s of the same; of a look at all sizes and folders, of which there is one every ${LOOK_EVERY_MINUTES / 60} h, and of a pass over all files, one every ${PASS_EVERY_MINUTES / 60} h: a minute has its share of both.`,
    '',
    ...table(
      ['process', 'waiting', 'a look', 'a pass', 'CPU a minute', 'of a core', 'wanted, at most'],
      rows,
    ),
  ];
}

async function idleOver(fileCount: number): Promise<Cpu> {
  using folder = TempFolder.make();
  for (let index = 0; index < fileCount; index += 1) {
    const below = folder.join(`logs/${index % 50}`);
    if (index < 50) mkdirSync(below, { recursive: true });
    writeFileSync(`${below}/${index}.log`, provingLine(index));
  }
  return (await run('ingest-idle', {
    folder: folder.path,
    warmUpSeconds: IDLE_WARM_UP_SECONDS,
    seconds: IDLE_SECONDS,
    linesMax: fileCount,
  })) as Cpu;
}

async function benchLost(): Promise<string[]> {
  const rows: string[][] = [];
  for (const style of ['rename', 'copytruncate'] as const) {
    for (const mode of ['watcher', 'tail-file', 'logdna']) {
      const { written, seen, doubled, altered } = await follow(mode, style);
      const counts = [written, written - seen, doubled, altered].map(String);
      rows.push([style, NAMES[mode] ?? mode, ...counts]);
    }
  }
  return [
    'At 5 MB/s, rotated every 500 ms; after a rename the program writes 50 more lines to its old file, as daemons do until they are told.',
    '',
    ...table(['rotation', 'follower', 'written', 'lost', 'doubled', 'altered'], rows),
  ];
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

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ];
}
