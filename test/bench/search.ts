/**
 * `npm run bench:search`: a rare word, as a whole process, against `rg` and `lnav -n` over the same lines, in the same run.
 *
 * Without arguments it generates files and ingests them first; `--config FILE --logs FOLDER` takes a store that is there
 * and the files it was made of. A round runs each program once, one after the other; the best round counts, because
 * what a busy machine adds is not the program's. CPU is user and system time of the process.
 *
 *     npm run bench:search -- --entries 10000000 --rounds 5
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type LogFormat, writeLog } from '../support/log-generator.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { machineLine } from './results.ts';
import { slowness } from './yardstick.ts';

const PROGRAM = fileURLToPath(new URL('../../src/logstead.sh', import.meta.url));
const SIDE = fileURLToPath(new URL('./logstead-side.ts', import.meta.url));
const FORMATS: readonly LogFormat[] = [
  'pino',
  'logfmt',
  'syslog',
  'nginx-access',
  'log4j',
  'python',
];
/** One entry in so many carries the word that is looked for. */
const RARE_EVERY = 1_000_000;
const WORD = 'nadel42';
/** What issue 8 asks of the whole process. */
const WALL_MS_MAX = 150;

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    config: { type: 'string' },
    logs: { type: 'string' },
    word: { type: 'string', default: WORD },
  },
});

type Run = Readonly<{ wallMs: number; cpuMs: number; lines: number }>;

function main(): void {
  using folder = TempFolder.make();
  const logs = values.logs ?? folder.makeFolder('logs');
  const config = values.config ?? prepare(folder, logs);
  const files = readdirSync(logs).map((name) => join(logs, name));
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  const word = values.word;
  const programs: readonly (readonly [name: string, command: readonly string[]])[] = [
    ['logstead search', [PROGRAM, '--config', config, 'search', '--json', '-n', '0', word]],
    ['rg', ['rg', '--no-heading', '-i', '-w', '--', word, ...files]],
    ['lnav -n', ['lnav', '-n', '-c', `:filter-in ${word}`, ...files]],
  ];
  print(
    `${files.length} files, ${(bytes / 1e9).toFixed(2)} GB, the word "${word}"; best of ${values.rounds} rounds.`,
  );
  print(`${machineLine()}\n`);
  print('| program | wall | CPU | lines |\n| --- | ---: | ---: | ---: |');
  const best = programs.map(([name, command]) => ({ name, run: bestOf(command) }));
  for (const { name, run } of best) {
    const cells =
      run === null
        ? ['not installed', '', '']
        : [`${run.wallMs.toFixed(0)} ms`, `${run.cpuMs.toFixed(0)} ms`, String(run.lines)];
    print(`| ${name} | ${cells.join(' | ')} |`);
  }
  const own = best[0]!.run!;
  const bare = bestOf(['node', '-e', '0']);
  print(`\nNode alone: ${bare?.wallMs.toFixed(0)} ms wall, ${bare?.cpuMs.toFixed(0)} ms CPU.`);
  print(`The machine was ${slowness().toFixed(2)} times slower than a free one (yardstick.ts).`);
  if (own.lines === 0) throw new Error(`"${word}" was not found: nothing was measured`);
  if (own.wallMs > WALL_MS_MAX * 1.5) {
    print(`Slower than ${WALL_MS_MAX} ms by more than half.`);
    process.exitCode = 1;
  }
}

/** Files with the rare word, and a store made of them. */
function prepare(folder: TempFolder, logs: string): string {
  const each = Math.ceil(Number(values.entries) / FORMATS.length);
  const needle = { word: WORD, every: Math.min(RARE_EVERY, each - 1) };
  for (const [index, format] of FORMATS.entries()) {
    writeLog(join(logs, `${format}.log`), { format, seed: index + 1, entryCount: each, needle });
  }
  const stateFolder = join(folder.path, 'state');
  const side = { logFolder: logs, stateFolder, needle: WORD };
  const made = spawnSync('node', [SIDE, JSON.stringify(side)], { stdio: 'inherit' });
  if (made.status !== 0) throw new Error('The store could not be made');
  return folder.write(
    'config/config.ini',
    `[paths]\nlog_dir = ${logs}\nreport_dir = r\narchive_dir = a\nnotify_dir = n\nstate_dir = ${stateFolder}\n`,
  );
}

function bestOf(command: readonly string[]): Run | null {
  let best: Run | null = null;
  // The first round warms caches of files and of code.
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    const run = runOnce(command);
    if (run === null) return null;
    if (round > 0 && (best === null || run.wallMs < best.wallMs)) best = run;
  }
  return best;
}

function runOnce([program = '', ...words]: readonly string[]): Run | null {
  const startedMs = performance.now();
  const timed = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', program, ...words],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    },
  );
  const wallMs = performance.now() - startedMs;
  if (timed.status === 127) return null;
  const [user = 0, system = 0] = timed.stderr.trimEnd().split('\n').at(-1)!.split(' ').map(Number);
  const lines = timed.stdout.split('\n').length - 1;
  return { wallMs, cpuMs: (user + system) * 1_000, lines };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main();
