/** The entries and the record of arrivals that rules are rehearsed on: this machine's, or the cluster's with our record. */
import type { Database } from '../base/database.ts';
import { hostOf } from '../clickhouse/ship-client.ts';
import type { Settings } from '../config/settings.ts';
import type { RehearsalParts } from '../rehearsal/rehearse.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { openStored, storedBytes } from './open-database.ts';
import { openEntries } from './open-reader.ts';

export type OpenRehearsal = Disposable & Readonly<{ parts: RehearsalParts }>;

/** Null where nothing was ever stored. */
export async function openRehearsal(
  context: CliContext,
  { settings, globals }: Readonly<{ settings: Settings; globals: GlobalOptions }>,
): Promise<OpenRehearsal | null> {
  const entries = await openEntries(context, globals);
  if (entries === null) return null;
  const { reader, database, stateDir } = entries;
  if (database !== null) {
    const parts = { reader, database, host: null };
    return { parts, [Symbol.dispose]: () => entries[Symbol.dispose]() };
  }
  const own = openOwnState(stateDir);
  const host = settings.clickhouse === null ? null : hostOf(settings.clickhouse);
  return {
    parts: { reader, database: own, host },
    [Symbol.dispose]() {
      own?.close();
      entries[Symbol.dispose]();
    },
  };
}

/** Whoever only asks a cluster has none. */
function openOwnState(stateDir: string): Database | null {
  return storedBytes({ stateDir }) === null ? null : openStored({ stateDir });
}
