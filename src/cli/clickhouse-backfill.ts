/**
 * `logstead clickhouse backfill`: give the cluster what was stored before copying began; with `--archives` what only archives
 * have as well.
 *
 * The plan is written down before the first entry is sent, in batches like any other, and the daemon sends them behind the
 * present; where none runs, this process does. Interrupted at any point it goes on where it was: nothing is sent twice.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemDisk } from '../base/disk.ts';
import { formatDuration } from '../base/duration.ts';
import { OperatorError } from '../base/errors.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import { findSpans } from '../clickhouse/found-spans.ts';
import { hostOf } from '../clickhouse/ship-client.ts';
import { Shipper } from '../clickhouse/shipper.ts';
import type { Settings } from '../config/settings.ts';
import { readIdentity } from '../engine/catalog.ts';
import { OpenSegments } from '../engine/open-segments.ts';
import { clusterProgress, firstPendingSequence } from '../ingest/cluster-queue.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import { SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { callDaemon } from '../serve/control-client.ts';
import { backfillArchives } from './clickhouse-archives.ts';
import { clusterOf, ShardClients } from './clickhouse-common.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { openStored } from './open-database.ts';
import { settingsFor } from './settings-for.ts';
import { StateSession } from './state-session.ts';

type BackfillOptions = Readonly<{ archives?: boolean; wait: boolean }>;

/** How often progress is shown. */
const LOOK_EVERY_MS = 500;
const BAR_WIDTH = 30;
/** Where the record was lost the cluster is asked what it has, which may be a thousand million entries. */
const PLAN_MS_MAX = 600_000;

export function registerBackfill(parent: Command, context: CliContext): void {
  parent
    .command('backfill')
    .description('give the cluster what was stored before copying began')
    .option('--archives', 'then also what the index has let go of and archived files still have')
    .option('--no-wait', 'leave it to the daemon, and end')
    .action(async (options: BackfillOptions, command: Command) => {
      const settings = settingsFor(context, globalOptions(command));
      await backfill(context, settings, options);
      context.finish(EXIT.DONE);
    });
}

async function backfill(
  context: CliContext,
  settings: Settings,
  options: BackfillOptions,
): Promise<void> {
  clusterOf(settings);
  if (settings.store.engine === 'local') {
    throw new OperatorError('CONFIG_INVALID', 'Cannot fill the cluster: nothing is copied to it', {
      hint: 'Set `[store] engine = both` and reload first, so that nothing falls between past and present',
    });
  }
  const withPresent = options.archives ?? false;
  if (await planWithDaemon(settings)) {
    if (!options.wait) return;
    await showProgress(context, settings, withPresent);
  } else {
    await backfillHere(context, settings, withPresent);
  }
  if (options.archives && !context.stop.aborted) await backfillArchives(context, settings);
}

/** False where no daemon runs. */
async function planWithDaemon({ paths }: Settings): Promise<boolean> {
  try {
    await callDaemon(paths.stateDir, 'cluster-backfill', { timeoutMs: PLAN_MS_MAX });
    return true;
  } catch (thrown) {
    if (thrown instanceof OperatorError && thrown.code === 'DAEMON_NOT_RUNNING') return false;
    throw thrown;
  }
}

async function backfillHere(
  context: CliContext,
  settings: Settings,
  withPresent: boolean,
): Promise<void> {
  const cluster = clusterOf(settings);
  await using session = await StateSession.open(context, settings);

  const service = session.ingest.service();
  if ((await service.status('none')).cluster.isLost) {
    await service.applyCluster({ kind: 'found', spans: await findSpans(cluster) });
  }
  await service.applyCluster({ kind: 'plan-backfill', shardCount: cluster.shards.length });
  const done = new AbortController();
  const sending = send(context, settings, { session, service, stop: done.signal });
  try {
    await showProgress(context, settings, withPresent);
  } finally {
    done.abort();
    await sending;
  }
}

async function send(
  { clock }: CliContext,
  settings: Settings,
  parts: Readonly<{ session: StateSession; service: IngestService; stop: AbortSignal }>,
): Promise<void> {
  const cluster = clusterOf(settings);
  const { stateDir } = settings.paths;
  using database = openStored(settings.paths);
  using segments = new OpenSegments({
    disk: systemDisk,
    database,
    folder: join(stateDir, SEGMENTS_FOLDER),
    names: new ColumnNames(),
  });
  await using clients = new ShardClients(cluster);

  const shipper = new Shipper({
    clock,
    log: parts.session.log,
    database,
    segments,
    clients: clients.all,
    host: hostOf(cluster),
    databaseName: cluster.database,
    delayMs: cluster.delayMs,
    backfillRowsPerSecond: cluster.backfillRowsPerSecond,
    change: (change) => parts.service.applyCluster(change),
  });
  await shipper.run(parts.stop);
}

/**
 * Until the plan is done; a person may leave at any time, the plan stays. `withPresent`: and until what waits now is sent, so that
 * archives are asked for nothing that is on its way.
 */
async function showProgress(
  context: CliContext,
  { paths }: Settings,
  withPresent: boolean,
): Promise<void> {
  const { clock, errorOutput, stop } = context;
  using database = openStored(paths);
  const startedMs = clock.monotonicMs();
  const newest = (readIdentity(database)?.nextSequence ?? 1) - 1;
  let total = 0;
  let firstPending: number | null = null;
  for (;;) {
    const { backfill: plan } = clusterProgress(database);
    const waiting = withPresent ? firstPendingSequence(database) : null;
    if (plan === null) {
      if (waiting === null || waiting > newest) break;
      await clock.sleep(LOOK_EVERY_MS, { signal: stop });
      if (stop.aborted) return;
      continue;
    }
    total = plan.rowCount;
    firstPending ??= plan.pendingRows;
    const sent = plan.rowCount - plan.pendingRows;
    const rate = (firstPending - plan.pendingRows) / Math.max(1, clock.monotonicMs() - startedMs);
    const leftMs = rate > 0 ? plan.pendingRows / rate : null;
    if (errorOutput.isTTY) errorOutput.write(`\r${barText(sent, plan.rowCount, leftMs)}\x1b[K`);
    await clock.sleep(LOOK_EVERY_MS, { signal: stop });
    if (stop.aborted) {
      errorOutput.write(
        `\n${formatCount(plan.pendingRows)} entries are left; the same command goes on\n`,
      );
      return;
    }
  }
  if (errorOutput.isTTY) errorOutput.write('\r\x1b[K');
  context.output.write(
    total === 0
      ? 'The cluster has everything that is in the index\n'
      : `${formatCounted(total, 'entry', 'entries')} of the past sent\n`,
  );
}

function barText(sent: number, total: number, leftMs: number | null): string {
  const share = total === 0 ? 1 : sent / total;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}`;
  const left = leftMs === null ? '' : `, ${formatDuration(leftMs)} left`;
  return `${bar} ${formatShare(share)}  ${formatCount(sent)} of ${formatCount(total)} entries${left}`;
}
