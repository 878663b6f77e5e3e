/**
 * Proof that the cluster has what this machine has: entries and checksums by hour and source, on both sides.
 *
 * Compared is what arrived before the first entry that still waits, and lies behind what retention took from here and `ttl`
 * lets the cluster forget.
 */
import type { Database } from '../base/database.ts';
import { readMeta } from '../base/state-meta.ts';
import { readCatalog } from '../engine/catalog.ts';
import { EXPIRED_THROUGH_US } from '../engine/retention.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { firstPendingSequence } from '../ingest/cluster-queue.ts';
import { ARRIVED_SQL } from './archive-sender.ts';
import type { ClusterClient } from './cluster-client.ts';
import { bucketSql } from './cluster-query.ts';
import { ROW_HASH_SQL, rowHash } from './row-hash.ts';
import { LOCAL_TABLE } from './schema.ts';
import { filterCondition } from './sql-filter.ts';
import { SqlParameters } from './sql-text.ts';

const HOUR_US = 3_600_000_000;
const HASH_MODULUS = 2 ** 32;

export type HourSum = Readonly<{ count: number; sum: number; xor: number }>;

export type Difference = Readonly<{
  hourUs: number;
  source: string;
  here: HourSum | null;
  there: HourSum | null;
}>;

export type Verification = Readonly<{
  entryCount: number;
  /** Pairs of hour and source that were compared. */
  cellCount: number;
  differences: readonly Difference[];
  /** Entries here that wait to be sent, or that a backfill has still to name: not compared. */
  waitingFromSequence: number | null;
  /** Hours up to this moment are left out. */
  fromUs: number | null;
  /** Why: retention has taken entries of them here, or the cluster lets go of them by its `ttl`. */
  leftOutBy: 'retention' | 'ttl' | null;
}>;

export type VerifyParts = Readonly<{
  database: Database;
  reader: StoreReader;
  clients: readonly ClusterClient[];
  databaseName: string;
  host: string;
  /** What is older the cluster may have let go of. */
  keptFromUs: number;
}>;

export async function verify(parts: VerifyParts): Promise<Verification> {
  const { database } = parts;
  const pending = firstPendingSequence(database);
  const { fromUs, leftOutBy } = comparedFrom(parts);
  const range = { fromUs, untilSequence: pending ?? parts.reader.newestSequence() + 1 };
  const here = localSums(parts, range);
  const there = await clusterSums(parts, range);
  const differences: Difference[] = [];
  for (const key of new Set([...here.keys(), ...there.keys()])) {
    const [one, other] = [here.get(key) ?? null, there.get(key) ?? null];
    if (one?.count === other?.count && one?.sum === other?.sum && one?.xor === other?.xor) continue;
    const [hour, source] = JSON.parse(key) as [number, string];
    differences.push({ hourUs: hour * HOUR_US, source, here: one, there: other });
  }
  return {
    entryCount: [...here.values()].reduce((sum, { count }) => sum + count, 0),
    cellCount: new Set([...here.keys(), ...there.keys()]).size,
    differences: differences.sort((a, b) => a.hourUs - b.hourUs || (a.source < b.source ? -1 : 1)),
    waitingFromSequence: pending,
    fromUs,
    leftOutBy,
  };
}

/** Hours count as a whole; one more for a clock that is behind, and for the time that comparing takes. */
function comparedFrom({
  database,
  keptFromUs,
}: VerifyParts): Pick<Verification, 'fromUs' | 'leftOutBy'> {
  const nextHour = (us: number): number => (Math.floor(us / HOUR_US) + 1) * HOUR_US;
  const expiredUs = readMeta(database, EXPIRED_THROUGH_US);
  const hereFromUs = expiredUs === null ? null : nextHour(expiredUs);
  const thereFromUs = nextHour(keptFromUs + HOUR_US);
  const oldestUs = readCatalog(database).reduce(
    (least, row) => Math.min(least, row.minUs),
    Infinity,
  );
  if (Math.max(oldestUs, hereFromUs ?? -Infinity) < thereFromUs) {
    return { fromUs: thereFromUs, leftOutBy: 'ttl' };
  }
  return { fromUs: hereFromUs, leftOutBy: hereFromUs === null ? null : 'retention' };
}

type Range = Readonly<{ fromUs: number | null; untilSequence: number }>;

function localSums({ reader, host }: VerifyParts, range: Range): Map<string, HourSum> {
  const { fromUs, untilSequence } = range;
  return reader.fold({ query: { kind: 'everything' }, fromUs }, () => {
    const sums = new Map<string, { count: number; sum: number; xor: number }>();
    return {
      take({ columns, rows, count }) {
        for (let index = 0; index < count; index += 1) {
          const row = rows[index]!;
          if (columns.sequence[row]! >= untilSequence) continue;
          const hour = Math.floor(columns.timestampUs[row]! / HOUR_US);
          const key = JSON.stringify([hour, columns.names.sources.valueOf(columns.source[row]!)]);
          let cell = sums.get(key);
          if (cell === undefined) {
            cell = { count: 0, sum: 0, xor: 0 };
            sums.set(key, cell);
          }
          const hash = rowHash(columns, row, host);
          cell.count += 1;
          cell.sum = (cell.sum + hash) % HASH_MODULUS;
          cell.xor = (cell.xor ^ hash) >>> 0;
        }
      },
      result: () => sums,
    };
  });
}

async function clusterSums(
  { clients, databaseName, host }: VerifyParts,
  { fromUs, untilSequence }: Range,
): Promise<Map<string, HourSum>> {
  const sums = new Map<string, HourSum>();
  for (const client of clients) {
    const parameters = new SqlParameters();
    const time = filterCondition({ kind: 'time', fromUs, untilUs: null }, parameters);
    const rows = await client.rows<[string, string, string, string, string]>({
      doing: 'add up what the cluster has',
      sql: `SELECT ${bucketSql(HOUR_US, parameters)} AS hour, toString(ServiceName) AS source, count(), sum(toUInt64(${ROW_HASH_SQL})) % ${HASH_MODULUS}, groupBitXor(${ROW_HASH_SQL})
        FROM ${databaseName}.${LOCAL_TABLE}
        WHERE Host = ${parameters.of(host, 'String')} AND Sequence < ${parameters.of(untilSequence, 'UInt64')} AND ${ARRIVED_SQL} AND ${time.sql}
        GROUP BY hour, source`,
      parameters: parameters.values,
    });
    for (const [hour, source, count, sum, xor] of rows) {
      const key = JSON.stringify([Number(hour), source]);
      const known = sums.get(key) ?? { count: 0, sum: 0, xor: 0 };
      sums.set(key, {
        count: known.count + Number(count),
        sum: (known.sum + Number(sum)) % HASH_MODULUS,
        xor: (known.xor ^ Number(xor)) >>> 0,
      });
    }
  }
  return sums;
}
