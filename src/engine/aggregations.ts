/**
 * Counts and statistics over matching entries, each as something that takes batches and has a result.
 *
 * What they hold is bounded: an attribute with too many different values, or too many numbers for percentiles, ends the
 * query with QUERY_STOPPED rather than the process.
 */
import { OperatorError } from '../base/errors.ts';
import { nearestRank } from '../base/nearest-rank.ts';
import { numberOf } from '../query/table.ts';
import { stepTooShort } from '../query/time-chart.ts';
import { type Attribute, type AttributeName, attributeOf, type Tally } from './attribute.ts';
import type { Batch, Look } from './batches.ts';
import { MINUTE_US } from './rollup.ts';
import { NEED } from './segment-format.ts';

export type Aggregation<T> = Readonly<{
  look: Look;
  /** Begin; called anew where the query must. */
  open: () => Readonly<{ take: (batch: Batch) => void; result: () => T }>;
}>;

export type HistogramRow = Readonly<{
  startUs: number;
  counts: ReadonlyMap<string, number>;
  total: number;
}>;
export type NameCount = Readonly<{ name: string; count: number }>;
export type GroupCount = Readonly<{ values: readonly string[]; count: number }>;

export type Stats = Readonly<{
  total: number;
  levels: ReadonlyMap<string, number>;
  sources: ReadonlyMap<string, number>;
  tags: ReadonlyMap<string, number>;
  /** Of the matching entries, to the minute where rollups answer; null where there are none. */
  firstUs: number | null;
  lastUs: number | null;
}>;

/** Different combinations of values held at once: about 100 MB of texts. */
export const GROUPS_MAX = 500_000;
/** Numbers held for percentiles: 64 MB. */
const NUMBERS_MAX = 8_000_000;

export function countOf(): Aggregation<number> {
  return {
    look: { need: 0, withText: false, cellsSuffice: true },
    open() {
      let total = 0;
      return {
        take({ rows, count, weights }) {
          if (weights === null) total += count;
          else for (let index = 0; index < count; index += 1) total += weights[rows[index]!]!;
        },
        result: () => total,
      };
    },
  };
}

export function histogramOf(
  options: Readonly<{ bucketUs: number; by?: AttributeName }>,
): Aggregation<HistogramRow[]> {
  const { bucketUs, by } = options;
  const attribute = attributeOf(by ?? 'level');
  const cellsSuffice = bucketUs % MINUTE_US === 0;
  return {
    look: lookOf([attribute], { need: NEED.TIMESTAMP, cellsSuffice }),
    open() {
      const buckets = new Map<number, { tally: Tally; total: number }>();
      return {
        take: (batch) =>
          forEachRow(batch, (row, weight) => {
            const start = Math.floor(batch.columns.timestampUs[row]! / bucketUs) * bucketUs;
            let bucket = buckets.get(start);
            if (bucket === undefined) {
              bucket = { tally: attribute.openTally(), total: 0 };
              buckets.set(start, bucket);
              // More than a chart may have, whoever asked for so short a step.
              if (buckets.size > GROUPS_MAX) throw stepTooShort(bucketUs, buckets.keys());
            }
            bucket.tally.add(batch.columns, row, weight);
            bucket.total += weight;
          }),
        result: () =>
          [...buckets]
            .sort(([a], [b]) => a - b)
            .map(([startUs, { tally, total }]) => ({ startUs, counts: tally.counts(), total })),
      };
    },
  };
}

export function topOf(
  options: Readonly<{ by: AttributeName; limit: number }>,
): Aggregation<NameCount[]> {
  const attribute = attributeOf(options.by);
  return {
    look: lookOf([attribute]),
    open() {
      const tally = attribute.openTally();
      return {
        take(batch) {
          forEachRow(batch, (row, weight) => tally.add(batch.columns, row, weight));
          checkGroups(tally.size);
        },
        result: () => sortedCounts(tally.counts()).slice(0, options.limit),
      };
    },
  };
}

