/**
 * The selftest: every way of rotating at once against a real daemon that is killed again and again, in a folder of its
 * own on the file system of the user; then every line is looked for in the index.
 *
 * What it proves holds for that file system, that kernel and that Node, with the writers it has. It leaves nothing
 * behind but a folder whose lines did not come out right.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { DATABASE_NAME } from '../ingest/state-files.ts';
import { DaemonUnderTest } from './daemon-under-test.ts';
import { type Delays, measureDelays } from './delay-probe.ts';
import { type Tally, tallyStore } from './entry-tally.ts';
import { Patience } from './patience.ts';
import { randomOf } from './random.ts';
import { ReadMarks } from './read-marks.ts';
import { RotatingWriter, type WriterOptions } from './rotating-writer.ts';

export type SelftestOptions = Readonly<{
  clock: Clock;
  /** Where its folder is made. */
  folder: string;
  command: readonly [program: string, ...args: readonly string[]];
  kills: number;
  seed: number;
  /** Keep the folder in any case. */
  keep: boolean;
  signal: AbortSignal;
  /** Told of each step, for people who wait. */
  said: (step: string) => void;
}>;

export type StyleResult = Readonly<{ name: string; rotations: number; lines: number }> & Tally;

export type SelftestResult = Readonly<{
  passed: boolean;
  kills: number;
  styles: readonly StyleResult[];
  delays: Delays;
  /** Where everything is that was written and read; null: removed. */
  folder: string | null;
}>;

type Style = Readonly<{ name: string }> & Pick<WriterOptions, 'style'> & Partial<WriterOptions>;

/** Each in a folder of its name. */
const STYLES: readonly Style[] = [
  { name: 'rename', style: 'rename' },
  { name: 'rename-late-writes', style: 'rename', late: { kind: 'both', forMs: 200 } },
  { name: 'rename-dated', style: 'rename-dated' },
  { name: 'rename-gzip', style: 'rename', compress: 'gzip' },
  { name: 'rename-zstd', style: 'rename-dated', compress: 'zstd' },
  { name: 'no-final-newline', style: 'rename', noFinalNewline: true },
  { name: 'copytruncate', style: 'copytruncate' },
  { name: 'copytruncate-gzip', style: 'copytruncate', compress: 'gzip' },
  { name: 'truncate', style: 'truncate' },
  { name: 'truncate-hole', style: 'truncate-hole' },
  { name: 'rewrite', style: 'rewrite' },
  { name: 'delete', style: 'delete' },
];

const LINES_PER_SECOND = 1_000;
const LINES_PER_ROTATION = 700;
/** Rotated files stay for longer than the daemon is ever away. */
const KEEP_COUNT = 2_000;

/** The pauses before a kill and before the next start are random up to these. */
const ALIVE_MS_MAX = 1_500;
const DEAD_MS_MAX = 500;

const FOUND_POLL_MS = 250;

const DELAY_NAME = 'delay';
const DELAY_LINES = 1_000;
const DELAY_LINES_PER_SECOND = 250;

/** A file system that is smaller than what a machine keeps free is tested as well: what it holds is all for this. */
const CONFIG = `[paths]
log_dir = logs
report_dir = reports
archive_dir = archives
notify_dir = notifications
state_dir = state

[rotation]
enabled = no

[retention]
free_space = 16MiB

[http]
enabled = no
`;

export async function runSelftest(options: SelftestOptions): Promise<SelftestResult> {
  const { clock, command, signal, said, keep } = options;
  const folder = makeFolder(options.folder);
  let isWorthKeeping = true;
  try {
    const configPath = join(folder, 'config/config.ini');
    const stateDir = join(folder, 'state');
    await using daemon = new DaemonUnderTest({ clock, command, configPath, stateDir });
    await daemon.start();
    said(`Measuring the delay of ${DELAY_LINES} lines`);
    const delays = await measureDelays({
      clock,
      daemon,
      path: logPath(folder, DELAY_NAME),
      lineCount: DELAY_LINES,
      linesPerSecond: DELAY_LINES_PER_SECOND,
      signal,
    });
    const writers = await writeAndKill(daemon, folder, options);
    said('Looking for every line');
    const styles = await findAll(folder, writers, options);
    await daemon.stop();
    signal.throwIfAborted();
    const passed = styles.every(isWhole);
    isWorthKeeping = keep || !passed;
    const kept = isWorthKeeping ? folder : null;
    return { passed, kills: options.kills, styles, delays, folder: kept };
  } catch (cause) {
    // Of a full disk the room is missed more than what is in the folder.
    if (cause instanceof OperatorError && cause.code === 'DISK_FULL') isWorthKeeping = keep;
    if (!signal.aborted) throw cause;
    // Ctrl-C reaches the daemon as well, which is then not at fault for having ended; nor is a line that was not waited for.
    isWorthKeeping = keep;
    throw brokenOff();
  } finally {
    if (!isWorthKeeping) rmSync(folder, { recursive: true, force: true });
  }
}

