/**
 * Counts and statistics, made by the servers where the condition is exact; else null, and they are made of the rows by the
 * engine's own aggregations (`local`).
 */
import type { Clock } from '../base/clock.ts';
import {
  type Aggregation,
  checkGroups,
  GROUPS_MAX,
  type GroupCount,
  groupsOf,
  type HistogramRow,
  histogramOf,
  type NameCount,
  percentilesOf,
  type Stats,
  statsOf,
  topOf,
} from '../engine/aggregations.ts';
import type { AttributeName } from '../engine/attribute.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { type SearchRequest, StopCheck } from '../engine/search-request.ts';
import { stepTooShort } from '../query/time-chart.ts';
import { attributeSql } from './attribute-sql.ts';
import type { ClusterBridge } from './cluster-bridge.ts';
import { bridgeRequest, bucketSql, type ClusterQuery, clusterQuery } from './cluster-query.ts';
import { mergedGroups, nearestRank, numberFrom } from './cluster-table.ts';
import { EXACT_US } from './schema.ts';
import { numberExpression } from './text-condition.ts';

/** Groups of one answer: as many as the engine holds, and one more to know that there are too many. */
const LIMIT = `LIMIT ${GROUPS_MAX + 1}`;

type Options = Readonly<{ clock: Clock; database: string }>;

export class ClusterAggregations {
  readonly #bridge: ClusterBridge;
  readonly #options: Options;

  constructor(bridge: ClusterBridge, options: Options) {
    this.#bridge = bridge;
    this.#options = options;
  }

  count(request: SearchRequest): number | null {
    const query = this.#exact(request);
    if (query === null) return null;
    const [row] = this.#rows<[string]>(query, request, 'SELECT count()');
    return Number(row?.[0] ?? 0);
  }

