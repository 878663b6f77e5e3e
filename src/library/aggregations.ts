/** Aggregations of an embedding program: groups, top values, histograms, percentiles, and its own. */
import type { AttributeName } from '../engine/attribute.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { entryAt } from '../model/entry-at.ts';
import type { Filter } from '../query/query-tree.ts';
import { checkCount, checkGiven, checkKeys, found, functionNamed, isTexts } from './checks.ts';
import { LogEntry } from './log-entry.ts';
import type { Aggregation } from './options.ts';
import type { LogConditions } from './queries.ts';

/** Exactly one of the last five says what is worked out. */
export type AggregationRequest = LogConditions &
  Readonly<{
    /** Counts per combination of values: `level`, `source`, `tag`, `file` or fields. */
    groupBy?: readonly AttributeName[];
    /** The most frequent values of one. */
    top?: Readonly<{ by: AttributeName; limit: number }>;
    /** Counts over time. */
    histogram?: Readonly<{ bucketMs: number; by?: AttributeName }>;
    /** Nearest rank, of a numeric field. */
    percentiles?: Readonly<{ of: string; ranks: readonly number[] }>;
    /** The name of one of your own. */
    aggregation?: string;
  }>;

export type Aggregated =
  | Readonly<{
      kind: 'groups';
      groups: readonly Readonly<{ values: readonly string[]; count: number }>[];
    }>
  | Readonly<{ kind: 'top'; values: readonly Readonly<{ name: string; count: number }>[] }>
  | Readonly<{
      kind: 'histogram';
      buckets: readonly Readonly<{
        start: Date;
        total: number;
        counts: Readonly<Record<string, number>>;
      }>[];
    }>
  | Readonly<{ kind: 'percentiles'; values: readonly (number | null)[] }>
  | Readonly<{ kind: 'own'; result: unknown }>;

/** A request by what it asks for, and its answer by its kind. */
export type Asking<Name extends keyof AggregationRequest> = AggregationRequest &
  Required<Pick<AggregationRequest, Name>>;
export type AggregatedAs<Kind extends Aggregated['kind']> = Extract<Aggregated, { kind: Kind }>;

const ASKED = ['groupBy', 'top', 'histogram', 'percentiles', 'aggregation'] as const;

type Context = Readonly<{
  request: AggregationRequest;
  query: Filter;
  own: Readonly<Record<string, Aggregation<unknown>>>;
}>;

/** Throws TypeError where the request does not say what, or names an aggregation that is not there; RangeError for numbers that cannot be meant. */
export function aggregate(reader: StoreReader, context: Context): Aggregated {
  const { query, request } = context;
  const { groupBy, top, histogram, percentiles, aggregation } = request;
  const asked = ASKED.filter((name) => request[name] !== undefined);
  if (asked.length > 1) {
    throw new TypeError(`Cannot aggregate: found ${asked.join(' and ')}: expected one of them`);
  }
  if (groupBy !== undefined) {
    if (!isTexts(groupBy)) throw refusedName('groupBy is', groupBy, 'an array of strings');
    return { kind: 'groups', groups: reader.groupBy({ query }, { by: groupBy }) };
  }
  if (top !== undefined) {
    checkParts('top', top, ['by', 'limit']);
    // A program in JavaScript may leave it out for all.
    const { limit = Number.POSITIVE_INFINITY } = top;
    if (limit !== Number.POSITIVE_INFINITY) checkCount('Cannot aggregate', 'limit', limit);
    checkName('by of top is', top.by);
    return { kind: 'top', values: reader.top({ query }, top) };
  }
  if (histogram !== undefined) {
    checkParts('histogram', histogram, ['bucketMs', 'by']);
    return { kind: 'histogram', buckets: bucketsOf(reader, query, histogram) };
  }
  if (percentiles !== undefined) {
    checkParts('percentiles', percentiles, ['of', 'ranks']);
    const { of, ranks } = percentiles;
    checkName('of of percentiles is', of);
    checkRanks(ranks);
    return {
      kind: 'percentiles',
      values: reader.percentiles({ query }, { of, percentiles: ranks }),
    };
  }
  if (aggregation !== undefined)
    return { kind: 'own', result: runOwn(reader, context, aggregation) };
  throw new TypeError('Cannot aggregate: give groupBy, top, histogram, percentiles or aggregation');
}

function checkParts(name: string, given: object, known: readonly string[]): void {
  checkGiven(`Cannot aggregate: ${name}`, given);
  checkKeys(`Cannot aggregate: ${name}`, given, known);
}

function checkName(what: string, name: unknown): void {
  if (typeof name !== 'string') throw refusedName(what, name, 'a string');
}

function refusedName(what: string, given: unknown, expected: string): TypeError {
  return new TypeError(`Cannot aggregate: ${what} ${found(given)}: expected ${expected}`);
}

function checkRanks(ranks: unknown): void {
  // NaN is neither.
  const isRank = (rank: unknown): boolean => typeof rank === 'number' && rank >= 0 && rank <= 100;
  if (Array.isArray(ranks) && ranks.every(isRank)) return;
  const said = Array.isArray(ranks)
    ? `an array with ${found(ranks.find((rank) => !isRank(rank)))}`
    : found(ranks);
  throw new RangeError(
    `Cannot aggregate: ranks are ${said}: expected an array of numbers from 0 to 100`,
  );
}

function bucketsOf(
  reader: StoreReader,
  query: Filter,
  histogram: NonNullable<AggregationRequest['histogram']>,
): Extract<Aggregated, { kind: 'histogram' }>['buckets'] {
  const { bucketMs, by } = histogram;
  // Entries have whole µs; with a fraction of one the beginnings of buckets would drift.
  const bucketUs = typeof bucketMs === 'number' ? Math.round(bucketMs * 1000) : Number.NaN;
  if (!Number.isSafeInteger(bucketUs) || bucketUs < 1) {
    throw new RangeError(
      `Cannot aggregate: bucketMs is ${found(bucketMs)}: expected a number of ms, at least 0.001`,
    );
  }
  if (by !== undefined) checkName('by of histogram is', by);
  const options = { bucketUs, ...(by === undefined ? {} : { by }) };
  return reader.histogram({ query }, options).map(({ startUs, total, counts }) => ({
    start: new Date(startUs / 1000),
    total,
    counts: Object.fromEntries(counts),
  }));
}

function runOwn(reader: StoreReader, { query, own }: Context, name: string): unknown {
  const open = functionNamed(own, name);
  if (open === undefined) {
    const known = Object.keys(own).join(', ');
    throw new TypeError(`Cannot aggregate: no aggregation "${name}"; known: ${known}`);
  }
  const aggregation = open();
  for (const { columns, rows, count } of reader.matches({ query })) {
    for (let index = 0; index < count; index += 1) {
      aggregation.add(LogEntry.of(entryAt(columns, rows[index]!)));
    }
  }
  return aggregation.result();
}
