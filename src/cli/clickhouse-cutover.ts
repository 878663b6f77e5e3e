/**
 * `logstead clickhouse cutover` and `rollback`: let the cluster answer queries, or this machine again. Both change one line of
 * the config; copying goes on in either case, so the way back is open at any time.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { Command } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';
import type { Settings, StoreEngine } from '../config/settings.ts';
import { readCatalog } from '../engine/catalog.ts';
import { readSpans } from '../ingest/cluster-book.ts';
import { clusterProgress, hasClusterBook } from '../ingest/cluster-queue.ts';
import { callDaemon } from '../serve/control-client.ts';
import { clusterOf } from './clickhouse-common.ts';
import { verificationText, verifyStore } from './clickhouse-verify.ts';
import { type CliContext, configPathOf, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { takePermissions, targetOf } from './export-file.ts';
import { openDatabase } from './open-database.ts';
import { settingsFor } from './settings-for.ts';

type CutoverOptions = Readonly<{ dryRun?: boolean }>;
type RollbackOptions = Readonly<{ stop?: boolean }>;

/** More than a moment's entries: the cluster is behind. */
const PENDING_ROWS_MAX = 100_000;

export function registerCutover(parent: Command, context: CliContext): void {
  parent
    .command('cutover')
    .description('let the cluster answer queries, once it is proven to have everything')
    .option('--dry-run', 'check, and change nothing')
    .action(async (options: CutoverOptions, command: Command) => {
      const settings = settingsFor(context, globalOptions(command));
      await proveComplete(context, settings);
      if (!options.dryRun) await setEngine(context, command, 'clickhouse');
      context.finish(EXIT.DONE);
    });
  parent
    .command('rollback')
    .description('let this machine answer queries again')
    .option('--stop', 'stop copying to the cluster too')
    .action(async (options: RollbackOptions, command: Command) => {
      clusterOf(settingsFor(context, globalOptions(command)));
      await setEngine(context, command, options.stop ? 'local' : 'both');
      context.finish(EXIT.DONE);
    });
}

async function proveComplete(context: CliContext, settings: Settings): Promise<void> {
  if (settings.store.engine === 'local') {
    throw refusal(
      'nothing is copied to the cluster',
      'Set `[store] engine = both`, reload, and fill it: logstead clickhouse backfill',
    );
  }
  refuseOpenEnds(context, settings);
  const verification = await verifyStore(context, settings);
  if (verification === null) return;
  context.output.write(verificationText(verification));
  if (verification.differences.length > 0) {
    throw refusal(
      'the cluster does not have what this machine has',
      'See `logstead clickhouse verify`',
    );
  }
}

function refuseOpenEnds(context: CliContext, settings: Settings): void {
  using database = openDatabase(context, settings.paths);
  if (database === null || !hasClusterBook(database)) return;
  const { backfill, gapRows, pendingRows } = clusterProgress(database);
  if (backfill !== null) {
    const left = formatCounted(backfill.pendingRows, 'entry', 'entries');
    throw refusal(
      `${left} of the past are still to be sent`,
      'Wait for `logstead clickhouse backfill`',
    );
  }
  const spans = readSpans(database);
  const isCovered = readCatalog(database).every(({ minSequence, maxSequence }) =>
    spans.some(({ from, until }) => minSequence >= from && maxSequence < until),
  );
  if (!isCovered)
    throw refusal('the past was never sent', 'Run `logstead clickhouse backfill` first');
  if (pendingRows > PENDING_ROWS_MAX) {
    const waiting = formatCounted(pendingRows, 'entry', 'entries');
    throw refusal(
      `${waiting} wait to be copied`,
      'See `logstead clickhouse status`, and try again when they are sent',
    );
  }
  if (gapRows > 0) {
    const missing = formatCounted(gapRows, 'entry', 'entries');
    context.errorOutput.write(
      `The cluster will never get ${missing} from here; \`logstead clickhouse status\` lists them\n`,
    );
  }
}

function refusal(reason: string, hint: string): OperatorError {
  return new OperatorError('STAGE_FAILED', `Cannot move to the cluster: ${reason}`, { hint });
}

async function setEngine(
  context: CliContext,
  command: Command,
  engine: StoreEngine,
): Promise<void> {
  const path = configPathOf(context, globalOptions(command));
  const text = readFileSync(path, 'utf8');
  replaceFile(path, withEngine(text, engine));
  const settings = settingsFor(context, globalOptions(command));
  context.output.write(`"${path}" now says [store] engine = ${engine}\n`);
  try {
    await callDaemon(settings.paths.stateDir, 'reload');
    context.output.write('The daemon has taken it\n');
  } catch (thrown) {
    if (!(thrown instanceof OperatorError && thrown.code === 'DAEMON_NOT_RUNNING')) throw thrown;
  }
}

/** The config with another engine; every other line as it was. */
export function withEngine(text: string, engine: StoreEngine): string {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => /^\s*\[store\]\s*$/.test(line));
  if (head < 0) return `${text.replace(/\n*$/, '\n')}\n[store]\nengine = ${engine}\n`;
  const next = lines.findIndex((line, index) => index > head && /^\s*\[/.test(line));
  const end = next < 0 ? lines.length : next;
  const at = lines.findIndex(
    (line, index) => index > head && index < end && /^\s*engine\s*=/.test(line),
  );
  if (at < 0) lines.splice(head + 1, 0, `engine = ${engine}`);
  else lines[at] = `engine = ${engine}`;
  return lines.join('\n');
}

/** All of it or nothing, for whoever reads it meanwhile; the daemon may read it as before, and a link stays one. */
function replaceFile(given: string, text: string): void {
  const path = targetOf(given);
  const temporary = `${path}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    takePermissions(descriptor, statSync(path));
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
}
