/** A request to the reader → the parts of a query over the cluster's table. */
import type { SearchRequest } from '../engine/search-request.ts';
import type { Filter } from '../query/query-tree.ts';
import type { BridgeRequest } from './cluster-bridge.ts';
import { CLUSTER_TABLE, EXACT_US, ORDER_BUCKET, TIMESTAMP_US_MAX } from './schema.ts';
import { filterCondition } from './sql-filter.ts';
import { SqlParameters } from './sql-text.ts';

/** How long after the insert began its rows can be seen everywhere: live tails look no nearer to the present. */
export const SETTLED_US = 2_000_000;

export type ClusterQuery = Readonly<{
  parameters: SqlParameters;
  /** Database and table. */
  from: string;
  where: string;
  /** Whether `where` leaves exactly what is asked for; else the program's own matcher has to look at the rows. */
  isExact: boolean;
}>;

export function clusterQuery(database: string, request: SearchRequest): ClusterQuery {
  const { query, fromUs = null, untilUs = null, arrived, host } = request;
  const { afterSequence, upToSequence } = request;
  const parameters = new SqlParameters();
  const time: Filter = { kind: 'time', fromUs, untilUs };
  const { sql, isExact } = filterCondition({ kind: 'and', parts: [time, query] }, parameters);
  const conditions = [sql];
  if (host !== undefined) conditions.push(`Host = ${parameters.of(host, 'String')}`);
  if (arrived !== undefined) {
    const from = parameters.of(arrived.from, 'UInt64');
    const until = parameters.of(arrived.until, 'UInt64');
    conditions.push(`Sequence >= ${from} AND Sequence < ${until}`);
  }
  if (afterSequence !== undefined) {
    const after = parameters.of(afterSequence, 'Int64');
    conditions.push(
      `InsertedAt > fromUnixTimestamp64Micro(${after}, 'UTC')`,
      `InsertedAt <= now64(6) - toIntervalMicrosecond(${SETTLED_US})`,
    );
  }
  if (upToSequence !== undefined) {
    const upTo = parameters.of(upToSequence, 'Int64');
    conditions.push(`InsertedAt <= fromUnixTimestamp64Micro(${upTo}, 'UTC')`);
  }
  return {
    parameters,
    from: `${database}.${CLUSTER_TABLE}`,
    where: conditions.join(' AND '),
    isExact,
  };
}

/** The number of the piece of time that an entry lies in; those before 1970 have numbers below 0. */
export function bucketSql(bucketUs: number, parameters: SqlParameters): string {
  const step = parameters.of(bucketUs, 'Int64');
  return `intDiv(${EXACT_US} - positiveModulo(${EXACT_US}, ${step}), ${step})`;
}

/** By time, then by machine and arrival; what came from archives by its place in its file. */
const ORDER = ['Timestamp', 'ExactUs', 'Host', 'Sequence', 'Generation', 'Offset'];

/** The first key is that of the table, so that a server reads no further than the rows that are wanted. */
export function orderSql(order: 'newest' | 'oldest'): string {
  const direction = order === 'newest' ? 'DESC' : 'ASC';
  return [ORDER_BUCKET, ...ORDER].map((key) => `${key} ${direction}`).join(', ');
}

/** Only what lies behind the cursor in the direction of the order. */
export function afterSql(
  { order = 'newest', after }: SearchRequest,
  parameters: SqlParameters,
): string | null {
  if (after === undefined) return null;
  const { timestampUs, sequence, place } = after;
  const clampedUs = Math.min(TIMESTAMP_US_MAX, Math.max(0, timestampUs));
  const us = parameters.of(clampedUs, 'Int64');
  const exactUs = parameters.of(timestampUs === clampedUs ? 0 : Math.round(timestampUs), 'Int64');
  const time = `fromUnixTimestamp64Micro(${us}, 'UTC')`;
  const sign = order === 'newest' ? '<' : '>';
  const behind =
    place === undefined
      ? `(Timestamp, ExactUs, Sequence) ${sign} (${time}, ${exactUs}, ${parameters.of(sequence, 'UInt64')})`
      : `(Timestamp, ExactUs, Host, Sequence, Generation, Offset) ${sign} (${time}, ${exactUs}, ${parameters.of(place.host, 'String')}, ${parameters.of(sequence, 'UInt64')}, ${parameters.of(place.generation, 'UInt32')}, ${parameters.of(place.offset, 'UInt64')})`;
  // The time alone first: it is what the table is sorted by.
  return `Timestamp ${sign}= ${time} AND ${behind}`;
}

/** Shortest time a server is given; less is no time at all. */
const SECONDS_MIN = 0.1;

export function bridgeRequest(
  sql: string,
  parameters: SqlParameters,
  { deadlineMs }: Pick<SearchRequest, 'deadlineMs'>,
): BridgeRequest {
  const seconds = Math.max(SECONDS_MIN, (deadlineMs ?? 0) / 1_000);
  return {
    doing: 'ask the cluster',
    sql,
    parameters: parameters.values,
    settings: {
      // Part of an answer is no answer.
      skip_unavailable_shards: 0,
      optimize_read_in_order: 1,
      cancel_http_readonly_queries_on_client_close: 1,
      output_format_json_quote_64bit_integers: 1,
      // Else what is too large for a double comes as NULL, as if there were no number.
      output_format_json_quote_denormals: 1,
      ...(deadlineMs === undefined ? {} : { max_execution_time: String(seconds) }),
    },
  };
}
