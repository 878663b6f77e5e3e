/** `logstead status`: whether the daemon runs, and whether anybody has to do something. Exit code 3: it does not run. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import { OperatorError, systemCodeOf } from '../base/errors.ts';
import { escapeLine, escapeTerminal } from '../base/escape.ts';
import { LockFile } from '../base/lock-file.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { LOCK_NAME } from '../ingest/state-files.ts';
import { callDaemon } from '../serve/control-client.ts';
import type { DaemonStatus } from '../serve/daemon-status.ts';
import { troublesOf } from '../serve/troubles.ts';
import { CONFIG_PATH } from '../service/layout.ts';
import type { DeletedFiles } from '../watch/deleted-files.ts';
import { type CliContext, configPathOf, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { stateDirFor } from './state-dir.ts';

/** Rules that learn, by name. */
const LEARNING_SHOWN_MAX = 3;

type StatusOptions = Readonly<{ json?: boolean; files?: boolean }>;

export function register(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('say whether the daemon runs and how it fares')
    .option('--json', 'one JSON object')
    .option('--files', 'each followed file: size, read, lag, generation, state')
    .action(async (options: StatusOptions, command: Command) => {
      const stateDir = await stateDirFor(context, globalOptions(command));
      const status = await askStatus(stateDir, options);
      const isService = configPathOf(context, globalOptions(command)) === CONFIG_PATH;
      context.finish(show(context, { ...options, isService, stateDir }, status));
    });
}

/** Null: none runs. For people that is another thing than one that does not answer, and starting it is no help then. */
async function askStatus(
  stateDir: string,
  { json, files }: StatusOptions,
): Promise<DaemonStatus | null> {
  try {
    const args = { files: json || files ? 'all' : 'none' };
    return (await callDaemon(stateDir, 'status', { args })) as DaemonStatus;
  } catch (thrown) {
    if (!(thrown instanceof OperatorError && thrown.code === 'DAEMON_NOT_RUNNING')) throw thrown;
    const isListening = !['ENOENT', 'ECONNREFUSED'].includes(systemCodeOf(thrown.cause) ?? '');
    if (isListening && !json) throw thrown;
    return null;
  }
}

function show(
  context: CliContext,
  options: StatusOptions & Readonly<{ isService: boolean; stateDir: string }>,
  status: DaemonStatus | null,
): ExitCode {
  const { output } = context;
  if (options.json) {
    output.write(`${JSON.stringify(status ?? { running: false })}\n`);
  } else if (status === null) {
    output.write(`${silentText(options)}\n`);
  } else {
    output.write(textFor(context, options, status));
  }
  return status?.ready ? EXIT.DONE : EXIT.NOT_RUNNING;
}

/** A daemon has the state folder some time before it answers, and to start another one would be refused. */
function silentText({
  stateDir,
  isService,
}: Readonly<{ stateDir: string; isService: boolean }>): string {
  const pid = LockFile.holder(join(stateDir, LOCK_NAME));
  if (pid !== null) {
    return `No answer: process ${pid} has the state folder, and starts, ends, or is a command such as "logstead once". Ask again in a moment.`;
  }
  const how = isService ? '"systemctl start logstead"' : '"npm start" or "logstead run"';
  return `Not running. Start it with ${how}.`;
}

/** A daemon of an older version, which runs on while its program was changed, has not all that is shown here. */
function textFor(context: CliContext, { files }: StatusOptions, status: DaemonStatus): string {
  try {
    const text = statusText(status, context.clock.nowMs());
    return files ? text + filesText(status) : text;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new OperatorError(
      'DAEMON_REFUSED',
      `Cannot show how the daemon fares: process ${status.pid} runs, and does not say all that this command shows`,
      {
        cause,
        hint: 'Daemon and command may be of different versions: restart the daemon; "logstead status --json" shows what it says',
      },
    );
  }
}

export function statusText(status: DaemonStatus, nowMs: number): string {
  const { ingest, rotation } = status;
  const { outbox } = ingest;
  const rows: [string, string][] = [
    ['daemon', `${runningText(nowMs - status.startedAtMs)}, pid ${status.pid}`],
    [
      'files',
      `${formatCount(ingest.fileTotals.count - ingest.fileTotals.unreadableCount)} followed, ${formatBytes(ingest.lagBytes)} behind`,
    ],
    ...deletedRow(ingest.deletedFiles),
    [
      'index',
      `${formatCounted(ingest.storedEntryCount, 'entry', 'entries')} in ${formatBytes(ingest.indexBytes)}`,
    ],
    ...setAsideRow(ingest.setAside),
    [
      'ledger',
      `${formatBytes(ingest.skippedBytes)} skipped, ${formatBytes(ingest.lostBytes)} lost`,
    ],
    ['incidents', `${formatCount(ingest.openIncidentCount)} open`],
    ...rulesRow(ingest.rules),
    ...learningRow(ingest.rules, nowMs),
    [
      'deliveries',
      `${formatCount(outbox.sent)} sent, ${formatCount(outbox.dead)} given up, ${waitingText(outbox)}`,
    ],
    ...clusterRows(status, nowMs),
    ['rotation', rotationText(rotation, nowMs)],
    ['http', status.http?.url ?? 'off'],
  ];
  const lines = rows.map(([name, text]) => `${name.padEnd(11)}${text}`);
  return `${verdictOf(status, nowMs)}\n\n${lines.join('\n')}\n`;
}

