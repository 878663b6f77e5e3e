/**
 * `npm run soak -- --minutes N` (or `--hours N`): the whole daemon under everything at once, and an account of every line.
 *
 * Three writers rotate their logs (rename, copytruncate, rename with gzip); queries, live scrapes, reloads and rotations
 * go on; the mail server goes down and comes back; the state's disk fills up and is freed (as root: a tmpfs of its own). In
 * the first third the daemon is killed again and again; then it runs on, and its memory is watched from the middle to the end,
 * under load and, in longer ones, at rest: every `REST_EVERY_MINUTES` nothing happens for a while.
 *
 * At the end every line must be in the index once. Prints one table; exit code 1 where a line is lost or doubled, an
 * answer was an error that it should not be, or memory or delay are out of bounds.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { accountOf } from './account.ts';
import { lowestOfEach, slopePerHour } from './slope.ts';
import { SoakDaemon } from './soak-daemon.ts';
import { type Rest, SoakLoad } from './soak-load.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    hours: { type: 'string' },
    rate: { type: 'string', default: '500' },
  },
});
const minutes = values.hours === undefined ? Number(values.minutes) : Number(values.hours) * 60;
if (!(minutes > 0)) throw new Error('--minutes and --hours take a number above 0');

/**
 * Memory may grow by this much an hour once it is warm; it does where even the least slope that the samples allow is above.
 * Measured over less than this many minutes it says nothing.
 */
const SLOPE_MIB_MAX = 1;
const SLOPE_MINUTES_MIN = 15;
/** Several collections lie in each stretch: the least memory in it is what is in use. */
const STRETCH_MS = 60_000;
const REST_EVERY_MINUTES = 15;
const DELAY_P99_MS_MAX = 50;

const startedMs = performance.now();
const elapsedMinutes = (): number => (performance.now() - startedMs) / 60_000;

await using daemon = await SoakDaemon.start({ isRoot: process.getuid?.() === 0 });
const load = await SoakLoad.start(daemon, { linesPerSecond: Number(values.rate) });
let kills = 0;
const rests: Rest[] = [];
const restIsDue = (): boolean =>
  minutes / 2 >= SLOPE_MINUTES_MIN &&
  elapsedMinutes() >= minutes / 2 + rests.length * REST_EVERY_MINUTES;
while (elapsedMinutes() < minutes) {
  if (elapsedMinutes() < minutes / 3) {
    await load.pause(15_000);
    await daemon.kill9();
    kills += 1;
    await load.pause(500);
    await daemon.startAgain();
  } else if (restIsDue()) {
    rests.push(await load.rest());
  } else {
    await load.pause(5_000);
    await load.sample();
  }
}
if (rests.length > 0) rests.push(await load.rest());
const written = await load.stopWriting();
const account = await accountOf(daemon.project, written, daemon);
await load.stop();

const warm = load.samples.filter(({ atMs }) => atMs > startedMs + minutes * 30_000);
const memory = warm.map(({ atMs, residentBytes }) => [atMs, residentBytes / 2 ** 20] as const);
const slope = slopePerHour(lowestOfEach(memory, STRETCH_MS));
const last = load.samples.at(-1);
const slopeCounts = minutes / 2 >= SLOPE_MINUTES_MIN;
const slopeText =
  slope === null
    ? 'unknown'
    : `${slope.median.toFixed(1)} (95 %: ${slope.least.toFixed(1)} to ${slope.most.toFixed(1)})${slope.least < SLOPE_MIB_MAX && slope.most >= SLOPE_MIB_MAX ? ', growth neither shown nor ruled out:' : ''}`;
const rows: [string, string, boolean][] = [
  ['lines written', account.written.toLocaleString('en'), account.written > 0],
  ['lines lost', String(account.missing), account.missing === 0],
  ['lines doubled', String(account.doubled), account.doubled === 0],
  ['lines altered', String(account.altered), account.altered === 0],
  ['kills, reloads, rotations', `${kills}, ${load.reloads}, ${load.rotations}`, kills > 0],
  ['mail server down, disk full', `${load.mailOutages} times, ${load.fullDisks} times`, true],
  ['mails received', String(daemon.mail.messages.length), daemon.mail.messages.length > 0],
  ['queries', `${load.queries}, ${load.errors.length} failed`, load.errors.length === 0],
  [
    'memory',
    `${mib(last?.residentBytes ?? 0)} at the end, slope ${slopeText} MiB an hour`,
    !slopeCounts || (slope?.least ?? 0) < SLOPE_MIB_MAX,
  ],
  ['memory at rest', rests.map(restText).join(', ') || 'not asked', true],
  ['open files', `${load.samples[0]?.openFiles} first, ${last?.openFiles} last`, true],
  [
    'control thread late',
    `p99 ${last?.delayP99Ms.toFixed(1)} ms, longest ${last?.delayMaxMs.toFixed(1)} ms`,
    (last?.delayP99Ms ?? 0) <= DELAY_P99_MS_MAX,
  ],
  ['errors in its log', String(daemon.faults().length), daemon.faults().length === 0],
];
const load5 = execFileSync('cat', ['/proc/loadavg'], { encoding: 'utf8' }).split(' ')[1];
process.stdout.write(
  `Soak of ${minutes} min, ${values.rate} lines/s a writer; load ${load5} over the last 5 minutes\n`,
);
for (const [name, text, isGood] of rows) {
  process.stdout.write(`${isGood ? 'ok  ' : 'FAIL'} ${name.padEnd(30)} ${text}\n`);
}
for (const error of [
  ...account.troubles,
  ...load.errors.slice(0, 10),
  ...daemon.faults().slice(0, 10),
]) {
  process.stdout.write(`     ${error}\n`);
}
process.exitCode = rows.every(([, , isGood]) => isGood) ? 0 : 1;

function restText({ atMs, residentBytes }: Rest): string {
  return `${(residentBytes / 2 ** 20).toFixed(1)} MiB after ${((atMs - startedMs) / 60_000).toFixed(0)} min`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
