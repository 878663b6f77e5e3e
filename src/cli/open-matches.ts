/**
 * What a search opens: the entries that match. What else can be asked of a store is loaded when it is asked for, so that
 * nobody waits for it before the first line.
 */
import { readPlainConfig } from '../config/plain-config.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { MatchReader } from '../engine/match-reader.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';
import { openDatabase, readerOptions } from './open-database.ts';
import { stateDirFor } from './state-dir.ts';

export type FoundEntries = Readonly<{
  reader: Pick<EntryReader, 'names' | 'matches' | 'entryCount'>;
  /** The same with everything that can be asked. */
  whole: () => Promise<EntryReader>;
}>;

/** Null where nothing was ever stored; says so on the error output. */
export async function openMatches(
  context: CliContext,
  globals: GlobalOptions,
  options: Readonly<{ withRaw: boolean }>,
): Promise<(FoundEntries & Disposable) | null> {
  const config = readPlainConfig(configPathOf(context, globals));
  const engine = globals.engine ?? config.engine;
  if (engine !== 'local' && engine !== 'both') {
    const { openEntries } = await import('./open-reader.ts');
    const entries = await openEntries(context, globals, options);
    if (entries === null) return null;
    return { ...wholeEntries(entries.reader), [Symbol.dispose]: () => entries[Symbol.dispose]() };
  }
  const paths = { stateDir: await stateDirFor(context, globals, config) };
  const database = openDatabase(context, paths);
  if (database === null) return null;
  const names = new ColumnNames(config.machineName);
  const reader = MatchReader.open(readerOptions(context, paths, { database, names }));
  return {
    reader,
    async whole() {
      const { StoreReader } = await import('../engine/store-reader.ts');
      return StoreReader.over(reader);
    },
    [Symbol.dispose]() {
      reader[Symbol.dispose]();
      database.close();
    },
  };
}

export function wholeEntries(reader: EntryReader): FoundEntries {
  return { reader, whole: () => Promise.resolve(reader) };
}
