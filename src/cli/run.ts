/** `logstead run`: the daemon in the foreground, until SIGTERM or SIGINT. SIGHUP reads the config anew. */
import type { Command } from 'commander';
import type { Clock } from '../base/clock.ts';
import { IngestClient, type IngestThread, THREAD_END_MS_MAX } from '../ingest/ingest-client.ts';
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
        await endOrKill(context.clock, ingestThread);
      }
    });
}

/** For what the process has to say last, and for a thread that was only slow. */
const LAST_WORDS_MS = 500;

/** A read that the system does not give back holds the thread, and with it the process: only this signal ends that. */
async function endOrKill(clock: Clock, { worker }: IngestThread): Promise<void> {
  if (await worker.endWithin(clock, THREAD_END_MS_MAX + LAST_WORDS_MS)) return;
  process.kill(process.pid, 'SIGKILL');
}
