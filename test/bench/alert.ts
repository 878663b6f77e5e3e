/**
 * The alert bench: what a thousand rules cost, and how long it takes from a line to somebody being told.
 * `npm run bench:alert`; `-- rules` or `-- delay` for one half, `--quick` for less, `--save` to keep it.
 *
 * - Cost: the daemon's own ingest on generated logs, without rules and with 1,000 of them, in turns, each in a process of its
 *   own; CPU of all threads.
 * - Delay: 5,000 lines a second in one file; from the `write()` of a line with the needle until its notification file is
 *   there, and until its mail has arrived at an SMTP server. The same lines for other programs, one after the other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { simpleParser } from 'mailparser';
import { DaemonProcess, runCommand, TestProject } from '../support/daemon-process.ts';
import { SmtpSink } from '../support/smtp-sink.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { PEERS, type Peer } from './alert-peers.ts';
import type { AlertSideResult } from './alert-side.ts';
import type { WriterArguments } from './alert-writer.ts';
import { machineLine, saveRun } from './results.ts';

const words = process.argv.slice(2);
const IS_QUICK = words.includes('--quick');
const wants = (half: string): boolean =>
  words.includes(half) || !(words.includes('rules') || words.includes('delay'));

const GENERATOR = fileURLToPath(new URL('../../../shared/corpora/gen.mjs', import.meta.url));
/** Stack traces take 8 lines in a hundred. */
const LINES_PER_ENTRY = 1.09;
const ENTRIES = IS_QUICK ? 100_000 : 400_000;
const ROUNDS = IS_QUICK ? 1 : 3;
const RULES = 1_000;
const SECONDS = IS_QUICK ? 4 : 30;
const LINES_PER_SECOND = 5_000;
const NEEDLES_PER_SECOND = 4;
/** What arrives later than this was not told. */
const PATIENCE_MS = 15_000;
/** A program has found its file and sleeps. */
const SETTLE_MS = 3_000;

let lines: string[] = [];
if (wants('rules')) await keeping('Alerts: a thousand rules', benchRules);
if (wants('delay')) await keeping('Alerts: from a line to somebody who is told', benchDelay);

/** What one half says becomes its section. */
async function keeping(title: string, half: () => Promise<void>): Promise<void> {
  lines = [];
  await half();
  process.stdout.write(`${machineLine()}\n`);
  if (!words.includes('--save')) return;
  saveRun(title, `npm run bench:alert -- ${words.join(' ')}`, lines.join('\n'));
}

async function benchRules(): Promise<void> {
  using folder = TempFolder.make();
  const corpus = await makeLiveCorpus(folder);
  const costs = new Map<number, AlertSideResult[]>([
    [0, []],
    [RULES, []],
  ]);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [ruleCount, results] of costs) {
      const stateFolder = folder.makeFolder(`state-${ruleCount}`);
      const side = { ...corpus, stateFolder, needle: '', ruleCount };
      const program = fileURLToPath(new URL('./alert-side.ts', import.meta.url));
      const { code, stdout, stderr } = await runCommand(process.execPath, [
        program,
        JSON.stringify(side),
      ]);
      if (code !== 0) throw new Error(`the run with ${ruleCount} rules failed: ${stderr}`);
      results.push(JSON.parse(stdout.trim().split('\n').at(-1)!) as AlertSideResult);
      rmSync(stateFolder, { recursive: true });
    }
  }
  const [none, all] = [costs.get(0)!, costs.get(RULES)!];
  const cost = (results: readonly AlertSideResult[]): number =>
    median(results.map(({ cpuMs, entryCount }) => (cpuMs * 1_000) / entryCount));
  const peak = (results: readonly AlertSideResult[]): number =>
    Math.max(...results.map(({ peakBytes }) => peakBytes)) / 2 ** 20;
  const { entryCount, matchedCount, ruleCount } = all[0]!;
  say(
    `${ruleCount.toLocaleString('en')} rules on ${entryCount.toLocaleString('en')} entries (${corpus.madeBy}), ${matchedCount.toLocaleString('en')} matches; medians of ${ROUNDS} rounds in turns:`,
    '',
    '|  | no rule | 1,000 rules | extra |',
    '| --- | ---: | ---: | ---: |',
    `| CPU per entry, all threads | ${cost(none).toFixed(2)} µs | ${cost(all).toFixed(2)} µs | ${((cost(all) / cost(none) - 1) * 100).toFixed(1)} % (wanted: 25 %) |`,
    `| peak memory (VmHWM) | ${peak(none).toFixed(0)} MiB | ${peak(all).toFixed(0)} MiB | ${(peak(all) - peak(none)).toFixed(0)} MiB |`,
    `| slowness of the machine | ${median(none.map(({ slowness }) => slowness)).toFixed(2)} | ${median(all.map(({ slowness }) => slowness)).toFixed(2)} | |`,
    '',
  );
}

type LiveCorpus = Readonly<{ logFolder: string; firstLineMs: number; madeBy: string }>;

