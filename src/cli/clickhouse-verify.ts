/** `logstead clickhouse verify`: entries and checksums by hour and source, here and there. Exit code 7: they differ. */
import type { Command } from 'commander';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { hostOf } from '../clickhouse/ship-client.ts';
import { type Difference, type HourSum, type Verification, verify } from '../clickhouse/verify.ts';
import type { Settings } from '../config/settings.ts';
import { timestampText } from '../model/entry-record.ts';
import { clusterOf, ShardClients } from './clickhouse-common.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { openStore } from './open-reader.ts';
import { settingsFor } from './settings-for.ts';

type VerifyOptions = Readonly<{ json?: boolean }>;

/** Differences told one by one; `--json` has all of them. */
const DIFFERENCES_TOLD_MAX = 50;

export function registerVerify(parent: Command, context: CliContext): void {
  parent
    .command('verify')
    .description('compare entries and checksums by hour and source, here and on the cluster')
    .option('--json', 'one JSON object, with all differences')
    .action(async (options: VerifyOptions, command: Command) => {
      const settings = settingsFor(context, globalOptions(command));
      const verification = await verifyStore(context, settings);
      if (verification === null) {
        context.finish(EXIT.NOTHING_FOUND);
        return;
      }
      context.output.write(
        options.json ? `${jsonLine(verification)}\n` : verificationText(verification),
      );
      context.finish(verification.differences.length === 0 ? EXIT.DONE : EXIT.DAMAGE_FOUND);
    });
}

/** Null where nothing was ever stored here. */
export async function verifyStore(
  context: CliContext,
  settings: Settings,
): Promise<Verification | null> {
  const cluster = clusterOf(settings);
  using store = openStore(context, settings.paths);
  if (store === null) return null;
  await using clients = new ShardClients(cluster);

  const { database, reader } = store;
  const names = { databaseName: cluster.database, host: hostOf(cluster) };
  const keptFromUs = (context.clock.nowMs() - cluster.ttlMs) * 1_000;
  return await verify({ database, reader, clients: clients.all, ...names, keptFromUs });
}

export function verificationText(found: Verification): string {
  const { cellCount, differences, entryCount, fromUs, leftOutBy, waitingFromSequence } = found;
  let text = '';
  for (const difference of differences.slice(0, DIFFERENCES_TOLD_MAX)) text += lineOf(difference);
  const more = differences.length - DIFFERENCES_TOLD_MAX;
  if (more > 0) text += `${formatCount(more)} more. --json lists them\n`;
  if (fromUs !== null) {
    const reason =
      leftOutBy === 'ttl'
        ? 'which the cluster lets go of: see [clickhouse] ttl'
        : 'of which retention has taken entries here';
    text += `Left out: hours before ${timestampText(fromUs)}, ${reason}\n`;
  }
  if (waitingFromSequence !== null) {
    text += 'Left out: what arrived since the first entry that waits to be copied\n';
  }
  const compared = `${formatCounted(entryCount, 'entry', 'entries')} here, ${formatCounted(cellCount, 'pair')} of hour and source`;
  return `${text}${compared}: ${differences.length === 0 ? 'counts and checksums are equal' : `${formatCount(differences.length)} differ`}\n`;
}

function lineOf({ hourUs, source, here, there }: Difference): string {
  return `${timestampText(hourUs)}  ${escapeTerminal(source)}  here ${sumText(here)}, there ${sumText(there)}\n`;
}

function sumText(sum: HourSum | null): string {
  return sum === null
    ? 'nothing'
    : `${formatCount(sum.count)} (${sum.sum.toString(16)}.${sum.xor.toString(16)})`;
}
