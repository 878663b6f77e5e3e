/** `logstead clickhouse setup`: make and mend the tables on every server, or print what would be run. */
import type { Command } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { ClusterClient } from '../clickhouse/cluster-client.ts';
import { createStatements, userStatements } from '../clickhouse/schema.ts';
import { setUpServer } from '../clickhouse/setup.ts';
import { readPassword } from '../config/password.ts';
import { clusterOf } from './clickhouse-common.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { settingsFor } from './settings-for.ts';

type SetupOptions = Readonly<{ print?: boolean; user: string; passwordFile?: string }>;

/** Of somebody who may make tables: never in the config, because the daemon has no use for it. */
const ADMIN_PASSWORD = {
  variable: 'LOGSTEAD_CLICKHOUSE_ADMIN_PASSWORD',
  credential: 'clickhouse_admin_password',
};

export function registerSetup(parent: Command, context: CliContext): void {
  parent
    .command('setup')
    .description('make the tables on every server, and mend what is missing; may be repeated')
    .option('--print', 'print the statements, those for the users too, and run nothing')
    .option('--user <name>', 'who may make tables', 'default')
    .option(
      '--password-file <file>',
      `the password of that user; else ${ADMIN_PASSWORD.variable}, else none`,
    )
    .action(async (options: SetupOptions, command: Command) => {
      const cluster = clusterOf(settingsFor(context, globalOptions(command)));
      if (options.print) {
        const statements = [...createStatements(cluster), ...userStatements(cluster)];
        context.output.write(`${statements.join(';\n\n')};\n`);
        context.finish(EXIT.DONE);
        return;
      }
      const password = passwordOf(context, options);
      for (const address of cluster.shards.flat()) {
        await using client = new ClusterClient({
          addresses: [address],
          user: options.user,
          password,
          caFile: cluster.caFile,
          verify: cluster.verify,
          compress: false,
        });

        const { version, changes } = await setUpServer(client, cluster, () =>
          context.clock.nowMs(),
        );
        context.output.write(
          `${address}: ClickHouse ${escapeTerminal(version)}, tables are there\n`,
        );
        for (const change of changes) context.output.write(`  ${change}\n`);
      }
      context.finish(EXIT.DONE);
    });
}

function passwordOf({ environment }: CliContext, { passwordFile }: SetupOptions): string {
  const found = readPassword(passwordFile ?? null, ADMIN_PASSWORD, environment);
  if (found.kind === 'refused') {
    throw new OperatorError('USAGE', `Cannot take the password from its file: ${found.problem}`);
  }
  return found.kind === 'found' ? found.password.reveal() : '';
}