function brokenOff(): OperatorError {
  return new OperatorError('STAGE_FAILED', 'Broken off: nothing is known of the file system', {
    hint: 'Let it come to its end; --kills 0 is the shortest',
  });
}

function makeFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'logstead-selftest-'));
  for (const name of [DELAY_NAME, ...STYLES.map((style) => style.name)]) {
    mkdirSync(join(folder, 'logs', name), { recursive: true });
  }
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config/config.ini'), CONFIG);
  return folder;
}

function logPath(folder: string, name: string): string {
  return join(folder, 'logs', name, 'app.log');
}

/** All writers write and rotate at once until the daemon was killed often enough. */
async function writeAndKill(
  daemon: DaemonUnderTest,
  folder: string,
  { clock, kills, seed, signal, said }: SelftestOptions,
): Promise<ReadonlyMap<string, RotatingWriter>> {
  const writing = new AbortController();
  const marks = new ReadMarks(clock, daemon);
  const following = marks.follow(writing.signal);
  const writers = new Map<string, RotatingWriter>();
  STYLES.forEach(({ name, ...style }, index) => {
    const path = logPath(folder, name);
    const writer = new RotatingWriter(
      {
        path,
        seed: seed + index,
        linesMax: Number.POSITIVE_INFINITY,
        linesPerSecond: LINES_PER_SECOND,
        linesPerRotation: LINES_PER_ROTATION,
        keepCount: KEEP_COUNT,
        ...style,
      },
      { clock, awaitReader: ({ sizeBytes }) => marks.reached(path, sizeBytes) },
    );
    writers.set(name, writer);
  });
  const running = [...writers.values()].map((writer) => writer.run());
  const random = randomOf(seed);
  try {
    for (let kill = 1; kill <= kills && !signal.aborted; kill += 1) {
      await clock.sleep(random() * ALIVE_MS_MAX, { signal });
      await daemon.kill9();
      said(`Killed ${kill} of ${kills} times`);
      await clock.sleep(random() * DEAD_MS_MAX, { signal });
      await daemon.start();
    }
  } catch (cause) {
    // Nobody reads any more: a writer that waits for a reader would wait in vain.
    writing.abort();
    throw cause;
  } finally {
    for (const writer of writers.values()) writer.stop();
    await Promise.all(running);
    writing.abort();
    await following;
  }
  return writers;
}

/** Wait until all lines are in the index, or until none come any more. */
async function findAll(
  folder: string,
  writers: ReadonlyMap<string, RotatingWriter>,
  { clock, signal }: SelftestOptions,
): Promise<StyleResult[]> {
  const written = new Map([[`${DELAY_NAME}/app`, DELAY_LINES]]);
  for (const [name, writer] of writers) written.set(`${name}/app`, writer.lineCount);
  const databasePath = join(folder, 'state', DATABASE_NAME);
  const patience = new Patience(clock);
  for (;;) {
    const tallies = tallyStore({ clock, databasePath, written });
    const isDone = [...tallies.values()].every((tally) => tally.lost.length === 0);
    const foundCount = [...tallies.values()].reduce((sum, tally) => sum + tally.found, 0);
    if (isDone || patience.isOver(foundCount) || signal.aborted) {
      return [...tallies].map(([source, tally]) => {
        const name = source.replace('/app', '');
        const writer = writers.get(name);
        const lines = written.get(source) ?? 0;
        return { name, lines, rotations: writer?.rotationCount ?? 0, ...tally };
      });
    }
    await clock.sleep(FOUND_POLL_MS, { signal });
  }
}

function isWhole({ lost, doubled, altered }: Tally): boolean {
  return lost.length === 0 && doubled.length === 0 && altered.length === 0;
}
