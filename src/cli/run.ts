/** `logstead run`: the daemon in the foreground, until SIGTERM or SIGINT. SIGHUP reads the config anew. */
import type { Command } from 'commander';
import { logStyleOf, openLog } from '../base/log.ts';
import { Daemon } from '../daemon.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { completeSettingsFor } from './settings-for.ts';

const STDOUT = 1;

export function register(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .action(async (_options, command: Command) => {
      const options = globalOptions(command);
      const settings = completeSettingsFor(context, options);
      const style = logStyleOf(STDOUT, context.environment);
      const log = openLog({ level: settings.log.level, descriptor: STDOUT, ...style });
      const daemon = await Daemon.start({
        clock: context.clock,
        log,
        workerLog: { level: settings.log.level, descriptor: STDOUT, ...style },
        settings,
        reloadSettings: () => completeSettingsFor(context, options),
      });
      const onHangUp = (): void => void daemon.reload().catch(() => {}); // the daemon has logged it
      process.on('SIGHUP', onHangUp);
      try {
        await daemon.ended(context.stop);
      } finally {
        process.off('SIGHUP', onHangUp);
        await daemon[Symbol.asyncDispose]();
      }
      context.finish(EXIT.DONE);
    });
}
