/**
 * Where the state is, for commands that only read it. They take nothing else of the config, so they start without the
 * parts that check all of it.
 */
import { readStateFolder } from '../config/state-folder.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';

export async function stateDirFor(context: CliContext, options: GlobalOptions): Promise<string> {
  const found = readStateFolder(configPathOf(context, options));
  if (found !== null) return found;
  const { settingsFor } = await import('./settings-for.ts');
  return settingsFor(context, options).paths.stateDir;
}
