/** Makes and mends the tables on one server: what `logstead clickhouse setup` runs. Every step may be repeated. */
import type { ClickHouseSettings } from '../config/settings.ts';
import type { ClusterClient } from './cluster-client.ts';
import { ClusterError } from './cluster-error.ts';
import {
  CLUSTER_TABLE,
  COLUMNS,
  columnText,
  createStatements,
  LOCAL_TABLE,
  SCHEMA_VERSION,
  ttlText,
} from './schema.ts';
import { checkVersion, tableDifferences } from './server-check.ts';

export type SetupResult = Readonly<{
  address: string;
  version: string;
  /** What was changed of tables that were there. */
  changes: readonly string[];
}>;

export async function setUpServer(
  client: ClusterClient,
  settings: ClickHouseSettings,
  nowMs: () => number,
): Promise<SetupResult> {
  const { version } = await checkVersion(client, nowMs);
  for (const sql of createStatements(settings))
    await client.command({ doing: 'make the tables', sql });
  const changes = await mend(client, settings);
  const differences = await tableDifferences(client, settings.database);
  if (differences.length > 0) {
    throw new ClusterError(
      'CLUSTER_UNSUITABLE',
      `Cannot mend the table "${settings.database}.${LOCAL_TABLE}" on "${client.address}": ${differences.join('; ')}`,
      {
        hint: 'A column of another type holds data that only you can judge: change it back with ALTER TABLE … MODIFY COLUMN, or rename the table and run setup again',
        isTransient: false,
      },
    );
  }
  return { address: client.address, version, changes };
}

async function mend(client: ClusterClient, settings: ClickHouseSettings): Promise<string[]> {
  const { database } = settings;
  const changes: string[] = [];
  for (const table of [LOCAL_TABLE, CLUSTER_TABLE]) {
    const found = await client.rows<[string]>({
      doing: 'look at the tables',
      sql: 'SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String}',
      parameters: { database, table },
    });
    const names = new Set(found.map(([name]) => name));
    for (const column of COLUMNS.filter(({ name }) => !names.has(name))) {
      // A codec means nothing to the view on all shards.
      const { codec: _, ...plain } = column;
      const text = columnText(table === LOCAL_TABLE ? column : plain);
      const sql = `ALTER TABLE ${database}.${table} ADD COLUMN IF NOT EXISTS ${text}`;
      await client.command({ doing: 'add a column', sql });
      changes.push(`${table}: added the column ${column.name}`);
    }
  }
  return [...changes, ...(await mendTtl(client, settings))];
}

async function mendTtl(client: ClusterClient, settings: ClickHouseSettings): Promise<string[]> {
  const { database } = settings;
  const [row] = await client.rows<[string]>({
    doing: 'look at the tables',
    sql: 'SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = {table:String}',
    parameters: { database, table: LOCAL_TABLE },
  });
  const wanted = ttlText(settings);
  if (row?.[0].includes(wanted)) return [];
  await client.command({
    doing: 'change how long entries are kept',
    sql: `ALTER TABLE ${database}.${LOCAL_TABLE} MODIFY TTL ${wanted}`,
  });
  await client.command({
    doing: 'note the version of the table',
    sql: `ALTER TABLE ${database}.${LOCAL_TABLE} MODIFY COMMENT 'logstead ${SCHEMA_VERSION}'`,
  });
  return [`${LOCAL_TABLE}: entries are kept for another time from now on`];
}