/** Lines of the last minutes: rules take old ones otherwise. */
async function makeLiveCorpus(folder: TempFolder): Promise<LiveCorpus> {
  const logFolder = folder.makeFolder('logs');
  const linesPerSecond = 2_000;
  const firstLineMs = Date.now() - (ENTRIES / linesPerSecond) * 1_000;
  if (!existsSync(GENERATOR)) throw new Error(`there is no generator at ${GENERATOR}`);
  const options = {
    lines: Math.ceil(ENTRIES * LINES_PER_ENTRY),
    seed: 7,
    start: new Date(firstLineMs).toISOString(),
    'sim-lps': linesPerSecond,
    out: logFolder,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { code, stderr } = await runCommand(process.execPath, [GENERATOR, ...args]);
  if (code !== 0) throw new Error(`the generator failed (${code}): ${stderr}`);
  return { logFolder, firstLineMs, madeBy: 'shared/corpora/gen.mjs, default mix, seed 7' };
}

async function benchDelay(): Promise<void> {
  say(
    `From the \`write()\` of a line to the action, ms; ${LINES_PER_SECOND.toLocaleString('en')} lines/s for ${SECONDS} s, ${NEEDLES_PER_SECOND} of them a second with the needle:`,
    '',
    '|  | p50 | p99 | longest | told |',
    '| --- | ---: | ---: | ---: | ---: |',
  );
  const { files, mails, needles } = await ownDelays();
  sayDelays('Logstead, notification file (wanted: 20, 150)', files, needles);
  sayDelays('Logstead, mail received whole by the SMTP server (wanted: p99 300)', mails, needles);
  for (const peer of PEERS) {
    if (existsSync(peer.program)) {
      const found = await peerDelays(peer);
      sayDelays(peer.name, found.delays, found.needles);
    } else {
      say(`| ${peer.name} | not installed | | | |`);
    }
  }
  say('');
}

async function ownDelays(): Promise<
  Readonly<{ files: number[]; mails: number[]; needles: number }>
> {
  await using sink = await SmtpSink.listen();
  using project = TestProject.make(`
[alert:needle]
when = needle
group_by = n
cooldown = 0s
resolve_after = 1h
severity = critical
notify = file, email
[email]
host = ${sink.host}
port = ${sink.port}
from = logstead@example.org
to = ops@example.org
budget = 1000
`);
  const notices = project.folder.join('notifications');
  mkdirSync(notices, { recursive: true });
  const files = new Map<string, number>();
  const mails = new Map<number, number>();
  const seen = new Set<string>();
  const watcher = watch(notices, () => {
    const nowMs = clockMs();
    for (const name of readdirSync(notices)) {
      if (seen.has(name) || !name.endsWith('.txt') || name.startsWith('.')) continue;
      seen.add(name);
      files.set(name, nowMs);
    }
  });
  const polling = setInterval(() => {
    for (let index = mails.size; index < sink.messages.length; index += 1)
      mails.set(index, clockMs());
  }, 1);
  await using daemon = await DaemonProcess.start(project);
  const needles = await writeLines(project.folder.join('logs/app.log'), daemon.pid);
  const endMs = performance.now() + PATIENCE_MS;
  while (performance.now() < endMs && (files.size < needles || mails.size < needles))
    await pause(50);
  watcher.close();
  clearInterval(polling);
  const fileDelays = [...files].flatMap(([name, atMs]) =>
    delayOf(readFileSync(`${notices}/${name}`, 'utf8'), atMs),
  );
  const texts = await Promise.all(sink.messages.map(({ raw }) => simpleParser(raw)));
  const mailDelays = texts.flatMap(({ text = '' }, index) => delayOf(text, mails.get(index)!));
  return { files: fileDelays, mails: mailDelays, needles };
}

async function peerDelays(peer: Peer): Promise<Readonly<{ delays: number[]; needles: number }>> {
  using folder = TempFolder.make();
  const logPath = folder.write('app.log', '');
  const scene = { folder, logPath };
  const child = peer.start(scene);
  try {
    await pause(SETTLE_MS);
    const needles = await writeLines(logPath, child.pid ?? 0);
    const endMs = performance.now() + PATIENCE_MS;
    while (performance.now() < endMs && peer.delaysMs(scene).length < needles) await pause(100);
    return { delays: peer.delaysMs(scene), needles };
  } finally {
    await endGroup(child);
  }
}

/** The program and all that it started. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const closed = once(child, 'close');
  process.kill(-child.pid, 'SIGTERM');
  const ended = await Promise.race([closed, pause(3_000).then(() => null)]);
  if (ended !== null) return;
  process.kill(-child.pid, 'SIGKILL');
  await closed;
}

async function writeLines(path: string, pid: number): Promise<number> {
  if (pid === 0) throw new Error('the program did not start');
  const writer: WriterArguments = {
    path,
    seconds: SECONDS,
    linesPerSecond: LINES_PER_SECOND,
    needlesPerSecond: NEEDLES_PER_SECOND,
  };
  const program = fileURLToPath(new URL('./alert-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(writer)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return Number(output);
}

/** What is told holds the line, and the line when it was written. */
function delayOf(text: string, atMs: number): number[] {
  const writtenMs = /\bat\W{1,3}(\d{13}\.\d+)/.exec(text)?.[1];
  return writtenMs === undefined ? [] : [atMs - Number(writtenMs)];
}

function clockMs(): number {
  return performance.timeOrigin + performance.now();
}

function sayDelays(name: string, delays: readonly number[], needles: number): void {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (share: number): string =>
    sorted.length === 0
      ? '-'
      : sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!.toFixed(1);
  say(`| ${name} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${sorted.length} of ${needles} |`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function say(...texts: readonly string[]): void {
  lines.push(...texts);
  process.stdout.write(`${texts.join('\n')}\n`);
}
