/**
 * `logstead serve`: the HTTP API and the page alone, answered by the cluster. For one place to ask in a fleet: it follows no
 * file, holds no lock and keeps nothing.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { logStyleOf, openLog } from '../base/log.ts';
import { SigningKey } from '../base/signing-key.ts';
import { VERSION } from '../base/version.ts';
import { clusterAccess } from '../clickhouse/cluster-access.ts';
import { Ingest } from '../ingest/ingest.ts';
import { HttpServer } from '../serve/http-server.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { settingsFor } from './settings-for.ts';

const STDOUT = 1;

export function register(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('answer HTTP from the ClickHouse cluster, and do nothing else')
    .addHelpText(
      'after',
      `
Example, on the machine where people look:
  logstead serve --engine clickhouse`,
    )
    .action(async (_options, command: Command) => {
      const globals = globalOptions(command);
      await serve(context, command, globals.engine ?? 'clickhouse');
      context.finish(EXIT.DONE);
    });
}

async function serve(
  context: CliContext,
  command: Command,
  engine: 'local' | 'clickhouse',
): Promise<void> {
  if (engine === 'local') {
    throw new OperatorError(
      'USAGE',
      'Cannot serve this machine alone without following its files',
      {
        hint: '"logstead run" answers HTTP for this machine; "logstead serve" asks the cluster',
      },
    );
  }
  const { clock, environment, stop } = context;
  const loaded = settingsFor(context, globalOptions(command));
  clusterAccess(loaded, 'clickhouse');
  const settings = {
    ...loaded,
    watches: [],
    alerts: [],
    store: { engine: 'clickhouse' as const },
    http: { ...loaded.http, enabled: true },
  };
  const log = openLog({
    level: settings.log.level,
    descriptor: STDOUT,
    ...logStyleOf(STDOUT, environment),
  });
  await using parts = new AsyncDisposableStack();
  // What it says of itself is what a daemon without files would say. In memory: nothing is written.
  const nothing = { ...settings, store: { engine: 'local' as const } };
  const ingest = parts.use(
    await Ingest.open({ disk: systemDisk, clock, log, settings: nothing, inMemory: true }),
  );
  const service = ingest.service();
  const startedAtMs = clock.nowMs();
  let url: string | null = null;
  const server = parts.use(
    await HttpServer.listen({
      clock,
      log,
      settings: () => settings,
      ingest: service,
      // No mail is sent from here, so no link is signed: the key lives as long as the process.
      linkKey: new SigningKey(randomBytes(32)),
      status: async (files) => ({
        running: true,
        ready: true,
        version: VERSION,
        machine: hostname(),
        pid: process.pid,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        startedAtMs,
        configPath: settings.configPath,
        http: url === null ? null : { url },
        ingest: await service.status(files),
        cluster: null,
        rotation: { nextRunAtMs: null, last: null },
      }),
    }),
  );
  url = server.url;
  log.info({ http: url }, 'Logstead answers from the cluster');
  if (!stop.aborted) await once(stop, 'abort');
}
