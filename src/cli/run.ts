/** `logstead run`: the daemon in the foreground, until SIGTERM or SIGINT. SIGHUP reads the config anew. */
import type { Command } from 'commander';
import type { Clock } from '../base/clock.ts';
import { IngestClient, type IngestThread, THREAD_END_MS_MIN } from '../ingest/ingest-client.ts';
import { type CliContext, globalOptions } from './context.ts';
import { leaveHangUp } from './interrupt.ts';
import { settingsOnThread } from './settings-thread.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .action(async (_options, command: Command) => {
      const options = globalOptions(command);
      // Also while it starts, a daemon that is to end ends in order.
      const hasHungUp = leaveHangUp();
      void context.stop;
      // Threads load their parts while this one loads its own.
      const settings = settingsOnThread(context, options);
      // Whoever waits for it hears of it.
      settings.catch(() => {});
      const ingestThread = IngestClient.startThread();
      try {
        const { runDaemon } = await import('./run-daemon.ts');
        await runDaemon(context, options, { settings, ingestThread, hasHungUp });
      } catch (cause) {
        await endOrKill(context.clock, ingestThread, FAILED_END_MS_MAX);
        throw cause;
      }
      await endOrKill(context.clock, ingestThread, STOPPED_END_MS_MAX);
    });
}

/** For what the process has to say last, and for a thread that was only slow. */
const STOPPED_END_MS_MAX = THREAD_END_MS_MIN + 500;

/**
 * Why it failed is said after the thread has ended, and by its exit code: a killed process has neither. On a busy machine
 * a thread that is still loading takes seconds to end.
 */
const FAILED_END_MS_MAX = 10_000;

/** A read that the system does not give back holds the thread, and with it the process: only this signal ends that. */
async function endOrKill(clock: Clock, { worker }: IngestThread, ms: number): Promise<void> {
  if (await worker.endWithin(clock, ms)) return;
  process.kill(process.pid, 'SIGKILL');
}
