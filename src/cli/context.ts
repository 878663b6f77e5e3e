/**
 * What a command gets from the process: streams, environment, clock, and the config that was asked for.
 *
 * Commands return an exit code; only `main.ts` ends the process.
 */
import type { Command } from 'commander';
import type { Clock } from '../base/clock.ts';
import { findConfig } from '../config/config-file.ts';
import type { ExitCode } from './exit-code.ts';

export type CliContext = Readonly<{
  clock: Clock;
  workingFolder: string;
  environment: Readonly<Record<string, string | undefined>>;
  output: NodeJS.WriteStream;
  errorOutput: NodeJS.WriteStream;
  /** Aborts on SIGINT and SIGTERM, which end a command at once that never looks here. */
  stop: AbortSignal;
  /** Set by each command's action; `main.ts` ends the process with it. */
  finish(code: ExitCode): void;
}>;

/** Options every command understands, before or after its name. */
export type GlobalOptions = Readonly<{ config?: string; engine?: 'local' | 'clickhouse' }>;

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** The config of `--config FILE`, else the one found near the working directory. */
export function configPathOf(context: CliContext, options: GlobalOptions): string {
  return options.config ?? findConfig(context.workingFolder);
}
