/**
 * Entries of a cluster, asked for as those of the local store are: the same requests, the same answers.
 *
 * What SQL says exactly is answered by the servers alone. Where it only narrows down (regular expressions, letters beyond
 * ASCII), rows come back and the matcher of the program decides: slower, never different. An answer that breaks
 * off, a shard that is down, a deadline: all throw; nothing is shown in part.
 */
import type { Clock } from '../base/clock.ts';
import type { GroupCount, HistogramRow, NameCount, Stats } from '../engine/aggregations.ts';
import type { AttributeName } from '../engine/attribute.ts';
import type { ContextRequest } from '../engine/entry-context.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { Matches } from '../engine/ordered-scan.ts';
import { PatternBook } from '../engine/pattern-book.ts';
import { type Cursor, cursorAt, type SearchRequest, StopCheck } from '../engine/search-request.ts';
import type { Folding, FoldLook } from '../engine/store-reader.ts';
import { ColumnNames, copyRow, EntryColumns } from '../model/entry-columns.ts';
import { compileFilter } from '../query/compile-filter.ts';
import type { Stage } from '../query/stage-tree.ts';
import type { Table } from '../query/table.ts';
import { ClusterAggregations } from './cluster-aggregations.ts';
import { ClusterBridge } from './cluster-bridge.ts';
import type { ShardAccess } from './cluster-client.ts';
import { afterSql, bridgeRequest, clusterQuery, orderSql, SETTLED_US } from './cluster-query.ts';
import { clusterTable } from './cluster-table.ts';
import { RowDecoder, rowColumns } from './row-decoder.ts';
import { CLUSTER_TABLE, TIMESTAMP_US_MAX } from './schema.ts';
import { SqlParameters } from './sql-text.ts';

export type ClusterReaderOptions = Readonly<{
  clock: Clock;
  access: ShardAccess;
  database: string;
  names?: ColumnNames;
  /** Whether original bytes are fetched too: only `search --raw` prints them. */
  withRaw?: boolean;
}>;

/** Rows asked for at a time: whoever has enough asks for no more, and no query has to be torn off. */
const PAGE_ROWS_MAX = 20_000;

/** What a page held, whether it matched or not. */
type Seen = { count: number; last: Cursor | null };

export class ClusterReader implements EntryReader {
  readonly names: ColumnNames;
  readonly damaged: EntryReader['damaged'] = [];
  readonly #clock: Clock;
  readonly #database: string;
  readonly #withRaw: boolean;
  readonly #bridge: ClusterBridge;
  readonly #aggregations: ClusterAggregations;

  constructor(options: ClusterReaderOptions) {
    this.names = options.names ?? new ColumnNames();
    this.#clock = options.clock;
    this.#database = options.database;
    this.#withRaw = options.withRaw ?? false;
    this.#bridge = new ClusterBridge(options.access);
    this.#aggregations = new ClusterAggregations(this.#bridge, options);
  }

  entryCount(): number {
    return this.count({ query: { kind: 'everything' } });
  }

  /** The present of the servers, as far as it is settled: what comes later has a larger number. */
  newestSequence(): number {
    const [row] = this.#bridge.rows<[string]>(
      {
        doing: 'ask the cluster for its time',
        sql: 'SELECT toUnixTimestamp64Micro(now64(6))',
        parameters: {},
        settings: { output_format_json_quote_64bit_integers: 1 },
      },
      new StopCheck(this.#clock, { query: { kind: 'everything' } }),
    );
    return Number(row?.[0]) - SETTLED_US;
  }

  *matches(request: SearchRequest): Generator<Matches, void, void> {
    const limit = request.limit ?? 0;
    const order = orderSql(request.order ?? 'newest');
    const pageRows = this.#pageRows(request);
    let given = 0;
    let page = request;
    for (;;) {
      const seen: Seen = { count: 0, last: null };
      for (const matches of this.#rows({ ...page, limit: pageRows }, order, seen)) {
        const count = limit === 0 ? matches.count : Math.min(matches.count, limit - given);
        given += count;
        if (count > 0) yield { ...matches, count };
        if (limit > 0 && given === limit) return;
      }
      if (seen.count < pageRows || seen.last === null) return;
      page = { ...request, after: seen.last };
    }
  }