export function groupsOf(
  options: Readonly<{ by: readonly AttributeName[] }>,
): Aggregation<GroupCount[]> {
  const attributes = options.by.map(attributeOf);
  return {
    look: lookOf(attributes),
    open() {
      const groups = new Map<string, { values: readonly string[]; count: number }>();
      return {
        take(batch) {
          const { columns } = batch;
          forEachRow(batch, (row, weight) => {
            const values = attributes.map((attribute) => attribute.valuesOf(columns, row));
            for (const combination of combinationsOf(values)) {
              const key = JSON.stringify(combination);
              const group = groups.get(key);
              if (group === undefined) groups.set(key, { values: combination, count: weight });
              else group.count += weight;
            }
          });
          checkGroups(groups.size);
        },
        result: () =>
          [...groups]
            .sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
            .map(([, group]) => group),
      };
    },
  };
}

export function percentilesOf(
  options: Readonly<{ of: string; percentiles: readonly number[] }>,
): Aggregation<(number | null)[]> {
  const attribute = attributeOf(options.of);
  return {
    // A cell stands for many entries, and each of them has a number.
    look: { ...lookOf([attribute]), cellsSuffice: false },
    open() {
      let numbers = new Float64Array(1024);
      let count = 0;
      const add = (value: number): void => {
        if (count === numbers.length) {
          const larger = new Float64Array(count * 2);
          larger.set(numbers);
          numbers = larger;
        }
        numbers[count] = value;
        count += 1;
      };
      return {
        take(batch) {
          forEachRow(batch, (row) => {
            for (const text of attribute.valuesOf(batch.columns, row)) {
              const value = numberOf(text);
              if (!Number.isNaN(value)) add(value);
            }
          });
          if (count > NUMBERS_MAX) throw tooMany(`more than ${NUMBERS_MAX} numbers`);
        },
        result() {
          const sorted = numbers.slice(0, count).sort();
          return options.percentiles.map(
            (percentile) => sorted[nearestRank(percentile, count) - 1] ?? null,
          );
        },
      };
    },
  };
}

export function statsOf(): Aggregation<Stats> {
  const attributes = (['level', 'source', 'tag'] as const).map(attributeOf);
  return {
    look: lookOf(attributes, { need: NEED.TIMESTAMP, cellsSuffice: true }),
    open() {
      const [levels, sources, tags] = attributes.map((attribute) => attribute.openTally());
      let total = 0;
      let firstUs = Number.POSITIVE_INFINITY;
      let lastUs = Number.NEGATIVE_INFINITY;
      return {
        take: (batch) =>
          forEachRow(batch, (row, weight) => {
            total += weight;
            const us = batch.columns.timestampUs[row]!;
            if (us < firstUs) firstUs = us;
            if (us > lastUs) lastUs = us;
            levels!.add(batch.columns, row, weight);
            sources!.add(batch.columns, row, weight);
            tags!.add(batch.columns, row, weight);
          }),
        result: () => ({
          total,
          levels: levels!.counts(),
          sources: sources!.counts(),
          tags: tags!.counts(),
          firstUs: total === 0 ? null : firstUs,
          lastUs: total === 0 ? null : lastUs,
        }),
      };
    },
  };
}

function lookOf(
  attributes: readonly Attribute[],
  besides: Readonly<{ need: number; cellsSuffice: boolean }> = { need: 0, cellsSuffice: true },
): Look {
  return {
    need: attributes.reduce((need, attribute) => need | attribute.need, besides.need),
    withText: attributes.some(({ needsText }) => needsText),
    cellsSuffice: besides.cellsSuffice && attributes.every(({ inCells }) => inCells),
  };
}

function forEachRow(
  { rows, count, weights }: Batch,
  visit: (row: number, weight: number) => void,
): void {
  for (let index = 0; index < count; index += 1) {
    const row = rows[index]!;
    visit(row, weights === null ? 1 : weights[row]!);
  }
}

/** Throws QUERY_STOPPED. */
export function checkGroups(count: number): void {
  if (count > GROUPS_MAX) throw tooMany(`more than ${GROUPS_MAX} different values`);
}

function tooMany(what: string): OperatorError {
  return new OperatorError('QUERY_STOPPED', `Cannot finish the query: it found ${what}`, {
    hint: 'Ask for a shorter time range, or group by something that has fewer values',
  });
}

function sortedCounts(counts: ReadonlyMap<string, number>): NameCount[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** All ways of taking one value from each list. */
function combinationsOf(lists: readonly (readonly string[])[]): string[][] {
  let combinations: string[][] = [[]];
  for (const list of lists) {
    combinations = combinations.flatMap((before) => list.map((value) => [...before, value]));
  }
  return combinations;
}
