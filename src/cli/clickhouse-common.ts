/** What the subcommands of `logstead clickhouse` share. */
import { OperatorError } from '../base/errors.ts';
import { ClusterClient } from '../clickhouse/cluster-client.ts';
import { writerAccess } from '../clickhouse/ship-client.ts';
import type { ClickHouseSettings, Settings } from '../config/settings.ts';

/** The cluster of the config. */
export function clusterOf({ clickhouse, configPath }: Settings): ClickHouseSettings {
  if (clickhouse !== null) return clickhouse;
  throw new OperatorError('CONFIG_INVALID', `Cannot find the cluster: "${configPath}" names none`, {
    hint: 'Write a [clickhouse] section with `shards` into it',
  });
}

/** A connection to each shard, as the writer; closed together. */
export class ShardClients implements AsyncDisposable {
  readonly all: readonly ClusterClient[];

  constructor(cluster: ClickHouseSettings) {
    this.all = writerAccess(cluster).map((access) => new ClusterClient(access));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.all) await client[Symbol.asyncDispose]();
  }
}
