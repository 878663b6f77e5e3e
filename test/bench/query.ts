/**
 * `npm run bench:query`: how long answers take over stores of several sizes, beside `rg` on the raw files and `zstd -dc | rg`.
 *
 * The logs are those of the folders given, or of the generator in this tree. Each answer is compared with that of a plain
 * scan of the raw files; one that differs ends the run. Files are in the page cache for everybody.
 *
 *     npm run bench:query -- --corpus DIR --corpus DIR2 --keep STATES --save
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../support/daemon-process.ts';
import { writeLog } from '../support/log-generator.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { type Answer, type Question, questionsOf, type Vocabulary } from './query-questions.ts';
import type { QuerySideArguments, QuerySideResult } from './query-side.ts';
import { chooseWords, logFilesOf, scanAnswers } from './query-truth.ts';
import { machineLine, saveSection } from './results.ts';
import { diskBytesOf } from './side.ts';
import { multiplyStore } from './start.ts';
import type { StartResult } from './start-side.ts';

const FORMATS = ['pino', 'logfmt', 'syslog', 'nginx-access', 'log4j', 'python'] as const;
const MIB = 1024 * 1024;
const READY = 'store-is-ready';
const MULTIPLIED_MIN = 5_000_000;

type Taken = Readonly<{ wallMs: number; cpuMs: number }>;
type Peer = Readonly<{ rg: Taken; pipe: Taken }>;
type Measurement = Readonly<{
  name: string;
  words: Vocabulary;
  rawBytes: number;
  diskBytes: number;
  questions: readonly Question[];
  side: QuerySideResult;
  peers: readonly (Peer | null)[];
  /** Null where the store is too small to be made a hundred million from. */
  start: StartResult | null;
}>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string', multiple: true, default: [] },
      entries: { type: 'string', default: '1000000' },
      keep: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      save: { type: 'boolean', default: false },
    },
  });
  using folder = TempFolder.make();
  const keep = values.keep ?? folder.makeFolder('kept');
  const corpora = values.corpus.length > 0 ? values.corpus : [generated(folder, values.entries)];
  const measurements: Measurement[] = [];
  for (const corpus of corpora) {
    const stateFolder = await builtStore(corpus, join(keep, basename(corpus)));
    measurements.push(await measure(corpus, stateFolder, Number(values.rounds)));
  }
  const page = describe(measurements);
  process.stdout.write(page);
  if (values.save) saveSection('Queries', page);
}

function generated(folder: TempFolder, entries: string): string {
  const logFolder = folder.makeFolder('generated');
  for (const [index, format] of FORMATS.entries()) {
    const entryCount = Math.ceil(Number(entries) / FORMATS.length);
    writeLog(join(logFolder, `${format}.log`), {
      ...{ format, entryCount, seed: index + 1, needle: { word: 'nadel42', every: 10_000 } },
    });
  }
  return logFolder;
}

/** A store of all entries of a folder; one that was kept is used again. */
async function builtStore(logFolder: string, stateFolder: string): Promise<string> {
  if (existsSync(join(stateFolder, READY))) return stateFolder;
  rmSync(stateFolder, { recursive: true, force: true });
  mkdirSync(stateFolder, { recursive: true });
  process.stderr.write(`indexing ${logFolder}\n`);
  await runScript('logstead-side.ts', { logFolder, stateFolder, needle: 'none' });
  writeFileSync(join(stateFolder, READY), '');
  return stateFolder;
}

async function runScript<Result>(script: string, given: object): Promise<Result> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { code, stdout, stderr } = await runCommand(process.execPath, [
    // As the launcher starts a command.
    '--max-semi-space-size=4',
    path,
    JSON.stringify(given),
  ]);
  if (code !== 0) throw new Error(`${script} failed (${code}): ${stderr}`);
  return JSON.parse(stdout) as Result;
}

async function measure(
  logFolder: string,
  stateFolder: string,
  rounds: number,
): Promise<Measurement> {
  const words = await chooseWords(logFolder, needleOf(logFolder));
  const questions = questionsOf(words);
  const given: QuerySideArguments = { stateFolder, questions, rounds };
  const side = await runScript<QuerySideResult>('query-side.ts', given);
  verify(questions, side, await scanAnswers(logFolder, questions));
  const files = logFilesOf(logFolder).map((name) => join(logFolder, name));
  return {
    ...{ name: basename(logFolder), words, questions, side },
    rawBytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    diskBytes: diskBytesOf(stateFolder),
    peers: measurePeers(files, questions),
    start: words.entryCount >= MULTIPLIED_MIN ? await measureStart(stateFolder) : null,
  };
}

