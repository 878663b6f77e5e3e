/**
 * How long the report on a whole store takes, written as HTML, text and JSON, and how much memory more than the open store.
 *
 * The bar is for ten million entries: 2 s and 150 MB. The logs are those of the folder given, or of the generator in this
 * tree; a folder of the team's generator has the truth about its entries, and a report that says otherwise ends the run.
 *
 *     npm run bench:report [-- --corpus DIR] [--keep STATE] [--entries N] [--save]
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LEVELS, type Level } from '../../src/model/level.ts';
import { runCommand } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { makeCorpus } from './corpus.ts';
import type { ReportSideArguments, ReportSideResult } from './report-side.ts';
import { saveRun } from './results.ts';

const READY = 'store-is-ready';
const ROUNDS = 5;
/** The bar, and the number of entries it is for; smaller stores are only shown. */
const WALL_MS_MAX = 2_000;
const MORE_BYTES_MAX = 150e6;
const BAR_ENTRIES = 9_000_000;

const TROUBLE = ['WARN', 'ERROR', 'FATAL'] as const;

type Truth = Readonly<{
  totals: Readonly<{ entries: number; levels: Readonly<Record<string, number>> }>;
}>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string' },
      entries: { type: 'string', default: '1000000' },
      keep: { type: 'string' },
      save: { type: 'boolean', default: false },
    },
  });
  using folder = TempFolder.make();
  const logFolder = values.corpus ?? (await makeCorpus(folder, Number(values.entries))).logFolder;
  const stateFolder = await builtStore(logFolder, values.keep ?? folder.join('state'));
  const results: ReportSideResult[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const given: ReportSideArguments = { logFolder, stateFolder };
    results.push(await runScript<ReportSideResult>('report-side.ts', given));
  }
  checkTruth(logFolder, results[0]!);
  const page = describe(results);
  process.stdout.write(`${page}\n`);
  if (values.save) saveRun('The report', 'npm run bench:report -- --corpus DIR --save', page);
  const [middle] = results.toSorted((a, b) => a.wallMs - b.wallMs).slice(ROUNDS >> 1);
  const isLarge = middle!.entryCount >= BAR_ENTRIES;
  const isMissed = middle!.wallMs > WALL_MS_MAX || moreBytes(middle!) > MORE_BYTES_MAX;
  if (isLarge && isMissed) process.exitCode = 1;
}

/** A store of all entries of a folder; one that was kept is used again. */
async function builtStore(logFolder: string, stateFolder: string): Promise<string> {
  if (existsSync(join(stateFolder, READY))) return stateFolder;
  rmSync(stateFolder, { recursive: true, force: true });
  mkdirSync(stateFolder, { recursive: true });
  process.stderr.write(`indexing ${logFolder}\n`);
  const given = { logFolder, stateFolder, needle: 'none', rules: false };
  await runScript('logstead-side.ts', given);
  writeFileSync(join(stateFolder, READY), '');
  return stateFolder;
}

async function runScript<Result>(script: string, given: object): Promise<Result> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { code, stdout, stderr } = await runCommand(process.execPath, [
    path,
    JSON.stringify(given),
  ]);
  if (code !== 0) throw new Error(`${script} failed (${code}): ${stderr}`);
  return JSON.parse(stdout) as Result;
}

function checkTruth(logFolder: string, { entryCount, levels }: ReportSideResult): void {
  const path = join(logFolder, 'truth.json');
  if (!existsSync(path)) return;
  const { totals } = JSON.parse(readFileSync(path, 'utf8')) as Truth;
  // What it calls no level may be known to the parser, by a status.
  const isOther = (name: Level): boolean => levels[LEVELS.indexOf(name)] !== totals.levels[name];
  if (entryCount !== totals.entries || TROUBLE.some(isOther)) {
    const told = JSON.stringify({ entryCount, levels });
    throw new Error(`the report says ${told}, the truth is ${JSON.stringify(totals)}`);
  }
}

function moreBytes({ idleBytes, peakBytes }: ReportSideResult): number {
  return peakBytes - idleBytes;
}

function describe(results: readonly ReportSideResult[]): string {
  const { entryCount, patternCount, sourceCount, fileCount } = results[0]!;
  const range = (of: (result: ReportSideResult) => number, digits: number): string => {
    const sorted = results.map(of).sort((a, b) => a - b);
    const text = (value: number): string => value.toFixed(digits);
    return `${text(sorted[ROUNDS >> 1]!)} (${text(sorted[0]!)} to ${text(sorted.at(-1)!)})`;
  };
  return [
    `Median of ${ROUNDS} processes (least to most); the report on everything, from the open store to the files written.`,
    '',
    '| entries | patterns | sources | files | seconds | seconds of CPU | MB more than the open store |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    `| ${[
      entryCount.toLocaleString('en'),
      ...[patternCount, sourceCount, fileCount],
      range(({ wallMs }) => wallMs / 1000, 2),
      range(({ cpuMs }) => cpuMs / 1000, 2),
      range((result) => moreBytes(result) / 1e6, 0),
    ].join(' | ')} |`,
    '',
    `The bar is ${WALL_MS_MAX / 1000} s and ${MORE_BYTES_MAX / 1e6} MB for ten million entries.`,
  ].join('\n');
}

await main();
