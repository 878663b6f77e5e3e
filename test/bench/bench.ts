/**
 * `npm run bench`: from log files to searchable entries: what it costs, where the cost goes, and beside SQLite with FTS5.
 *
 * Every number is of a process and a state folder of its own, and counts only if the store then answers with the truth: all
 * entries, all errors, the needle. CPU is of all threads. Wall times are those of a machine that may be busy: the
 * column "slowness" says how much longer a piece of work of known price took meanwhile; rates "on a free machine" are
 * estimates with that factor taken off.
 *
 *     npm run bench -- --entries 1000000,10000000 --peer-entries 1000000 --rounds 3 --save
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';
import type { ControlArguments, ControlResult } from './control-side.ts';
import { type Corpus, makeCorpus } from './corpus.ts';
import { controlTable, type Grown, growthTable, peerTable, phaseTable } from './load-tables.ts';
import type { PhaseResult } from './phases-side.ts';
import { machineLine, saveSection } from './results.ts';
import type { SideArguments, SideResult } from './side.ts';

const TITLE = 'From file to searchable';
const MIB = 1024 * 1024;
/** What is sampled, and the control thread's delay: a million entries tell as much as ten. */
const SMALL_ENTRIES = 1_000_000;
const SMALL_ENTRIES_MAX = 2 * SMALL_ENTRIES;
/** As `logstead.sh` starts a daemon. */
const DAEMON_FLAGS = ['--expose-gc', '--max-semi-space-size=1', '--no-short-builtin-calls'];
const STEADY_LINES_PER_SECOND = 5_000;
const STEADY_SECONDS = 20;

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '10000000' },
    'peer-entries': { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  using folder = TempFolder.make();
  const sizes = values.entries.split(',').map(Number);
  const peerEntries = Number(values['peer-entries']);
  const rounds = Number(values.rounds);
  const sections: string[] = [];

  const compared = await makeCorpus(folder, peerEntries);
  const small =
    peerEntries <= SMALL_ENTRIES_MAX ? compared : await makeCorpus(folder, SMALL_ENTRIES);
  const peers: Record<'Logstead' | 'SQLite FTS5', SideResult[]> = {
    Logstead: [],
    'SQLite FTS5': [],
  };
  for (let round = 0; round < rounds; round += 1) {
    peers.Logstead.push(await load('logstead-side.ts', folder, compared));
    peers['SQLite FTS5'].push(await load('sqlite-side.ts', folder, compared));
  }
  sections.push(peerTable(peers, compared), phaseTable(await phases(folder, small)));

  const growth: Grown[] = [];
  for (const size of sizes) {
    const corpus = size === peerEntries ? compared : await makeCorpus(folder, size);
    const withoutRules = await load('logstead-side.ts', folder, corpus, { dense: true });
    const withRules = await load('logstead-side.ts', folder, corpus, { rules: true });
    growth.push({ corpus, withRules, withoutRules });
  }
  sections.push(growthTable(growth));
  sections.push(controlTable(await bulk(folder, small), await steady(folder, small)));

  const text = `${head(small)}\n${sections.join('\n')}`;
  process.stdout.write(text);
  if (values.save) saveSection(TITLE, text);
}

/** One contestant on one corpus. */
async function load(
  script: string,
  folder: TempFolder,
  corpus: Corpus,
  more: Readonly<Record<string, unknown>> = {},
): Promise<SideResult> {
  const result = await inNewState<SideResult>(folder, corpus, script, more);
  const found = [result.entryCount, result.errorCount, result.needleCount];
  const wanted = [corpus.entryCount, corpus.errorCount, corpus.needleCount];
  if (found.join() !== wanted.join()) {
    throw new Error(`${script} found ${found} entries, errors and needles, there are ${wanted}`);
  }
  const perEntry = (result.cpuMs / result.entryCount) * 1000;
  process.stderr.write(
    `${script}, ${result.entryCount} entries: ${perEntry.toFixed(2)} µs CPU, slowness ${result.slowness.toFixed(2)}\n`,
  );
  return result;
}

function phases(folder: TempFolder, corpus: Corpus): Promise<PhaseResult> {
  return inNewState<PhaseResult>(folder, corpus, 'phases-side.ts');
}

/** The daemon catches up with the corpus and answers heavy queries meanwhile. */
function bulk(folder: TempFolder, corpus: Corpus): Promise<ControlResult> {
  const more: Partial<ControlArguments> = { mode: 'bulk', entryCount: corpus.entryCount };
  return inNewState<ControlResult>(folder, corpus, 'control-side.ts', more);
}

/** The daemon follows one file that grows steadily. */
function steady(folder: TempFolder, corpus: Corpus): Promise<ControlResult> {
  const logFolder = folder.makeFolder('steady-logs');
  const [name] = ['app-json.log', 'pino.log'].filter((file) => hasFile(corpus, file));
  writeFileSync(folder.join('steady.txt'), firstBytes(join(corpus.logFolder, name!)));
  const linesPerSecond = STEADY_LINES_PER_SECOND;
  const entryCount = linesPerSecond * STEADY_SECONDS;
  const more: Partial<ControlArguments> = { mode: 'steady', entryCount, linesPerSecond };
  return inNewState<ControlResult>(folder, { ...corpus, logFolder }, 'control-side.ts', more);
}

async function inNewState<Result>(
  folder: TempFolder,
  { logFolder, needle }: Corpus,
  script: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Result> {
  const stateFolder = folder.makeFolder('side/state');
  const given: SideArguments = { logFolder, stateFolder, needle, ...more };
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { code, stdout, stderr } = await runCommand(process.execPath, [
    ...(script === 'logstead-side.ts' ? DAEMON_FLAGS : []),
    path,
    JSON.stringify(given),
  ]);
  if (code !== 0) throw new Error(`${script} failed (${code}): ${stderr}`);
  folder.remove('side');
  return JSON.parse(stdout) as Result;
}

function hasFile(corpus: Corpus, name: string): boolean {
  try {
    readFileSync(join(corpus.logFolder, name));
    return true;
  } catch {
    return false;
  }
}

/** Whole lines, a few megabytes. */
function firstBytes(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes.subarray(0, bytes.lastIndexOf(10, 8 * MIB));
}

function head(corpus: Corpus): string {
  const { entries, rounds } = values;
  return `Made by \`npm run bench -- --entries ${entries} --peer-entries ${values['peer-entries']} --rounds ${rounds} --save\`; input: ${corpus.madeBy} for the smallest.
${machineLine()}
`;
}

await main();