  /** Around an entry in its file, in order of arrival. Machines number for themselves: the newest of that number is meant. */
  context({ sequence, before, after, at }: ContextRequest): Matches | null {
    const all = new EntryColumns(this.names);
    const stop = new StopCheck(this.#clock, { query: { kind: 'everything' } });
    const take = (where: string, parameters: SqlParameters): number[] => {
      const sql = `SELECT ${rowColumns({ withRaw: this.#withRaw })} FROM ${this.#database}.${CLUSTER_TABLE} WHERE ${where} FORMAT RowBinary`;
      const options = { withRaw: this.#withRaw };
      const decoder = new RowDecoder(new EntryColumns(this.names), options);
      const taken: number[] = [];
      for (const piece of this.#bridge.stream(bridgeRequest(sql, parameters, {}), stop)) {
        decoder.take(piece);
        for (let row = 0; row < decoder.columns.count; row += 1) {
          taken.push(copyRow(decoder.columns, row, all));
        }
      }
      return taken;
    };
    const own = new SqlParameters();
    const [self] = take(
      `${placeSql(at, own)}Sequence = ${own.of(sequence, 'UInt64')} ORDER BY Timestamp DESC LIMIT 1`,
      own,
    );
    if (self === undefined) return null;
    const near = (sign: '<' | '>', count: number): number[] => {
      const parameters = new SqlParameters();
      const host = parameters.of(this.names.hosts.valueOf(all.host[self]!), 'String');
      const generation = parameters.of(all.generation[self]!, 'UInt32');
      const number = parameters.of(sequence, 'UInt64');
      const limit = parameters.of(count, 'UInt64');
      return take(
        `Host = ${host} AND Generation = ${generation} AND Sequence ${sign} ${number} ORDER BY Sequence ${sign === '<' ? 'DESC' : 'ASC'} LIMIT ${limit}`,
        parameters,
      );
    };
    const rows = Int32Array.from([...near('<', before).reverse(), self, ...near('>', after)]);
    return { columns: all, rows, count: rows.length };
  }

  fold<T>(
    request: SearchRequest,
    open: (patterns: PatternBook | null) => Folding<T>,
    { patternsMax = 0 }: Partial<FoldLook> = {},
  ): T {
    const book = patternsMax > 0 ? new PatternBook(patternsMax) : null;
    const folding = open(book);
    for (const batch of this.#rows({ ...request, limit: 0 }, null)) {
      folding.take({ ...batch, patterns: book === null ? null : patternsOf(batch, book) });
    }
    return folding.result();
  }

  count(request: SearchRequest): number {
    return this.#aggregations.count(request) ?? this.#counted(request);
  }

  histogram(
    request: SearchRequest,
    options: Readonly<{ bucketUs: number; by?: AttributeName }>,
  ): HistogramRow[] {
    return (
      this.#aggregations.histogram(request, options) ??
      this.#aggregations.local(this, request).histogram(options)
    );
  }

  top(
    request: SearchRequest,
    options: Readonly<{ by: AttributeName; limit: number }>,
  ): NameCount[] {
    return (
      this.#aggregations.top(request, options) ??
      this.#aggregations.local(this, request).top(options)
    );
  }

  groupBy(
    request: SearchRequest,
    options: Readonly<{ by: readonly AttributeName[] }>,
  ): GroupCount[] {
    return (
      this.#aggregations.groupBy(request, options) ??
      this.#aggregations.local(this, request).groupBy(options)
    );
  }

  distinct(request: SearchRequest, options: Readonly<{ of: AttributeName }>): number {
    return this.top(request, { by: options.of, limit: Number.POSITIVE_INFINITY }).length;
  }

  percentiles(
    request: SearchRequest,
    options: Readonly<{ of: string; percentiles: readonly number[] }>,
  ): (number | null)[] {
    return (
      this.#aggregations.percentiles(request, options) ??
      this.#aggregations.local(this, request).percentiles(options)
    );
  }

  stats(request: SearchRequest): Stats {
    return this.#aggregations.stats(request) ?? this.#aggregations.local(this, request).stats();
  }

  table(request: SearchRequest, stage: Stage): Table | null {
    const query = clusterQuery(this.#database, request);
    if (!query.isExact) return null;
    return clusterTable(this.#bridge, query, {
      stage,
      request,
      stop: new StopCheck(this.#clock, request),
    });
  }

  [Symbol.dispose](): void {
    this.#bridge[Symbol.dispose]();
  }

  /** What only the matcher decides about may leave few of a page. */
  #pageRows(request: SearchRequest): number {
    const { limit = 0 } = request;
    const isSmall = limit > 0 && clusterQuery(this.#database, request).isExact;
    return isSmall ? Math.min(limit, PAGE_ROWS_MAX) : PAGE_ROWS_MAX;
  }

  #counted(request: SearchRequest): number {
    return this.fold(request, () => {
      let total = 0;
      return {
        take: ({ count }) => {
          total += count;
        },
        result: () => total,
      };
    });
  }

  /** Matching rows as they come; each batch is valid until the next. */
  *#rows(
    request: SearchRequest,
    order: string | null,
    seen: Seen = { count: 0, last: null },
  ): Generator<Matches, void, void> {
    const { parameters, from, where, isExact } = clusterQuery(this.#database, request);
    const after = afterSql(request, parameters);
    const limit = request.limit ?? 0;
    const sql = [
      `SELECT ${rowColumns({ withRaw: this.#withRaw })} FROM ${from}`,
      `WHERE ${after === null ? where : `${where} AND ${after}`}`,
      order === null ? '' : `ORDER BY ${order}`,
      limit > 0 ? `LIMIT ${parameters.of(limit, 'UInt64')}` : '',
      'FORMAT RowBinary',
    ].join(' ');
    const passes = isExact ? null : compileFilter(request.query, this.names);
    const columns = new EntryColumns(this.names);
    const decoder = new RowDecoder(columns, { withRaw: this.#withRaw });
    const { arrivals } = decoder;
    const stop = new StopCheck(this.#clock, request);
    for (const piece of this.#bridge.stream(bridgeRequest(sql, parameters, request), stop)) {
      decoder.take(piece);
      const rows = new Int32Array(columns.count);
      let count = 0;
      for (let row = 0; row < columns.count; row += 1) {
        if (passes !== null && !passes(columns, row)) continue;
        rows[count] = row;
        count += 1;
      }
      if (columns.count > 0) {
        seen.count += columns.count;
        seen.last = cursorAt(columns, columns.count - 1);
      }
      if (count > 0) yield { columns, rows, count, arrivals };
    }
    if (!decoder.isDone) throw new RangeError('an answer of the cluster ended inside a row');
  }
}

/** By row, as a segment would give them. */
function patternsOf({ columns, rows, count }: Matches, book: PatternBook): Int32Array {
  const numbers = new Int32Array(columns.count);
  for (let index = 0; index < count; index += 1) {
    const row = rows[index]!;
    numbers[row] = book.numberOf(columns, row);
  }
  return numbers;
}

/** The time finds an entry at once; without it the whole table is looked through. */
function placeSql(at: Cursor | undefined, parameters: SqlParameters): string {
  if (at === undefined) return '';
  const us = Math.min(TIMESTAMP_US_MAX, Math.max(0, at.timestampUs));
  const time = `Timestamp = fromUnixTimestamp64Micro(${parameters.of(us, 'Int64')}, 'UTC') AND `;
  const { place } = at;
  if (place === undefined) return time;
  return `${time}Host = ${parameters.of(place.host, 'String')} AND Generation = ${parameters.of(place.generation, 'UInt32')} AND Offset = ${parameters.of(place.offset, 'UInt64')} AND `;
}
