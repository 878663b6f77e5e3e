/** `logstead clickhouse status`: what is copied, what waits, what is missing for ever, and how each server is. */
import type { Command } from 'commander';
import type { Database } from '../base/database.ts';
import { formatDuration } from '../base/duration.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { checkServer } from '../clickhouse/server-check.ts';
import {
  type ClusterGap,
  type ClusterProgress,
  clusterProgress,
  hasClusterBook,
  readGaps,
} from '../ingest/cluster-queue.ts';
import { timestampText } from '../model/entry-record.ts';
import { clusterOf, ShardClients } from './clickhouse-common.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { openDatabase } from './open-reader.ts';
import { settingsFor } from './settings-for.ts';

type StatusOptions = Readonly<{ json?: boolean }>;

type ServerStatus = Readonly<{
  address: string;
  version: string | null;
  problem: string | null;
  hint: string | null;
  warnings: readonly string[];
}>;

/** Gaps told one by one; `--json` has all of them. */
const GAPS_TOLD_MAX = 10;

export function registerStatus(parent: Command, context: CliContext): void {
  parent
    .command('status')
    .description('what is copied and what waits, and how each server is')
    .option('--json', 'one JSON object')
    .action(async (options: StatusOptions, command: Command) => {
      const settings = settingsFor(context, globalOptions(command));
      const cluster = clusterOf(settings);
      using database = openDatabase(context, settings.paths);
      await using clients = new ShardClients(cluster);

      const servers: ServerStatus[] = [];
      for (const client of clients.all) {
        servers.push(await serverStatus(context, client, cluster.database));
      }
      const book = database !== null && hasClusterBook(database) ? bookOf(database) : null;
      context.output.write(
        options.json
          ? `${jsonLine({ engine: settings.store.engine, ...book, servers })}\n`
          : textOf(context, { book, servers }),
      );
      const isWell = servers.every(({ problem }) => problem === null);
      context.finish(isWell ? EXIT.DONE : EXIT.STAGE_FAILED);
    });
}

type Book = Readonly<{ progress: ClusterProgress; gaps: readonly ClusterGap[] }>;

function bookOf(database: Database): Book {
  return { progress: clusterProgress(database), gaps: readGaps(database) };
}

async function serverStatus(
  { clock }: CliContext,
  client: ShardClients['all'][number],
  database: string,
): Promise<ServerStatus> {
  const { address } = client;
  try {
    const { version, warnings } = await checkServer(client, { database }, () => clock.nowMs());
    return { address, version, problem: null, hint: null, warnings };
  } catch (thrown) {
    if (!(thrown instanceof OperatorError)) throw thrown;
    const hint = thrown.hint ?? null;
    return { address, version: null, problem: messageOf(thrown), hint, warnings: [] };
  }
}

function textOf(
  { clock }: CliContext,
  { book, servers }: Readonly<{ book: Book | null; servers: readonly ServerStatus[] }>,
): string {
  let text = '';
  if (book !== null) {
    const { ackedRows, pendingRows, oldestPendingAtMs, backfill, gapRows } = book.progress;
    const lag =
      oldestPendingAtMs === null
        ? ''
        : `, ${formatDuration(clock.nowMs() - oldestPendingAtMs)} behind`;
    text += `copied     ${formatCounted(ackedRows, 'entry', 'entries')}\n`;
    text += `waiting    ${formatCounted(pendingRows, 'entry', 'entries')}${lag}\n`;
    if (backfill !== null) {
      text += `backfill   ${formatCount(backfill.rowCount - backfill.pendingRows)} of ${formatCount(backfill.rowCount)} entries\n`;
    }
    text += `missing    ${formatCounted(gapRows, 'entry', 'entries')}\n`;
    for (const gap of book.gaps.slice(0, GAPS_TOLD_MAX)) text += gapText(gap);
  }
  for (const { address, version, problem, hint, warnings } of servers) {
    text += `server     ${address}: ${problem === null ? `ClickHouse ${escapeTerminal(version ?? '')}, well` : escapeTerminal(problem)}\n`;
    if (hint !== null) text += `           ${hint}\n`;
    for (const warning of warnings) text += `           ${escapeTerminal(warning)}\n`;
  }
  return text;
}

function gapText({ rowCount, minUs, maxUs, reason }: ClusterGap): string {
  const entries = formatCounted(rowCount, 'entry', 'entries');
  return `           ${entries} from ${timestampText(minUs)} to ${timestampText(maxUs)}: ${escapeTerminal(reason)}\n`;
}
