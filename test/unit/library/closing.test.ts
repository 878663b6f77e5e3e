/** A store that is closed takes and tells nothing more, and closing it waits for what was begun. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Logstead } from '../../../src/library.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const CLOSED = /Cannot use the store: it was closed/;

test('a closed store refuses entries, which belong to whoever has the folder now', async () => {
  using folder = TempFolder.make();
  const first = await Logstead.open({ folder: folder.path });
  await first.ingestLog({ message: 'kept' });
  await first.close();
  await using second = await Logstead.open({ folder: folder.path });
  await expect(first.ingestLog({ message: 'late' })).rejects.toThrow(CLOSED);
  await expect(first.ingestLogs([{ message: 'late' }])).rejects.toThrow(CLOSED);
  await second.ingestLog({ message: 'mine' });
  await second.close();
  await using third = await Logstead.open({ folder: folder.path });
  const { entries } = await third.queryLogs({ sort: 'oldest' });
  expect(entries.map(({ message }) => message)).toEqual(['kept', 'mine']);
});

test.each<[name: string, use: (logs: Logstead) => Promise<unknown>]>([
  ['ingestLogsFromFile', (logs) => logs.ingestLogsFromFile('/etc/hostname')],
  ['queryLogs', (logs) => logs.queryLogs()],
  ['countLogs', (logs) => logs.countLogs()],
  ['getStats', (logs) => logs.getStats()],
  ['aggregateLogs', (logs) => logs.aggregateLogs({ groupBy: ['level'] })],
  ['getAlerts', (logs) => logs.getAlerts()],
  ['addAlertRule', (logs) => logs.addAlertRule({ name: 'mine', when: 'x' })],
  ['removeAlertRule', (logs) => logs.removeAlertRule('mine')],
  ['getMetrics', (logs) => logs.getMetrics()],
  ['getPrometheusMetrics', (logs) => logs.getPrometheusMetrics()],
  ['applyRetention', (logs) => logs.applyRetention()],
  ['flush', (logs) => logs.flush()],
  ['onAlert', async (logs) => logs.onAlert(() => {})],
  ['addPreIngestHook', async (logs) => logs.addPreIngestHook((entry) => entry)],
])('%s() says of a closed store that it is', async (_, use) => {
  const logs = await Logstead.open();
  await logs.close();
  await expect(use(logs)).rejects.toThrow(CLOSED);
});

test('close() waits for a file that is being read, and whoever calls it again waits too', async () => {
  using folder = TempFolder.make();
  const lines = Array.from({ length: 150_000 }, (_, index) => `INFO line ${index}\n`);
  const path = folder.write('app.log', lines.join(''));
  const store = folder.join('store');
  const logs = await Logstead.open({ folder: store });
  const reading = logs.ingestLogsFromFile(path);
  const closings = [logs.close(), logs.close()];
  await Promise.race(closings);
  await using again = await Logstead.open({ folder: store });
  expect(await reading).toMatchObject({ accepted: 150_000 });
  expect(await again.countLogs()).toBe(150_000);
  await Promise.all(closings);
});

test('close() lets notifiers of what was ingested ask the store to their end', async () => {
  const counts: number[] = [];
  const errors: unknown[] = [];
  const pager = async (): Promise<void> => {
    await sleep(50);
    counts.push(await logs.countLogs());
  };
  const logs = await Logstead.open({
    notifiers: { pager },
    onError: (error) => errors.push(error),
  });
  await logs.addAlertRule({ name: 'any', when: '*', groupBy: ['source'], notify: ['pager'] });
  for (const source of ['a', 'b', 'c']) await logs.ingestLog({ message: 'x', source });
  await logs.close();
  expect([counts, errors]).toEqual([[3, 3, 3], []]);
});
