/** Bounds of the reader's profile and of Logstead itself: the question fails, with a word; a part is never taken for the whole. */
import { expect, test } from 'vitest';
import { ClusterScene } from './cluster-scene.ts';

const PROFILE =
  '<max_result_rows>1000</max_result_rows><result_overflow_mode>break</result_overflow_mode><max_rows_to_read>50000</max_rows_to_read><read_overflow_mode>break</read_overflow_mode>';

test('part of an answer is never shown as the whole, whatever the profile of the reader says', async () => {
  await using scene = await ClusterScene.start('both', { readerProfile: PROFILE });
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  await scene.cluster.query(`INSERT INTO logstead.otel_logs_local (Timestamp, ServiceName, Body, Host, Sequence)
    SELECT toDateTime64('2026-11-01 00:00:00', 9, 'UTC') + number / 1000, 'shop', concat('order ', toString(number % 900)), 'web1', number + 1 FROM numbers(200000)`);
  const ask = (...args: string[]) => scene.cli('--engine', 'clickhouse', ...args);

  const counted = await ask('search', '-c', '/order [0-9]+/');
  expect(counted).toMatchObject({ code: 4, stdout: '' });
  expect(counted.stderr).toMatch(/Limit for (rows|result).*\n.*The profile of the user bounds/);
  const exported = await ask('export', 'order');
  expect(exported.code).toBe(4);
});

test('a field with more values than are held is refused, as on this machine: none of them is left out', async () => {
  await using scene = await ClusterScene.start();
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  await scene.cluster.query(`INSERT INTO logstead.otel_logs_local (Timestamp, LogAttributes, Host, Sequence)
    SELECT toDateTime64('2026-11-01 00:00:00', 9, 'UTC'), map('id', toString(number)), 'web1', number + 1 FROM numbers(500001)`);
  using reader = scene.openCluster();
  const query = { kind: 'everything' } as const;
  const bucketUs = 3_600_000_000;

  const refused = expect.objectContaining({
    code: 'QUERY_STOPPED',
    message: expect.stringContaining('more than 500000 different values'),
  });
  expect(() => reader.top({ query }, { by: 'id', limit: 5 })).toThrow(refused);
  expect(() => reader.histogram({ query }, { bucketUs, by: 'id' })).toThrow(refused);
});
