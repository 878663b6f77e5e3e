/**
 * What a command gets from the process: streams, environment, clock, and the config that was asked for.
 *
 * Commands return an exit code; only `main.ts` ends the process.
 */
import type { Command } from 'commander';
import type { Clock } from '../base/clock.ts';
import { findConfig, loadSettings } from '../config/load-settings.ts';
import type { SettingChecks } from '../config/read-settings.ts';
import type { Settings } from '../config/settings.ts';
import { formatNames } from '../parse/formats/table.ts';
import { parseQuery } from '../query/parse-query.ts';
import { QueryError } from '../query/query-error.ts';
import { checkSchedule } from '../rotate/schedule.ts';
import type { ExitCode } from './exit-code.ts';

export type CliContext = Readonly<{
  clock: Clock;
  workingFolder: string;
  environment: Readonly<Record<string, string | undefined>>;
  output: NodeJS.WriteStream;
  errorOutput: NodeJS.WriteStream;
  /** Aborts on SIGINT and SIGTERM. */
  stop: AbortSignal;
  /** Set by each command's action; `main.ts` ends the process with it. */
  finish(code: ExitCode): void;
}>;

/** Options every command understands, before or after its name. */
export type GlobalOptions = Readonly<{ config?: string }>;

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** The config of `--config FILE`, else the one found near the working directory. */
export function configPathOf(context: CliContext, options: GlobalOptions): string {
  return options.config ?? findConfig(context.workingFolder);
}

export function settingsFor(context: CliContext, options: GlobalOptions): Settings {
  return loadSettings(
    configPathOf(context, options),
    context.environment,
    settingChecks(context.clock),
  );
}

/** What the config room cannot know by itself: whether a query, a schedule and a format can be understood. */
export function settingChecks(clock: Clock): SettingChecks {
  return {
    checkSchedule,
    formatNames: formatNames(),
    checkQuery(text) {
      try {
        parseQuery(text, { nowMs: clock.nowMs(), timezone: 'UTC' });
        return null;
      } catch (thrown) {
        if (!(thrown instanceof QueryError)) throw thrown;
        const suggestion = thrown.hint === undefined ? '' : `. ${thrown.hint}`;
        return { column: thrown.column, message: `expected ${thrown.expected}${suggestion}` };
      }
    },
  };
}
