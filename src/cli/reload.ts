/** `logstead reload`: the running daemon reads its config anew; a broken one is refused and the old one stays. */
import type { Command } from 'commander';
import { callDaemon } from '../serve/control-client.ts';
import { type CliContext, globalOptions, settingsFor } from './context.ts';
import { EXIT } from './exit-code.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('reload')
    .description('let the running daemon read its config anew')
    .action(async (_options, command: Command) => {
      const { stateDir } = settingsFor(context, globalOptions(command)).paths;
      await callDaemon(stateDir, 'reload');
      context.output.write('The daemon runs on the new config.\n');
      context.finish(EXIT.DONE);
    });
}
