/** What the cluster has of this machine, by arrival number: asked where the record of it was lost with the database. */
import type { ClickHouseSettings } from '../config/settings.ts';
import type { SequenceSpan } from '../ingest/cluster-book.ts';
import { ARRIVED_SQL } from './archive-sender.ts';
import { ClusterClient } from './cluster-client.ts';
import { ClusterError } from './cluster-error.ts';
import { CLUSTER_TABLE } from './schema.ts';
import { hostOf, readerAccess } from './ship-client.ts';

/** Arrival numbers asked for at once: bounds what a server holds in memory. */
const STEP = 20_000_000;
/** Retention takes whole days, so real runs are few; each is a row in the book and looked at while sending. */
const SPANS_MAX = 100_000;

export async function findSpans(cluster: ClickHouseSettings): Promise<SequenceSpan[]> {
  await using client = new ClusterClient(readerAccess(cluster));

  const table = `${cluster.database}.${CLUSTER_TABLE}`;
  const host = hostOf(cluster);
  const spans: { from: number; until: number }[] = [];
  for (let from = 0; ; from = await nextFrom(client, table, { host, from: from + STEP })) {
    if (from < 0) return spans;
    const runs = await client.rows<[string, string]>({
      doing: 'ask which entries of this machine the cluster has',
      sql: `SELECT min(Sequence) AS first, max(Sequence) + 1 FROM
        (SELECT Sequence, Sequence - row_number() OVER (ORDER BY Sequence) AS run FROM
          (SELECT DISTINCT Sequence FROM ${table} WHERE Host = {host:String} AND Sequence >= {from:UInt64} AND Sequence < {until:UInt64} AND ${ARRIVED_SQL}))
        GROUP BY run ORDER BY first`,
      parameters: { host, from, until: from + STEP },
    });
    for (const [first, until] of runs) {
      const last = spans.at(-1);
      if (last?.until === Number(first)) last.until = Number(until);
      else spans.push({ from: Number(first), until: Number(until) });
    }
    if (spans.length > SPANS_MAX) throw tooTorn(table, host, spans.length);
  }
}

/** The smallest arrival number from here on; -1: there is none. */
async function nextFrom(
  client: ClusterClient,
  table: string,
  { host, from }: Readonly<{ host: string; from: number }>,
): Promise<number> {
  const [row] = await client.rows<[string, string]>({
    doing: 'ask which entries of this machine the cluster has',
    sql: `SELECT count(), min(Sequence) FROM ${table} WHERE Host = {host:String} AND Sequence >= {from:UInt64} AND ${ARRIVED_SQL}`,
    parameters: { host, from },
  });
  return row === undefined || row[0] === '0' ? -1 : Number(row[1]);
}

function tooTorn(table: string, host: string, found: number): ClusterError {
  return new ClusterError(
    'CLUSTER_FAILED',
    `Cannot tell what the cluster has of "${host}": its entries lie in more than ${SPANS_MAX} runs (${found} and more), which is more than can be compared`,
    {
      hint: `Take them out and send everything again: ALTER TABLE ${table} DELETE WHERE Host = '${host}' (on each shard, in otel_logs_local), then "logstead clickhouse backfill"`,
      isTransient: false,
    },
  );
}