/** `3 waiting, 1 of them tried before`. */
function waitingText({ waiting, failed, held }: DaemonStatus['ingest']['outbox']): string {
  const tried = failed + held;
  const before = tried === 0 ? '' : `, ${formatCount(tried)} of them tried before`;
  return `${formatCount(waiting)} waiting${before}`;
}

/** How many rules, what they hold, and what they cost since the start; the dearest by name. */
function rulesRow(rules: DaemonStatus['ingest']['rules']): [string, string][] {
  if (rules.length === 0) return [];
  const sumOf = (of: (rule: (typeof rules)[number]) => number): number =>
    rules.reduce((sum, rule) => sum + of(rule), 0);
  const held = `${formatCounted(
    sumOf(({ groupCount }) => groupCount),
    'group',
  )} in ${formatBytes(sumOf(({ bytes }) => bytes))}`;
  const dearest = rules.reduce((a, b) => (b.spentUs > a.spentUs ? b : a));
  const most = dearest.spentUs === 0 ? '' : `, most by ${escapeTerminal(dearest.name)}`;
  const spent = formatDuration(sumOf(({ spentUs }) => spentUs) / 1_000);
  return [['rules', `${formatCounted(rules.length, 'rule')}, ${held}; ${spent} spent${most}`]];
}

/** Only while there are some: rules that cannot find anything yet, the one that takes longest first. */
function learningRow(rules: DaemonStatus['ingest']['rules'], nowMs: number): [string, string][] {
  const learning = rules
    .map(({ name, learnsUntilMs }) => ({ name, leftMs: (learnsUntilMs ?? 0) - nowMs }))
    .filter(({ leftMs }) => leftMs > 0)
    .sort((a, b) => b.leftMs - a.leftMs);
  if (learning.length === 0) return [];
  const shown = learning.slice(0, LEARNING_SHOWN_MAX).map(({ name, leftMs }) => {
    return `${escapeTerminal(name)} for another ${formatDuration(leftMs)}`;
  });
  const more = learning.length - shown.length;
  return [['learning', `${shown.join(', ')}${more > 0 ? `, and ${formatCount(more)} more` : ''}`]];
}

/** Only while there are some: what searches do not find any more. */
function setAsideRow({
  segmentCount,
  entryCount,
}: DaemonStatus['ingest']['setAside']): [string, string][] {
  if (segmentCount === 0) return [];
  const entries = formatCounted(entryCount, 'entry', 'entries');
  const segments = formatCounted(segmentCount, 'damaged segment');
  return [['set aside', `${segments} with ${entries}`]];
}

/** Only while there are some: disk space that `df` shows and `du` does not. */
function deletedRow({ count, sizeBytes }: DeletedFiles): [string, string][] {
  if (count === 0) return [];
  return [
    ['deleted', `${formatCounted(count, 'file')} held open, ${formatBytes(sizeBytes)} of disk`],
  ];
}

/** One sentence a person could say aloud. */
function verdictOf(status: DaemonStatus, nowMs: number): string {
  const troubles = troublesOf(status, nowMs);
  return troubles.length === 0
    ? 'All is well'
    : `Needs you: ${escapeTerminal(troubles.join('; '))}`;
}

/** Nothing where nothing is copied. */
function clusterRows({ cluster, ingest }: DaemonStatus, nowMs: number): [string, string][] {
  if (cluster === null) return [];
  const { ackedRows, pendingRows, oldestPendingAtMs } = ingest.cluster;
  const lag =
    oldestPendingAtMs === null ? '' : `, ${formatDuration(nowMs - oldestPendingAtMs)} behind`;
  const entries = formatCounted(ackedRows, 'entry', 'entries');
  return [['cluster', `${entries} copied, ${formatCount(pendingRows)} waiting${lag}`]];
}

function rotationText(rotation: DaemonStatus['rotation'], nowMs: number): string {
  const next =
    rotation.nextRunAtMs === null
      ? 'not scheduled'
      : `next in ${formatDuration(rotation.nextRunAtMs - nowMs)}`;
  if (rotation.last === null) return next;
  const { status, finishedAtMs } = rotation.last;
  return `${next}, last ${status} ${agoText(nowMs - finishedAtMs)}`;
}

/** A clock that was set back since says nothing of how long that is. */
const AHEAD = 'by a clock that was ahead';

function runningText(durationMs: number): string {
  return durationMs < 0 ? `started ${AHEAD}` : `running for ${formatDuration(durationMs)}`;
}

function agoText(durationMs: number): string {
  return durationMs < 0 ? AHEAD : `${formatDuration(durationMs)} ago`;
}

/** One line a file, those with trouble first; before them the folders of which nothing is known. */
function filesText(status: DaemonStatus): string {
  const files = [...status.ingest.files].sort((a, b) => b.lagBytes - a.lagBytes);
  const lines = files.map((file) => {
    const read = `${formatBytes(file.committedBytes)} of ${formatBytes(file.sizeBytes)}`;
    const lag = file.lagMs === 0 ? '' : ` for ${formatDuration(file.lagMs)}`;
    const generation = file.generation === null ? '' : `  generation ${file.generation}`;
    const trouble = file.error === null ? '' : `  ${escapeLine(file.error)}`;
    return `${file.state.padEnd(10)} ${read.padEnd(22)} ${formatBytes(file.lagBytes).padStart(9)} behind${lag}${generation}  ${escapeLine(file.path)}${trouble}`;
  });
  const folders = status.ingest.failedFolders.map(
    ({ path, error }) => `${'unreadable'.padEnd(10)} ${escapeLine(path)}  ${escapeLine(error)}`,
  );
  return `\n${[...folders, ...lines].join('\n')}\n`;
}
