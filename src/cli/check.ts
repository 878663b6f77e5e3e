/** `logstead check`: read the config as the daemon would, name every mistake with its line, say what is risky; check the store. */
import type { Command } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import { readConfig } from '../config/load-settings.ts';
import { ConfigError, formatWarning } from '../config/mistakes.ts';
import type { SettingsReading } from '../config/read-settings.ts';
import { settingsText } from '../config/settings-text.ts';
import { CONFIG_PATH } from '../service/layout.ts';
import { checkDeep, checkDeepAsRecord, rebuild } from './check-store.ts';
import { type CliContext, configPathOf, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { passwordEnvironment, settingChecks } from './settings-for.ts';

type CheckOptions = Readonly<{
  json?: boolean;
  settings?: boolean;
  deep?: boolean;
  rebuild?: boolean;
}>;

export function register(program: Command, context: CliContext): void {
  program
    .command('check')
    .description('check the config and name every mistake')
    .option('--json', 'one JSON object with mistakes and warnings; with --deep also the store')
    .option('--settings', 'print every setting as it is in force, defaults included')
    .option('--deep', 'also read the whole store and compare every byte with its checksum')
    .option('--rebuild', 'list segments again whose database was lost; not while the daemon runs')
    .action((options: CheckOptions, command: Command) => {
      if (options.json) refuseText(options);
      const path = configPathOf(context, globalOptions(command));
      // Whoever checks the service's config need not be able to read its passwords.
      const checks = { ...settingChecks(context.clock), needsPasswords: path !== CONFIG_PATH };
      const reading = readConfig(path, passwordEnvironment(context, path), checks);
      const { settings, mistakes, warnings } = reading;
      if (options.json) {
        context.finish(tellAsJson(context, path, { reading, isDeep: options.deep === true }));
        return;
      }
      for (const warning of warnings) context.output.write(`warning  ${formatWarning(warning)}\n`);
      if (settings === null) throw new ConfigError(path, mistakes);
      if (options.settings) {
        context.output.write(settingsText(settings));
        context.finish(EXIT.DONE);
        return;
      }
      const watches = formatCounted(settings.watches.length, 'watch', 'watches');
      const rules = formatCounted(settings.alerts.length, 'alert rule');
      context.output.write(`No mistake in "${path}": ${watches}, ${rules}\n`);
      const followed = settings.watches.filter((watch) => !watch.archive);
      if (followed.length > 0) {
        const names = followed.map(({ name }) => escapeTerminal(name)).join(', ');
        context.output.write(`Followed only, never moved: ${names}\n`);
      }
      const listed = options.rebuild ? rebuild(context, settings) : EXIT.DONE;
      const deep = options.deep ? checkDeep(context, settings.paths) : EXIT.DONE;
      context.finish(listed === EXIT.DONE ? deep : listed);
    });
}

/** What these print is text. */
function refuseText({ settings, rebuild: isRebuild }: CheckOptions): void {
  const other = settings ? '--settings' : isRebuild ? '--rebuild' : null;
  if (other === null) return;
  throw new OperatorError('USAGE', `Cannot take --json with ${other}: it prints text alone`);
}

/** A monitoring job learns from one object, and from the exit code, of mistakes and of damage. */
function tellAsJson(
  context: CliContext,
  path: string,
  { reading, isDeep }: Readonly<{ reading: SettingsReading; isDeep: boolean }>,
): ExitCode {
  const { settings, mistakes, warnings } = reading;
  const deep = settings !== null && isDeep ? checkDeepAsRecord(context, settings.paths) : null;
  const store = deep === null ? {} : { store: deep.record };
  context.output.write(`${JSON.stringify({ config: path, mistakes, warnings, ...store })}\n`);
  return settings === null ? EXIT.USAGE : (deep?.code ?? EXIT.DONE);
}