  histogram(
    request: SearchRequest,
    { bucketUs, by = 'level' }: Readonly<{ bucketUs: number; by?: AttributeName }>,
  ): HistogramRow[] | null {
    const query = this.#exact(request);
    if (query === null) return null;
    const bucket = bucketSql(bucketUs, query.parameters);
    const { value, exists, spreads } = attributeSql(by, query.parameters);
    const buckets = new Map<number, { counts: Map<string, number>; total: number }>();
    const totals = this.#rows<[string, string]>(query, request, `SELECT ${bucket} AS b, count()`, {
      tail: `GROUP BY b ${LIMIT}`,
    });
    if (totals.length > GROUPS_MAX) {
      throw stepTooShort(
        bucketUs,
        totals.map(([index]) => Number(index) * bucketUs),
      );
    }
    for (const [index, total] of totals) {
      buckets.set(Number(index), { counts: new Map(), total: Number(total) });
    }
    const counts = this.#rows<[string, string, string]>(
      query,
      request,
      `SELECT ${bucket} AS b, ${value} AS v, count()`,
      { exists, spreads, tail: `GROUP BY b, v ${LIMIT}` },
    );
    checkGroups(counts.length);
    for (const [index, name, count] of counts) {
      // A bucket may have got its first entry between the two questions.
      const known = buckets.get(Number(index));
      known?.counts.set(name, (known.counts.get(name) ?? 0) + Number(count));
    }
    return [...buckets]
      .sort(([a], [b]) => a - b)
      .map(([index, { counts: byName, total }]) => ({
        startUs: index * bucketUs,
        counts: byName,
        total,
      }));
  }

  top(
    request: SearchRequest,
    { by, limit }: Readonly<{ by: AttributeName; limit: number }>,
  ): NameCount[] | null {
    return (
      this.groupBy(request, { by: [by] })
        ?.map(({ values, count }) => ({ name: values[0]!, count }))
        .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
        .slice(0, limit) ?? null
    );
  }

  groupBy(
    request: SearchRequest,
    { by }: Readonly<{ by: readonly AttributeName[] }>,
  ): GroupCount[] | null {
    const query = this.#exact(request);
    if (query === null) return null;
    const attributes = by.map((name) => attributeSql(name, query.parameters));
    const values = attributes.map(({ value }, index) => `${value} AS v${index}`).join(', ');
    const exists = attributes.flatMap((attribute) => attribute.exists ?? []).join(' AND ');
    const rows = this.#rows<string[]>(query, request, `SELECT ${values}, count()`, {
      exists: exists === '' ? null : exists,
      spreads: attributes.find(({ spreads }) => spreads !== null)?.spreads ?? null,
      tail: `GROUP BY ${by.map((_, index) => `v${index}`).join(', ')} ${LIMIT}`,
    });
    checkGroups(rows.length);
    return mergedGroups(rows)
      .map((group) => ({ ...group, key: JSON.stringify(group.values) }))
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .map(({ values: names, count }) => ({ values: names, count }));
  }

  percentiles(
    request: SearchRequest,
    { of, percentiles }: Readonly<{ of: string; percentiles: readonly number[] }>,
  ): (number | null)[] | null {
    const query = this.#exact(request);
    if (query === null) return null;
    const { value, exists, spreads } = attributeSql(of, query.parameters);
    const [row] = this.#rows<[(string | number | null)[]]>(
      query,
      request,
      `WITH arraySort(groupArray(${numberExpression(value)})) AS numbers SELECT arrayMap(p -> ${nearestRank('p')}, ${query.parameters.of(percentiles, 'Array(Float64)')})`,
      { exists, spreads },
    );
    return percentiles.map((_, index) => {
      const cell = row?.[0][index] ?? null;
      return cell === null ? null : numberFrom(cell);
    });
  }

  stats(request: SearchRequest): Stats | null {
    const query = this.#exact(request);
    if (query === null) return null;
    const counts = (by: AttributeName): Map<string, number> =>
      new Map(this.groupBy(request, { by: [by] })?.map(({ values, count }) => [values[0]!, count]));
    const [row] = this.#rows<[string, string, string]>(
      query,
      request,
      `SELECT count(), min(${EXACT_US}), max(${EXACT_US})`,
    );
    const total = Number(row?.[0] ?? 0);
    return {
      total,
      levels: counts('level'),
      sources: counts('source'),
      tags: counts('tag'),
      firstUs: total === 0 ? null : Number(row?.[1]),
      lastUs: total === 0 ? null : Number(row?.[2]),
    };
  }

  /** The engine's aggregations over the rows that come back. */
  local(reader: Pick<EntryReader, 'fold'>, request: SearchRequest) {
    const run = <T>({ open }: Aggregation<T>): T =>
      reader.fold(request, () => {
        const { take, result } = open();
        return { take: (batch) => take({ ...batch, weights: null }), result };
      });
    return {
      histogram: (options: Parameters<typeof histogramOf>[0]) => run(histogramOf(options)),
      top: (options: Parameters<typeof topOf>[0]) => run(topOf(options)),
      groupBy: (options: Parameters<typeof groupsOf>[0]) => run(groupsOf(options)),
      percentiles: (options: Parameters<typeof percentilesOf>[0]) => run(percentilesOf(options)),
      stats: () => run(statsOf()),
    };
  }

  #exact(request: SearchRequest): ClusterQuery | null {
    const query = clusterQuery(this.#options.database, request);
    return query.isExact ? query : null;
  }

  #rows<Row extends readonly unknown[]>(
    { from, where, parameters }: ClusterQuery,
    request: SearchRequest,
    select: string,
    parts: Readonly<{ exists?: string | null; spreads?: string | null; tail?: string }> = {},
  ): Row[] {
    const { exists = null, spreads = null, tail = '' } = parts;
    const conditions = exists === null ? where : `${where} AND ${exists}`;
    const spread = spreads === null ? '' : ` ARRAY JOIN ${spreads}`;
    const sql = `${select} FROM ${from}${spread} WHERE ${conditions} ${tail}`;
    const stop = new StopCheck(this.#options.clock, request);
    return this.#bridge.rows<Row>(bridgeRequest(sql, parameters, request), stop);
  }
}
