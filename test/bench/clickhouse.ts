/**
 * What copying to a cluster costs this machine: `logstead clickhouse backfill` as a process, its CPU time on all threads, start
 * included, with compression and without; two real servers of two shards beside it, whose CPU time is not counted.
 *
 * Rounds take turns, each into fresh tables and from the same state; the median counts. The copy is compared with the state by `verify`
 * after the last round.
 *
 * Usage: npm run bench:clickhouse [-- --entries N --rounds N --save]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ClusterScene, configOf, PASSWORDS } from '../clickhouse/cluster-scene.ts';
import { installServer } from '../clickhouse/install.ts';
import { MAIN_PATH } from '../support/daemon-process.ts';
import { LOG_FORMATS, writeLog } from '../support/log-generator.ts';
import { saveRun } from './results.ts';
import { slowness } from './yardstick.ts';

/** The bar: entries a second for each core of ours, compressed. */
const RATE_MIN = 150_000;
const PRELOAD = new URL('cpu-at-exit.mjs', import.meta.url).href;

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
  },
});
const wantedCount = Number(values.entries);

type Round = Readonly<{ cpuMs: number; wallMs: number; peakBytes: number; slowness: number }>;

if (!installServer()) throw new Error('the ClickHouse server cannot be installed');
await using scene = await ClusterScene.start('local');
const { folder } = scene.project;
const entryCount = LOG_FORMATS.map((format, index) => {
  const options = { format, entryCount: Math.ceil(wantedCount / LOG_FORMATS.length) };
  return writeLog(folder.join(`logs/${format}.log`), { ...options, seed: index + 1 }).entryCount;
}).reduce((sum, count) => sum + count, 0);
await succeed('once');
cpSync(folder.join('state'), folder.join('kept'), { recursive: true });

const rounds: Record<'compressed' | 'plain', Round[]> = { compressed: [], plain: [] };
for (let round = 0; round < Number(values.rounds); round += 1) {
  rounds.plain.push(await backfill('compress = no\n'));
  rounds.compressed.push(await backfill('compress = yes\n'));
}
await succeed('clickhouse', 'verify');

async function succeed(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await scene.cli(...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
}

async function backfill(more: string): Promise<Round> {
  rmSync(folder.join('state'), { recursive: true });
  cpSync(folder.join('kept'), folder.join('state'), { recursive: true });
  for (const index of scene.cluster.servers.keys()) {
    await scene.cluster.query('DROP DATABASE IF EXISTS logstead', index);
  }
  scene.project.configure(configOf(scene.cluster.addresses, 'both', more));
  await succeed('clickhouse', 'setup');
  const before = slowness();
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', PRELOAD, MAIN_PATH, 'clickhouse', 'backfill'],
    {
      cwd: folder.path,
      env: { ...process.env, ...PASSWORDS },
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    },
  );
  const told: Buffer[] = [];
  child.stdio[3]?.on('data', (piece: Buffer) => told.push(piece));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the backfill ended with ${code}`);
  const wallMs = performance.now() - startedMs;
  const copied = Number(await scene.cluster.query('SELECT count() FROM logstead.otel_logs'));
  if (copied !== entryCount) throw new Error(`${copied} of ${entryCount} entries arrived`);
  const measured = JSON.parse(Buffer.concat(told).toString('utf8')) as {
    cpuMs: number;
    peakBytes: number;
  };
  return { ...measured, wallMs, slowness: (before + slowness()) / 2 };
}

function median(of: readonly Round[], pick: (round: Round) => number): number {
  return of.map(pick).toSorted((a, b) => a - b)[of.length >> 1]!;
}

function row(name: string, tell: (of: readonly Round[]) => string): string {
  return `| ${name} | ${tell(rounds.compressed)} | ${tell(rounds.plain)} |`;
}

const rate = (of: readonly Round[], price: (round: Round) => number): number =>
  entryCount / (median(of, price) / 1000);
const thousands = (count: number): string => `${(count / 1000).toFixed(0)} k`;
const text = [
  `${entryCount.toLocaleString('en-US')} entries of seven formats, ${values.rounds} rounds in turns, medians.`,
  '',
  '| `logstead clickhouse backfill` | zstd | plain |',
  '| --- | ---: | ---: |',
  row('entries a second of our CPU', (of) => thousands(rate(of, ({ cpuMs }) => cpuMs))),
  row('the same on a free machine (estimate)', (of) =>
    thousands(rate(of, (round) => round.cpuMs / round.slowness)),
  ),
  row('slowness', (of) => median(of, (round) => round.slowness).toFixed(2)),
  row(
    'CPU an entry',
    (of) => `${((median(of, ({ cpuMs }) => cpuMs) * 1000) / entryCount).toFixed(2)} µs`,
  ),
  row('entries a second by the clock', (of) => thousands(rate(of, ({ wallMs }) => wallMs))),
  row(
    'peak memory (VmHWM)',
    (of) => `${(median(of, ({ peakBytes }) => peakBytes) / 2 ** 20).toFixed(0)} MiB`,
  ),
  '',
  `The bar is ${thousands(RATE_MIN)} with compression.`,
].join('\n');
process.stdout.write(`${text}\n`);
if (values.save) {
  saveRun(
    'ClickHouse',
    `npm run bench:clickhouse -- --entries ${values.entries} --rounds ${values.rounds} --save`,
    text,
  );
}
if (rate(rounds.compressed, ({ cpuMs }) => cpuMs) < RATE_MIN) process.exitCode = 1;
