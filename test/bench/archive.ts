/**
 * How fast files come into the archive: compressed with zstd, synced, read back, hashed and matched, removed, in the
 * book; beside `zstd -T1 | sha256sum` run twice on the same files, once as for writing and once as for looking again.
 *
 * Both in turns, the median of the rounds. Compare CPU: on a busy machine wall time says what the others do.
 *
 * Usage: npm run bench:archive [-- MEGABYTES ROUNDS [--save]]
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { ArchiveScene } from '../support/archive-scene.ts';
import { type LogFormat, writeLog } from '../support/log-generator.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { saveRun } from './results.ts';

const FORMATS: readonly LogFormat[] = ['pino', 'nginx-access', 'log4j', 'syslog'];
/** The bar: ours must not be slower than that share of the other way. */
const SHARE_MIN = 0.7;

type Times = Readonly<{ wallMs: number; cpuMs: number }>;

const [megabytes = 64, rounds = 3] = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number);

using folder = TempFolder.make();
const paths = FORMATS.map((format) => {
  const path = folder.join(`${format}.log`);
  writeLog(path, { format, entryCount: Math.ceil((megabytes * 1e6) / 160) });
  return path;
});

const peers: Times[] = [];
const ours: Times[] = [];
let sizeBytes = 0;
let storedBytes = 0;
for (let round = 0; round < rounds; round += 1) {
  peers.push(peerTimes());
  ours.push(await ourTimes());
}

function peerTimes(): Times {
  let wallMs = 0;
  let cpuMs = 0;
  for (const path of [...paths, ...paths]) {
    // The shell is the peer's: it is how people do it. `time` counts both processes.
    const script = 'TIMEFORMAT="%R %U %S"; time (zstd -T1 -q -c -- "$1" | sha256sum >/dev/null)';
    const told = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`, 'bash', path], {
      encoding: 'utf8',
    });
    const [wall = 0, user = 0, system = 0] = told.trim().split(' ').map(Number);
    wallMs += wall * 1000;
    cpuMs += (user + system) * 1000;
  }
  return { wallMs, cpuMs };
}

async function ourTimes(): Promise<Times> {
  using scene = ArchiveScene.make();
  scene.compression = 'zstd';
  const files = paths.map((path, index) => {
    const copy = scene.folder.join(`logs/${index}.log`);
    copyFileSync(path, copy);
    return scene.candidate(copy);
  });
  const started = performance.now();
  const before = process.cpuUsage();
  const { archived } = await scene.move(files);
  const { user, system } = process.cpuUsage(before);
  if (archived.length !== files.length) throw new Error('not every file came into the archive');
  sizeBytes = archived.reduce((sum, file) => sum + file.sizeBytes, 0);
  storedBytes = archived.reduce((sum, file) => sum + file.storedBytes, 0);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

function median(times: readonly Times[], pick: (time: Times) => number): number {
  return times.map(pick).sort((a, b) => a - b)[times.length >> 1]!;
}

const rows = (['cpuMs', 'wallMs'] as const).map((unit) => {
  const mine = median(ours, (time) => time[unit]);
  const theirs = median(peers, (time) => time[unit]);
  const rate = (ms: number): string => `${(sizeBytes / 1e6 / (ms / 1000)).toFixed(0)} MB/s`;
  const name = unit === 'cpuMs' ? 'per second of CPU' : 'per second of wall time';
  return { name, ours: rate(mine), theirs: rate(theirs), share: theirs / mine };
});
const table = [
  `| ${(sizeBytes / 1e6).toFixed(0)} MB in ${paths.length} files | archived, verified | \`zstd -T1 \\| sha256sum\` twice | share |`,
  '| --- | ---: | ---: | ---: |',
  ...rows.map(
    ({ name, ours: mine, theirs, share }) =>
      `| ${name} | ${mine} | ${theirs} | ${(share * 100).toFixed(0)} % |`,
  ),
].join('\n');
const text = `${table}\n\nStored: ${((storedBytes / sizeBytes) * 100).toFixed(1)} % of the size. The bar is ${SHARE_MIN * 100} %.`;
process.stdout.write(`${text}\n`);
if (process.argv.includes('--save')) {
  saveRun('Archiving', `npm run bench:archive -- ${megabytes} ${rounds} --save`, text);
}
if (rows[0]!.share < SHARE_MIN) process.exitCode = 1;
