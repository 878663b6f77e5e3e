/**
 * Where the state is, for commands that only read it. They take nothing else of the config, so they start without the
 * parts that check all of it.
 */
import { type PlainConfig, readPlainConfig } from '../config/plain-config.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';

/** `config`: as it was read already. */
export async function stateDirFor(
  context: CliContext,
  options: GlobalOptions,
  config: PlainConfig = readPlainConfig(configPathOf(context, options)),
): Promise<string> {
  if (config.stateDir !== null) return config.stateDir;
  const { settingsFor } = await import('./settings-for.ts');
  return settingsFor(context, options).paths.stateDir;
}
