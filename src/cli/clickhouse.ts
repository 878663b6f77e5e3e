/** `logstead clickhouse`: the cluster, from its tables to the move there and back. One file per subcommand. */
import type { Command } from 'commander';
import { registerBackfill } from './clickhouse-backfill.ts';
import { registerCutover } from './clickhouse-cutover.ts';
import { registerSetup } from './clickhouse-setup.ts';
import { registerStatus } from './clickhouse-status.ts';
import { registerVerify } from './clickhouse-verify.ts';
import type { CliContext } from './context.ts';

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('clickhouse')
    .description(
      'a ClickHouse cluster beside this store: set up, fill, compare, move there and back',
    )
    .addHelpText(
      'after',
      `
In this order: setup, then [store] engine = both and reload, backfill, verify, cutover.
When to move, how large, what is promised: src/clickhouse/README.md`,
    );
  for (const add of [
    registerSetup,
    registerStatus,
    registerBackfill,
    registerVerify,
    registerCutover,
  ]) {
    add(command, context);
  }
}
