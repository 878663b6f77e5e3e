/** The command line: every command registers itself here; `--config` is understood before and after its name. */
import { Command } from 'commander';
import { DESCRIPTION, VERSION } from '../base/version.ts';
import * as alerts from './alerts.ts';
import * as check from './check.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-code.ts';
import * as once from './once.ts';
import * as parse from './parse.ts';
import * as reload from './reload.ts';
import * as rotate from './rotate.ts';
import * as run from './run.ts';
import * as search from './search.ts';
import * as stats from './stats.ts';
import * as status from './status.ts';

/** In the order of `--help`. */
const COMMANDS = [run, once, search, stats, alerts, parse, rotate, status, check, reload];

export function makeProgram(context: CliContext): Command {
  const program = new Command('logstead')
    .description(DESCRIPTION)
    .version(VERSION)
    .option(
      '--config <file>',
      'config file (default: config/config.ini here, else /etc/logstead/config.ini)',
    )
    .exitOverride()
    .showHelpAfterError('Run with --help to see what is understood.')
    .configureOutput({
      writeOut: (text) => context.output.write(text),
      writeErr: (text) => context.errorOutput.write(text),
    });
  for (const command of COMMANDS) command.register(program, context);
  program.action(() => {
    program.outputHelp();
    context.finish(EXIT.USAGE);
  });
  return program;
}
