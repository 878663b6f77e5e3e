/**
 * The command line: every command registers itself; `--config` is understood before and after its name.
 *
 * Only the named command is loaded, so that a search does not wait for the daemon's parts; help loads all.
 */
import { Command, Option } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import { DESCRIPTION, VERSION } from '../base/version.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-code.ts';

type CommandModule = Readonly<{ register: (program: Command, context: CliContext) => void }>;

/** In the order of `--help`. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  run: () => import('./run.ts'),
  serve: () => import('./serve.ts'),
  once: () => import('./once.ts'),
  search: () => import('./search.ts'),
  tail: () => import('./tail.ts'),
  stats: () => import('./stats.ts'),
  top: () => import('./top.ts'),
  fields: () => import('./fields.ts'),
  patterns: () => import('./patterns.ts'),
  export: () => import('./export.ts'),
  alerts: () => import('./alerts.ts'),
  parse: () => import('./parse.ts'),
  rotate: () => import('./rotate.ts'),
  archives: () => import('./archives.ts'),
  import: () => import('./import.ts'),
  restamp: () => import('./restamp.ts'),
  report: () => import('./report.ts'),
  status: () => import('./status.ts'),
  check: () => import('./check.ts'),
  segments: () => import('./segments.ts'),
  backup: () => import('./backup.ts'),
  restore: async () => ({ register: (await import('./backup.ts')).registerRestore }),
  clickhouse: () => import('./clickhouse.ts'),
  trace: () => import('./trace.ts'),
  selftest: () => import('./selftest.ts'),
  reload: () => import('./reload.ts'),
  service: () => import('./service.ts'),
  doctor: () => import('./doctor.ts'),
  token: () => import('./token.ts'),
  completion: () => import('./completion.ts'),
  man: () => import('./man.ts'),
};

/** What these say is about all commands. */
const WHOLE: readonly string[] = ['help', 'completion', 'man'];

/** `words`: what follows the program's name. */
export async function makeProgram(context: CliContext, words: readonly string[]): Promise<Command> {
  const program = new Command('logstead')
    .description(DESCRIPTION)
    .version(VERSION)
    .option(
      '--config <file>',
      'config file (default: config/config.ini here, else /etc/logstead/config.ini)',
    )
    .addOption(
      new Option(
        '--engine <engine>',
        'who answers queries (default: what the config says)',
      ).choices(['local', 'clickhouse']),
    )
    // By itself it is only there where a program without a command does nothing.
    .helpCommand('help [command]', 'show what a command understands')
    .exitOverride()
    .showHelpAfterError('Run with --help to see what is understood.')
    .configureOutput({
      writeOut: (text) => context.output.write(text),
      writeErr: (text) => context.errorOutput.write(text),
    });
  const modules = await Promise.all(loadersFor(words).map((load) => load()));
  for (const { register } of modules) register(program, context);
  program.action(() => {
    program.outputHelp();
    context.finish(EXIT.USAGE);
  });
  return program;
}

/** The command is the first word that is neither an option nor the value of one. */
function loadersFor(words: readonly string[]): (() => Promise<CommandModule>)[] {
  if (words[0] === '--version' || words[0] === '-V') return [];
  const name = words.find(
    (word, index) =>
      !word.startsWith('-') && !['--config', '--engine'].includes(words[index - 1] ?? ''),
  );
  if (name === undefined || WHOLE.includes(name)) return Object.values(COMMANDS);
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return [load];
  const meant = nearestName(name, Object.keys(COMMANDS));
  throw new OperatorError('USAGE', `Cannot run "${name}": there is no such command`, {
    hint: meant === null ? 'See "logstead --help"' : `Did you mean "logstead ${meant}"?`,
  });
}
