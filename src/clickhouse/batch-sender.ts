/**
 * Sends batches to one shard, each exactly once.
 *
 * Two locks on the same door: the server remembers the name of every insert for a while and drops a repetition, and before
 * anything is sent again that may have arrived, the rows of the batch are counted there. A part of a batch lies in one
 * partition, so it is there whole or not at all. Where the first lock holds what nobody has any more, because its rows were
 * removed, the batch gets another name.
 */
import { ROW_ENCODING_VERSION } from '../ingest/cluster-book.ts';
import type { BatchPart } from './batch-encoder.ts';
import type { ClusterClient } from './cluster-client.ts';
import { ClusterError } from './cluster-error.ts';
import { LOCAL_TABLE, SENT_COLUMNS } from './schema.ts';

export type SendRequest = Readonly<{
  writer: string;
  batch: number;
  parts: readonly BatchPart[];
  /** Whether an earlier attempt may have arrived. */
  mayBeThere: boolean;
  signal: AbortSignal;
}>;

/** More rows than a batch can have: a server must not cut an insert in two. */
const INSERT_ROWS_MAX = 4_000_000;
const INSERT_BYTES_MAX = 2 ** 31;

export async function sendBatch(
  client: ClusterClient,
  database: string,
  { writer, batch, parts, mayBeThere, signal }: SendRequest,
): Promise<void> {
  const table = `${database}.${LOCAL_TABLE}`;
  for (const part of parts) {
    const there = { writer, batch, part };
    if (mayBeThere && (await isThere(client, table, there))) continue;
    const token = `${writer}-${batch}-${ROW_ENCODING_VERSION}-${part.day}`;
    await insertPart(client, table, { part, token, signal });
    if (!mayBeThere || (await isThere(client, table, there))) continue;
    if (await remembersAlone(client, database)) {
      await insertPart(client, table, { part, token: `${token}-anew`, signal });
    }
  }
}

async function insertPart(
  client: ClusterClient,
  table: string,
  { part, token, signal }: Readonly<{ part: BatchPart; token: string; signal: AbortSignal }>,
): Promise<void> {
  await client.insert({
    doing: `send ${part.rowCount} entries`,
    sql: `INSERT INTO ${table} (${SENT_COLUMNS.join(', ')}) FORMAT RowBinary`,
    body: [part.body],
    signal,
    settings: {
      async_insert: 0,
      insert_deduplicate: 1,
      insert_deduplication_token: token,
      max_insert_block_size: String(INSERT_ROWS_MAX),
      min_insert_block_size_rows: String(INSERT_ROWS_MAX),
      min_insert_block_size_bytes: String(INSERT_BYTES_MAX),
    },
  });
}

/** Whether the server has at once what it remembers: a replica may have to fetch it from another one first. */
async function remembersAlone(client: ClusterClient, database: string): Promise<boolean> {
  const [row] = await client.rows<[string]>({
    doing: 'look at the table',
    sql: 'SELECT engine FROM system.tables WHERE database = {database:String} AND name = {table:String}',
    parameters: { database, table: LOCAL_TABLE },
  });
  return row?.[0] === 'MergeTree';
}

async function isThere(
  client: ClusterClient,
  table: string,
  { writer, batch, part }: Readonly<{ writer: string; batch: number; part: BatchPart }>,
): Promise<boolean> {
  const [row] = await client.rows<[string]>({
    doing: 'look whether a batch has arrived',
    sql: `SELECT count() FROM ${table}
      WHERE Timestamp BETWEEN fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND fromUnixTimestamp64Micro({until:Int64}, 'UTC')
        AND Batch = {batch:UInt64} AND Writer = {writer:String}`,
    parameters: { from: part.minUs, until: part.maxUs, batch, writer },
  });
  const count = Number(row?.[0]);
  if (count === 0) return false;
  if (count >= part.rowCount) return true;
  throw new ClusterError(
    'CLUSTER_FAILED',
    `Cannot send batch ${batch} again: "${client.address}" has ${count} of its ${part.rowCount} entries, which a server cannot do by itself`,
    {
      hint: `Somebody deleted rows. Remove the rest, and the whole batch is sent again: ALTER TABLE ${table} DELETE WHERE Writer = '${writer}' AND Batch = ${batch}`,
      isTransient: false,
    },
  );
}
