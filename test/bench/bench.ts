/**
 * `npm run bench`: from log files to searchable entries, Logstead against SQLite with FTS5, in the same run.
 *
 * Both read the same generated files, one after the other in turns, each in a process and on a state folder of its
 * own. A result counts only if the store then answers with the truth: all entries, all errors, every
 * needle. Medians over the rounds; the files are in the page cache for both.
 *
 *     npm run bench -- --entries 100000 --rounds 3 --save
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../support/daemon-process.ts';
import { type LogFormat, type LogTruth, sumTruths, writeLog } from '../support/log-generator.ts';
import { TempFolder } from '../support/temp-folder.ts';
import type { SideArguments, SideResult } from './side.ts';

const FORMATS: readonly LogFormat[] = [
  'pino',
  'logfmt',
  'syslog',
  'nginx-access',
  'log4j',
  'python',
];
const NEEDLE = { word: 'nadel42', every: 1_000 };
const SIDES = { Logstead: 'logstead-side.ts', 'SQLite FTS5': 'sqlite-side.ts' } as const;
type SideName = keyof typeof SIDES;

const RESULTS_PATH = fileURLToPath(new URL('RESULTS.md', import.meta.url));
const MIB = 1024 * 1024;

type Row = Readonly<{
  name: string;
  /** Of one run, in the unit that is printed. */
  measure: (result: SideResult, truth: LogTruth) => number;
  print: (value: number) => string;
  /** Whether more is better: the ratio then says how many times as much, else how many times as little. */
  moreIsBetter: boolean;
}>;

const ROWS: readonly Row[] = [
  {
    name: 'entries per second, file to searchable',
    measure: (result) => (result.entryCount / result.wallMs) * 1_000,
    print: (value) => `${Math.round(value / 1_000)} k`,
    moreIsBetter: true,
  },
  {
    name: 'log read per second',
    measure: (result, truth) => (truth.byteCount / MIB / result.wallMs) * 1_000,
    print: (value) => `${value.toFixed(1)} MiB`,
    moreIsBetter: true,
  },
  {
    name: 'CPU per entry',
    measure: (result) => (result.cpuMs / result.entryCount) * 1_000,
    print: (value) => `${value.toFixed(2)} µs`,
    moreIsBetter: false,
  },
  {
    name: 'peak memory',
    measure: (result) => result.peakBytes / MIB,
    print: (value) => `${Math.round(value)} MiB`,
    moreIsBetter: false,
  },
  {
    name: 'bytes on disk per byte of log',
    measure: (result, truth) => (result.diskBytes / truth.byteCount) * 100,
    print: (value) => `${value.toFixed(1)} %`,
    moreIsBetter: false,
  },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      entries: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '3' },
      save: { type: 'boolean', default: false },
    },
  });
  const entriesPerFile = Number(values.entries);
  const rounds = Number(values.rounds);
  using folder = TempFolder.make();
  const logFolder = folder.makeFolder('logs');
  const truth = sumTruths(
    FORMATS.map((format, index) =>
      writeLog(`${logFolder}/${format}.log`, {
        ...{ format, entryCount: entriesPerFile, seed: index + 1, needle: NEEDLE },
      }),
    ),
  );
  const results: Record<SideName, SideResult[]> = { Logstead: [], 'SQLite FTS5': [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of Object.keys(SIDES) as SideName[]) {
      const stateFolder = folder.makeFolder(`state-${round}-${name}`);
      const result = await runSide(name, { logFolder, stateFolder, needle: NEEDLE.word });
      verify(name, result, truth);
      results[name].push(result);
      process.stderr.write(`round ${round}, ${name}: ${Math.round(result.wallMs)} ms\n`);
      folder.remove(`state-${round}-${name}`);
    }
  }
  const page = describe(results, truth, rounds);
  process.stdout.write(page);
  if (values.save) {
    writeFileSync(RESULTS_PATH, `${head({ entriesPerFile, rounds })}\n${page}`);
  }
}

async function runSide(name: SideName, given: SideArguments): Promise<SideResult> {
  const script = fileURLToPath(new URL(SIDES[name], import.meta.url));
  const { code, stdout, stderr } = await runCommand(process.execPath, [
    script,
    JSON.stringify(given),
  ]);
  if (code !== 0) throw new Error(`${name} failed (${code}): ${stderr}`);
  return JSON.parse(stdout) as SideResult;
}

function verify(name: SideName, result: SideResult, truth: LogTruth): void {
  const found = [result.entryCount, result.errorCount, result.needleCount];
  const wanted = [truth.entryCount, truth.levels.ERROR, truth.needleCount];
  if (found.join() !== wanted.join()) {
    throw new Error(`${name} found ${found} entries, errors and needles, there are ${wanted}`);
  }
}

function describe(
  results: Readonly<Record<SideName, readonly SideResult[]>>,
  truth: LogTruth,
  rounds: number,
): string {
  const lines = [
    `${truth.entryCount.toLocaleString('en')} entries in ${FORMATS.length} files (${FORMATS.join(', ')}), ${(truth.byteCount / MIB).toFixed(1)} MiB; medians of ${rounds} rounds.`,
    `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / MIB / 1024)} GiB, Node ${process.versions.node}; load ${loadavg()[1]?.toFixed(1)} over the last 5 minutes, this run included.`,
    '',
    '| from file to searchable | Logstead | SQLite FTS5 | Logstead is |',
    '| --- | ---: | ---: | --- |',
    ...ROWS.map((row) => {
      const ours = median(results.Logstead.map((result) => row.measure(result, truth)));
      const theirs = median(results['SQLite FTS5'].map((result) => row.measure(result, truth)));
      const ratio = row.moreIsBetter ? ours / theirs : theirs / ours;
      const verdict =
        ratio >= 1 ? `${ratio.toFixed(1)} × better` : `${(1 / ratio).toFixed(1)} × worse`;
      return `| ${row.name} | ${row.print(ours)} | ${row.print(theirs)} | ${verdict} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function head(options: Readonly<{ entriesPerFile: number; rounds: number }>): string {
  return `# Results of the benchmark

Made by \`npm run bench -- --entries ${options.entriesPerFile} --rounds ${options.rounds} --save\`; \`bench.ts\` says how it measures, \`sqlite-side.ts\` what the
other side does. Numbers of one machine: compare columns, not runs.
`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

await main();