/** The median of three starts with a hundred million entries. */
async function measureStart(stateFolder: string): Promise<StartResult> {
  // Beside the store: links do not go from one file system to another.
  const target = `${stateFolder}-multiplied`;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  try {
    multiplyStore(stateFolder, target, 100_000_000);
    const results: StartResult[] = [];
    for (let round = 0; round < 3; round += 1) {
      results.push(await runScript<StartResult>('start-side.ts', { stateFolder: target }));
    }
    return results.toSorted((a, b) => a.sinceStartMs - b.sinceStartMs)[1]!;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** A word that a generator has hidden, where it says so. */
function needleOf(logFolder: string): string | null {
  const path = join(logFolder, 'truth.json');
  if (!existsSync(path)) return null;
  const { needles } = JSON.parse(readFileSync(path, 'utf8')) as { needles?: { token: string }[] };
  return needles?.[0]?.token.split('-').at(-1) ?? null;
}

function verify(
  questions: readonly Question[],
  side: QuerySideResult,
  truth: readonly Answer[],
): void {
  for (const [index, { name }] of questions.entries()) {
    const told = JSON.stringify(side.measured[index]?.answer);
    const wanted = JSON.stringify(truth[index]);
    if (told !== wanted) throw new Error(`"${name}" was answered ${told}, a scan finds ${wanted}`);
  }
}

/** Counting matching lines: on the files as they are, and out of zstd -1. */
function measurePeers(files: readonly string[], questions: readonly Question[]): (Peer | null)[] {
  using folder = TempFolder.make();
  const packed = folder.join('all.zst');
  timed('out=$1; shift; cat "$@" | zstd -q -1 -o "$out"', [packed, ...files]);
  return questions.map(({ needle }) => {
    if (needle === null) return null;
    const options = ['-c', '-i', '-a', ...(needle.isRegex ? [] : ['-F']), '-e', needle.text];
    return {
      rg: median(() => timed('rg "$@"', [...options, ...files])),
      pipe: median(() => timed('in=$1; shift; zstd -dcq "$in" | rg "$@"', [packed, ...options])),
    };
  });
}

/** Run a line of shell; `times` says what its programs took. */
function timed(line: string, args: readonly string[]): Taken {
  const startMs = performance.now();
  const { status, error, stdout } = spawnSync(
    'bash',
    ['-c', `{ ${line}; } >/dev/null; times`, 'bash', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  if (error !== undefined || status !== 0) throw error ?? new Error(`bash failed (${status})`);
  const [, ofChildren = ''] = stdout.trim().split('\n');
  const cpuMs = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
  return { wallMs: performance.now() - startMs, cpuMs };
}

function median(measure: () => Taken): Taken {
  return [measure(), measure(), measure()].toSorted((a, b) => a.cpuMs - b.cpuMs)[1]!;
}

function describe(measurements: readonly Measurement[]): string {
  const [first] = measurements;
  if (first === undefined) return '';
  const heads = measurements.map(({ words }) => `${(words.entryCount / 1e6).toFixed(1)} M entries`);
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = [
    'Milliseconds: warm median (CPU; first time in the process) · beside it `rg` on the raw files / `zstd -dc | rg`, each with its CPU.',
    'Every answer was compared with a scan of the raw files.',
    machineLine(),
    '',
    ...measurements.map(
      ({ name, words, rawBytes, diskBytes }) =>
        `- ${name}: ${words.entryCount.toLocaleString('en')} entries, ${(rawBytes / MIB).toFixed(0)} MiB, stored in ${((diskBytes / rawBytes) * 100).toFixed(1)} % of that; words "${words.rareWord}", "${words.seldomWord}", "${words.commonWord}"`,
    ),
    '',
    row(['question', 'bar', ...heads]),
    row(['---', '---', ...heads.map(() => '---')]),
    ...first.questions.map(({ name, bar }, index) =>
      row([name, bar, ...measurements.map((measurement) => cellOf(measurement, index))]),
    ),
    row([
      'start with 100 million entries: opening the index (since the process began)',
      '1 s',
      ...measurements.map(({ start }) =>
        start === null
          ? '-'
          : `${start.openMs.toFixed(0)} (${start.sinceStartMs.toFixed(0)}), ${(start.entryCount / 1e6).toFixed(0)} M`,
      ),
    ]),
    row([
      'memory above an idle reader',
      '150 MB',
      ...measurements.map(
        ({ side }) => `${((side.peakBytes - side.idleBytes) / MIB).toFixed(0)} MiB`,
      ),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function cellOf({ side, peers }: Measurement, index: number): string {
  const { warmMs, cpuMs, firstMs } = side.measured[index]!;
  const peer = peers[index];
  const beside = peer ? ` · ${takenText(peer.rg)} / ${takenText(peer.pipe)}` : '';
  return `${warmMs.toFixed(1)} (${cpuMs.toFixed(1)}; ${firstMs.toFixed(0)})${beside}`;
}

function takenText({ wallMs, cpuMs }: Taken): string {
  return `${wallMs.toFixed(0)} (${cpuMs.toFixed(0)})`;
}

await main();
