/** `logstead run`: the daemon in the foreground, until SIGTERM or SIGINT. SIGHUP reads the config anew. */
import type { Command } from 'commander';
import { IngestClient } from '../ingest/ingest-client.ts';
import { type CliContext, globalOptions } from './context.ts';
import { settingsOnThread } from './settings-thread.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .action(async (_options, command: Command) => {
      const options = globalOptions(command);
      // Threads load their parts while this one loads its own.
      const settings = settingsOnThread(context, options);
      // Whoever waits for it hears of it.
      settings.catch(() => {});
      const ingestThread = IngestClient.startThread();
      try {
        const { runDaemon } = await import('./run-daemon.ts');
        await runDaemon(context, options, { settings, ingestThread });
      } finally {
        await ingestThread.worker.end();
      }
    });
}
