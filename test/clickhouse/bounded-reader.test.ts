/** A reader whose profile bounds what it gets, and takes the part for the whole: the question fails, with a word. */
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
