/** `logstead clickhouse status`: what is copied, what waits, what is missing for ever, and how each server is. */
import type { Command } from 'commander';
import type { Database } from '../base/database.ts';
import { formatDuration } from '../base/duration.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { LOCAL_TABLE } from '../clickhouse/schema.ts';
import { checkServer } from '../clickhouse/server-check.ts';
import { hostOf } from '../clickhouse/ship-client.ts';
import type { Settings } from '../config/settings.ts';
import {
  type ClusterGap,
  type ClusterProgress,
  clusterProgress,
  hasClusterBook,
  type LostShard,
  lostShards,
  readFormerWriters,
  readGaps,
} from '../ingest/cluster-queue.ts';
import { timestampText } from '../model/entry-record.ts';
import { clusterOf, ShardClients } from './clickhouse-common.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { openDatabase } from './open-database.ts';
import { settingsFor } from './settings-for.ts';

type StatusOptions = Readonly<{ json?: boolean }>;

type ServerStatus = Readonly<{
  address: string;
  version: string | null;
  problem: string | null;
  hint: string | null;
  warnings: readonly string[];
}>;

const LOST_TEXT =
  '           which entries the cluster has was lost with the database: "logstead clickhouse backfill" asks it\n';

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
      const shardCount = cluster.shards.length;
      const book =
        database !== null && hasClusterBook(database) ? bookOf(database, shardCount) : null;
      const formers = database === null ? [] : await formerLives(database, settings, clients);
      context.output.write(
        options.json
          ? `${jsonLine({ engine: settings.store.engine, ...book, formers, servers })}\n`
          : textOf(context, { book, formers, servers }),
      );
      const isWell =
        servers.every(({ problem }) => problem === null) && (book?.lostShards ?? []).length === 0;
      context.finish(isWell ? EXIT.DONE : EXIT.STAGE_FAILED);
    });
}

type FormerLife = Readonly<{ atMs: number; rowCount: number | null; remedy: string }>;

type Book = Readonly<{
  progress: ClusterProgress;
  gaps: readonly ClusterGap[];
  lostShards: readonly LostShard[];
}>;

function bookOf(database: Database, shardCount: number): Book {
  return {
    progress: clusterProgress(database),
    gaps: readGaps(database),
    lostShards: lostShards(database, shardCount),
  };
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
  {
    book,
    formers,
    servers,
  }: Readonly<{
    book: Book | null;
    formers: readonly FormerLife[];
    servers: readonly ServerStatus[];
  }>,
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
    if (book.progress.isLost) text += LOST_TEXT;
    for (const { shard, rowCount } of book.lostShards) {
      text += `unsent     ${formatCounted(rowCount, 'entry', 'entries')} for number ${shard + 1} of [clickhouse] shards, which is not there any more\n`;
      text += '           Name it again, at its place, until nothing waits for it\n';
    }
  }
  for (const former of formers) text += formerText(former);
  for (const { address, version, problem, hint, warnings } of servers) {
    text += `server     ${address}: ${problem === null ? `ClickHouse ${escapeTerminal(version ?? '')}, well` : escapeTerminal(problem)}\n`;
    if (hint !== null) text += `           ${hint}\n`;
    for (const warning of warnings) text += `           ${escapeTerminal(warning)}\n`;
  }
  return text;
}

/**
 * Entries that the cluster got from this machine after the backup that was restored here; null: not all servers answer. Those
 * whose files are still there were read and copied again.
 */
async function formerLives(
  database: Database,
  settings: Settings,
  clients: ShardClients,
): Promise<FormerLife[]> {
  const cluster = clusterOf(settings);
  const formers = hasClusterBook(database) ? readFormerWriters(database) : [];
  const table = `${cluster.database}.${LOCAL_TABLE}`;
  return await Promise.all(
    formers.map(async ({ name, fromSequence, atMs }) => {
      const where = `Host = {host:String} AND Writer = {name:String} AND Sequence >= {from:UInt64}`;
      const parameters = { host: hostOf(cluster), name, from: fromSequence };
      const sql = `SELECT count() FROM ${table} WHERE ${where}`;
      const doing = 'count what came after the backup';
      const counts = await Promise.all(
        clients.all.map((client) =>
          client.rows<[string]>({ doing, sql, parameters }).catch((thrown: unknown) => {
            if (!(thrown instanceof OperatorError)) throw thrown;
            return null; // What is wrong with the server is told of the server.
          }),
        ),
      );
      const rowCount = counts.some((rows) => rows === null)
        ? null
        : counts.reduce((sum, rows) => sum + Number(rows?.[0]?.[0] ?? 0), 0);
      const remedy = `ALTER TABLE ${table} DELETE WHERE Host = '${sqlText(parameters.host)}' AND Writer = '${name}' AND Sequence >= ${fromSequence}`;
      return { atMs, rowCount, remedy };
    }),
  );
}

function formerText({ atMs, rowCount, remedy }: FormerLife): string {
  if (rowCount === 0) return '';
  const entries = rowCount === null ? 'entries' : formatCounted(rowCount, 'entry', 'entries');
  return `twice      ${entries} came from here before the state was restored on ${timestampText(atMs * 1_000)};
           those whose files were still there came again. To take the first ones out, on each shard:
           ${escapeTerminal(remedy)}
`;
}

/** Inside the quotes of a statement that is shown and not run. */
function sqlText(text: string): string {
  return text.replaceAll(/[\\']/g, '\\$&');
}

function gapText({ rowCount, minUs, maxUs, reason }: ClusterGap): string {
  const entries = formatCounted(rowCount, 'entry', 'entries');
  return `           ${entries} from ${timestampText(minUs)} to ${timestampText(maxUs)}: ${escapeTerminal(reason)}\n`;
}
