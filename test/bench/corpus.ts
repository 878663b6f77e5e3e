/**
 * What the benchmark of the write path reads: mixed logs of eight formats, and the truth about them.
 *
 * Where the team's generator lies beside the checkout (`../shared/corpora/gen.mjs`), its default mix with seed 7; else
 * the generator of the tests. The same entries on every machine; the numbers of the two are not comparable.
 */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../support/daemon-process.ts';
import { LOG_FORMATS, sumTruths, writeLog } from '../support/log-generator.ts';
import type { TempFolder } from '../support/temp-folder.ts';

export type Corpus = Readonly<{
  /** Holds the log files and nothing else. */
  logFolder: string;
  madeBy: string;
  entryCount: number;
  byteCount: number;
  errorCount: number;
  /** A word, and how many entries have it. */
  needle: string;
  needleCount: number;
}>;

const GENERATOR = fileURLToPath(new URL('../../../shared/corpora/gen.mjs', import.meta.url));
const SEED = 7;
/** Of the generator's lines, stack traces take 8 in a hundred: so many lines make at least that many entries. */
const LINES_PER_ENTRY = 1.09;
const OWN_NEEDLE = { word: 'nadel42', every: 10_000 };

type Truth = Readonly<{
  totals: Readonly<{ entries: number; bytes: number; levels: Readonly<{ ERROR: number }> }>;
  needles: readonly Readonly<{ token: string }>[];
}>;

/** Write logs of at least so many entries below `folder`. */
export async function makeCorpus(folder: TempFolder, entryCount: number): Promise<Corpus> {
  const name = `logs-${entryCount}`;
  const logFolder = folder.makeFolder(name);
  return existsSync(GENERATOR)
    ? generated(logFolder, folder.join(`${name}.json`), entryCount)
    : own(logFolder, entryCount);
}

async function generated(logFolder: string, truthPath: string, entries: number): Promise<Corpus> {
  const lines = Math.ceil(entries * LINES_PER_ENTRY);
  const options = ['--lines', String(lines), '--seed', String(SEED), '--out', logFolder];
  const { code, stderr } = await runCommand(process.execPath, [GENERATOR, ...options]);
  if (code !== 0) throw new Error(`the generator failed (${code}): ${stderr}`);
  renameSync(join(logFolder, 'truth.json'), truthPath);
  const { totals, needles } = JSON.parse(readFileSync(truthPath, 'utf8')) as Truth;
  return {
    logFolder,
    madeBy: `shared/corpora/gen.mjs, default mix, seed ${SEED}, ${lines.toLocaleString('en')} lines`,
    entryCount: totals.entries,
    byteCount: totals.bytes,
    errorCount: totals.levels.ERROR,
    // The last part of the token is random; the others are in every needle.
    needle: needles[0]!.token.split('-').at(-1)!,
    needleCount: 1,
  };
}

function own(logFolder: string, entries: number): Corpus {
  const formats = LOG_FORMATS.filter((format) => format !== 'plain');
  const truths = formats.map((format, index) =>
    writeLog(join(logFolder, `${format}.log`), {
      format,
      entryCount: Math.ceil(entries / formats.length),
      seed: SEED + index,
      needle: OWN_NEEDLE,
    }),
  );
  const truth = sumTruths(truths);
  return {
    logFolder,
    madeBy: `the tests' generator: ${formats.join(', ')}`,
    entryCount: truth.entryCount,
    byteCount: truth.byteCount,
    errorCount: truth.levels.ERROR ?? 0,
    needle: OWN_NEEDLE.word,
    needleCount: truth.needleCount,
  };
}
