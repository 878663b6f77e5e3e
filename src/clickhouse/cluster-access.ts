/** Which engine answers a query, and how the cluster is reached where it is the cluster. */
import { OperatorError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import type { ShardAccess } from './cluster-client.ts';
import { readerAccess } from './ship-client.ts';

export type AskedEngine = 'local' | 'clickhouse';

/** What a reader needs, as plain data: it crosses to query threads. */
export type ClusterAccess = Readonly<{ access: ShardAccess; database: string }>;

/** What decides about it. */
export type Engines = Pick<Settings, 'store' | 'clickhouse'>;

/** `asked`: what the command line says; else the config decides. */
export function askedEngine({ store }: Engines, asked: AskedEngine | undefined): AskedEngine {
  return asked ?? (store.engine === 'clickhouse' ? 'clickhouse' : 'local');
}

/** Null where queries are answered by the local store. */
export function clusterAccess(settings: Engines, asked?: AskedEngine): ClusterAccess | null {
  if (askedEngine(settings, asked) === 'local') return null;
  const { clickhouse } = settings;
  if (clickhouse === null) {
    throw new OperatorError('CONFIG_INVALID', 'Cannot ask the cluster: none is set', {
      hint: 'Write a [clickhouse] section with `shards` into the config',
    });
  }
  return { access: readerAccess(clickhouse), database: clickhouse.database };
}
