/** `logstead selftest`: shows on the user's own file system that no line is lost, doubled or altered. Exit code 9: one was. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeLine, jsonLine } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Delays, Percentiles } from '../selftest/delay-probe.ts';
import { runSelftest, type SelftestResult } from '../selftest/run-selftest.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-code.ts';
import { numberWithin } from './option-values.ts';

type SelftestCommandOptions = Readonly<{
  kills: number;
  seed: number;
  json?: boolean;
  keep?: boolean;
}>;

const KILLS_DEFAULT = 20;
/** More than a thousand tell nothing new, and take an hour. */
const KILLS_MAX = 1_000;
const SEED_MAX = 2 ** 31;

/** Numbers of lines that are named; the folder has the others. */
const EXAMPLES_MAX = 5;

export function register(program: Command, context: CliContext): void {
  program
    .command('selftest')
    .description('write, rotate and kill on this file system, and look for every line')
    .argument('[folder]', 'where the test makes its folder (default: for temporary files)')
    .option(
      '--kills <n>',
      'how often the daemon is killed',
      numberWithin(0, KILLS_MAX),
      KILLS_DEFAULT,
    )
    .option('--seed <n>', 'other random pauses', numberWithin(0, SEED_MAX), 1)
    .option('--keep', 'keep the folder, even where all is well')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
A daemon of its own reads the logs of twelve writers, each with its own way of rotating, while it is killed
with SIGKILL. Your logs, settings and state are not touched.
Exit codes: 0 every line is there once, 9 one is lost, doubled or altered, 4 broken off
Example, before trusting a file system with logs:
  logstead selftest /mnt/logs --kills 50`,
    )
    .action(async (folder: string | undefined, options: SelftestCommandOptions) => {
      const place = resolve(context.workingFolder, folder ?? tmpdir());
      refuseMissing(place);
      const result = await runSelftest({
        clock: context.clock,
        folder: place,
        // The very program that runs now, from source or as it was published.
        command: [process.execPath, ...process.argv.slice(1, 2)],
        kills: options.kills,
        seed: options.seed,
        keep: options.keep ?? false,
        signal: context.stop,
        said: (step) => {
          if (!options.json) context.errorOutput.write(`${step}\n`);
        },
      });
      context.output.write(options.json ? `${jsonLine(summaryOf(result))}\n` : resultText(result));
      context.finish(result.passed ? EXIT.DONE : EXIT.SELFTEST_FAILED);
    });
}

/** Made, it would lie on the file system above: that would be tested instead of one that is not mounted. */
function refuseMissing(folder: string): void {
  if (systemDisk.stat(folder)?.isDirectory() === true) return;
  throw new OperatorError('USAGE', `Cannot test "${folder}": there is no such folder`, {
    hint: 'Name one that is there, on the file system that is to be trusted',
  });
}

function summaryOf({ styles, ...result }: SelftestResult): unknown {
  return {
    ...result,
    styles: styles.map(({ lost, doubled, altered, found: _found, ...style }) => ({
      ...style,
      lost: lost.length,
      doubled: doubled.length,
      altered: altered.length,
    })),
  };
}

function resultText({ styles, delays, kills, passed, folder }: SelftestResult): string {
  const nameWidth = Math.max(...styles.map((style) => style.name.length));
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(nameWidth) : cell.padStart(9)))
      .join('  ')
      .trimEnd();
  const lines = styles.map(({ name, rotations, lines: count, lost, doubled, altered }) =>
    row([
      name,
      ...[rotations, count, lost.length, doubled.length, altered.length].map(formatCount),
    ]),
  );
  const lineCount = styles.reduce((sum, style) => sum + style.lines, 0);
  const verdict = passed
    ? `Passed: each of ${formatCounted(lineCount, 'line')} is there once, after ${formatCounted(kills, 'kill')}`
    : 'Failed: not every line is there once, as it was written';
  return [
    row(['rotation', 'rotations', 'lines', 'lost', 'doubled', 'altered']),
    ...lines,
    '',
    delayText(delays),
    verdict,
    ...styles.flatMap(examplesOf),
    ...(folder === null ? [] : [`What was written and read is in ${escapeLine(folder)}`]),
    '',
  ].join('\n');
}

function delayText({ read, searchable }: Delays): string {
  return `From write to read ${rangeText(read)}; to searchable ${rangeText(searchable)}`;
}

function rangeText(percentiles: Percentiles | null): string {
  if (percentiles === null) return 'never';
  const { p50Ms, p99Ms } = percentiles;
  return `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
}

function examplesOf({ name, lost, doubled, altered }: SelftestResult['styles'][number]): string[] {
  const numbersText = (numbers: readonly number[]): string =>
    numbers.slice(0, EXAMPLES_MAX).join(', ');
  return [
    ...(lost.length === 0 ? [] : [`  ${name}: lost lines ${numbersText(lost)}`]),
    ...(doubled.length === 0 ? [] : [`  ${name}: doubled lines ${numbersText(doubled)}`]),
    ...altered.slice(0, 1).map((text) => `  ${name}: altered line ${escapeLine(text)}`),
  ];
}
