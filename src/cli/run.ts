/** `logstead run`: the daemon in the foreground, until SIGTERM or SIGINT. SIGHUP reads the config anew. */
import type { Command } from 'commander';
import { IngestClient } from '../ingest/ingest-client.ts';
import { type CliContext, globalOptions } from './context.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .action(async (_options, command: Command) => {
      // The thread loads its parts while this one loads its own and reads the config.
      const ingestThread = IngestClient.startThread();
      try {
        const { runDaemon } = await import('./run-daemon.ts');
        await runDaemon(context, globalOptions(command), ingestThread);
      } finally {
        await ingestThread.worker.end();
      }
    });
}
