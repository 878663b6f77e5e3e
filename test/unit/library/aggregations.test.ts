/** An aggregation that cannot be worked out is refused, whatever is in the store. */
import { expect, test } from 'vitest';
import type { AggregationRequest } from '../../../src/library/aggregations.ts';
import { Logstead } from '../../../src/library.ts';

const BUCKET = /bucketMs is .*: expected a number of ms, at least 0.001/;
const RANKS = /ranks are .*: expected an array of numbers from 0 to 100/;

test.each<[request: object, message: RegExp]>([
  [{ histogram: { bucketMs: 0 } }, BUCKET],
  [{ histogram: { bucketMs: -1 } }, BUCKET],
  [{ histogram: { bucketMs: Number.NaN } }, BUCKET],
  [{ histogram: { bucketMs: Number.POSITIVE_INFINITY } }, BUCKET],
  [{ histogram: { bucketMs: 1e16 } }, BUCKET],
  [{ histogram: { bucketMs: '1m' } }, BUCKET],
  [{ histogram: {} }, BUCKET],
  [{ top: { by: 'source', limit: -1 } }, /limit is -1: expected a whole number from 0/],
  [{ top: { by: 'source', limit: Number.NaN } }, /limit is NaN: expected a whole number from 0/],
  [{ percentiles: { of: 'size', ranks: [Number.NaN] } }, RANKS],
  [{ percentiles: { of: 'size', ranks: [50, 101] } }, RANKS],
  [{ percentiles: { of: 'size', ranks: 50 } }, RANKS],
  [{ groupBy: 'level' }, /groupBy is "level": expected an array of strings/],
  [{ groupBy: [5] }, /groupBy is an array: expected an array of strings/],
  [{ top: { limit: 3 } }, /by of top is undefined: expected a string/],
  [{ percentiles: { ranks: [50] } }, /of of percentiles is undefined: expected a string/],
  [{ histogram: { bucketMs: 1, by: 5 } }, /by of histogram is 5: expected a string/],
  [{}, /give groupBy, top, histogram, percentiles or aggregation/],
])('aggregateLogs() refuses %j', async (request, message) => {
  await using logs = await Logstead.open();
  const asked = request as AggregationRequest;
  await expect(logs.aggregateLogs(asked)).rejects.toThrow(message);
  await logs.ingestLog({ message: 's', metadata: { size: 3 } });
  await expect(logs.aggregateLogs(asked)).rejects.toThrow(message);
});

test('aggregateLogs() takes buckets of any whole µs, and top values without a limit', async () => {
  await using logs = await Logstead.open();
  await logs.ingestLogs([0, 0.4, 0.6].map((timestamp) => ({ message: 's', timestamp })));
  const totals = async (bucketMs: number) => {
    const aggregated = await logs.aggregateLogs({ histogram: { bucketMs } });
    return aggregated.kind === 'histogram' && aggregated.buckets.map(({ total }) => total);
  };
  expect(await totals(0.5)).toEqual([2, 1]);
  expect(await totals(1000 / 3)).toEqual([3]);
  const top = { by: 'source', limit: Number.POSITIVE_INFINITY };
  expect(await logs.aggregateLogs({ top })).toMatchObject({ values: [{ name: 'library' }] });
});
