/**
 * How long the control thread makes others wait: the whole daemon in this process, its control thread being this one.
 *
 * `mode: bulk` gives it a folder of logs to catch up with while another process asks heavy questions over HTTP;
 * `mode: steady` writes so many lines a second. Beside it a process of Node that does nothing measures the same: what
 * the machine itself makes a thread wait.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import { openLog } from '../../src/base/log.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import { Daemon } from '../../src/daemon.ts';
import { callDaemon } from '../../src/serve/control-client.ts';
import type { DaemonStatus } from '../../src/serve/daemon-status.ts';
import type { Delay } from './delay.ts';
import { peakBytes, report, type SideArguments, settingsFor, sideArguments } from './side.ts';

export type ControlArguments = SideArguments &
  Readonly<{
    mode: 'bulk' | 'steady';
    /** Bulk: entries to wait for. Steady: lines to write. */
    entryCount: number;
    linesPerSecond: number;
  }>;

export type ControlResult = Readonly<{
  wallMs: number;
  entryCount: number;
  queryCount: number;
  peakBytes: number;
  control: Delay;
  empty: Delay;
}>;

const POLL_MS = 250;
/** A write every so often. */
const WRITE_MS = 100;
const LISTEN = '127.0.0.1:5671';

async function run(side: ControlArguments): Promise<void> {
  const settings = settingsFor(side, `[http]\nlisten = ${LISTEN}\n`);
  prepareFolders(settings);
  const log = openLog({ level: 'warn', style: 'json' });
  const workerLog = { level: 'warn', style: 'json', colour: false, descriptor: 2 } as const;
  const empty = startScript('delay.ts');
  const startedMs = performance.now();
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  await using _daemon = await Daemon.start({
    ...{ clock: systemClock, log, workerLog, settings, reloadSettings: async () => settings },
  });
  // Starting is not yet serving.
  monitor.enable();
  const hammer = side.mode === 'bulk' ? startScript('query-hammer.ts', [LISTEN]) : null;
  if (side.mode === 'steady') await writeSteadily(side);
  let stored = 0;
  while (stored < side.entryCount) {
    await pause(POLL_MS);
    stored = await storedEntries(side.stateFolder);
  }
  const wallMs = performance.now() - startedMs;
  monitor.disable();
  const control: Delay = {
    p999Ms: monitor.percentile(99.9) / 1e6,
    longestMs: monitor.max / 1e6,
  };
  const queryCount = hammer === null ? 0 : Number(await stopScript(hammer));
  const emptyDelay = JSON.parse(await stopScript(empty)) as Delay;
  const result = { wallMs, entryCount: stored, queryCount, peakBytes: peakBytes() };
  report({ ...result, control, empty: emptyDelay } satisfies ControlResult);
}

async function storedEntries(stateFolder: string): Promise<number> {
  const status = (await callDaemon(stateFolder, 'status')) as DaemonStatus;
  return status.ingest.storedEntryCount;
}

/** Lines of the first log, so many a second, into a file of its own. */
async function writeSteadily(side: ControlArguments): Promise<void> {
  const { logFolder, linesPerSecond, entryCount } = side;
  const lines = readFileSync(join(logFolder, '..', 'steady.txt'), 'utf8').split('\n');
  const path = join(logFolder, 'steady.log');
  const startedMs = performance.now();
  for (let written = 0; written < entryCount; ) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * linesPerSecond);
    const until = Math.min(entryCount, due);
    let text = '';
    for (; written < until; written += 1) text += `${lines[written % lines.length]}\n`;
    if (text !== '') appendFileSync(path, text);
    await pause(WRITE_MS);
  }
}

type Script = Readonly<{ child: ChildProcess; printed: () => string }>;

function startScript(name: string, args: readonly string[] = []): Script {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  return { child, printed: () => printed };
}

async function stopScript({ child, printed }: Script): Promise<string> {
  child.kill('SIGTERM');
  await once(child, 'close');
  return printed();
}

await run(sideArguments<ControlArguments>());
