/** `logstead reload`: the running daemon reads its config anew; a broken one is refused and the old one stays. */
import type { Command } from 'commander';
import { callDaemon } from '../serve/control-client.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { stateDirFor } from './state-dir.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('reload')
    .description('let the running daemon read its config anew')
    .action(async (_options, command: Command) => {
      const stateDir = await stateDirFor(context, globalOptions(command));
      await callDaemon(stateDir, 'reload');
      context.output.write('The daemon runs on the new config.\n');
      context.finish(EXIT.DONE);
    });
}
