/** A store that lives again, from a backup or from its segments: the cluster gets nothing twice that anybody can know of. */
import { readdirSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DaemonProcess } from '../support/daemon-process.ts';
import { writeLog } from '../support/log-generator.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';

/** So many that a segment of them is a file, which outlives the database. */
const ENTRY_COUNT = 30_000;
const BACKED_UP = 500;
const AFTER_IT = 200;

test('what a restored store reads again is told apart, and can be taken out', async () => {
  await using scene = await ClusterScene.start();
  const { folder } = scene.project;
  const stamp = new Date(Date.now() - 3_600_000).toISOString();
  const lines = (from: number, until: number): string =>
    Array.from({ length: until - from }, (_, at) => `${stamp} INFO line ${from + at}\n`).join('');
  const both = BACKED_UP + AFTER_IT;
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  folder.append('logs/app.log', lines(0, BACKED_UP));
  {
    await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
    await daemon.waitFor(async () => (await countAll(scene)) === BACKED_UP);
    expect((await scene.cli('backup', folder.join('backup'))).code).toBe(0);
    folder.append('logs/app.log', lines(BACKED_UP, both));
    await daemon.waitFor(async () => (await countAll(scene)) === both);
    await daemon.stop();
  }
  rmSync(folder.join('state'), { recursive: true });
  const restored = await scene.cli('restore', folder.join('backup'));
  expect(restored.stdout).toMatch(/The cluster may have entries that came after this backup/);
  {
    await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
    await daemon.waitFor(async () => (await countAll(scene)) === both + AFTER_IT);
    await daemon.stop();
  }
  const { stdout } = await scene.cli('clickhouse', 'status');
  expect(stdout).toContain(`${AFTER_IT} entries came from here before the state was restored`);
  const remedy = /ALTER TABLE .*/.exec(stdout)![0];
  for (const index of [0, 1]) {
    await scene.cluster.query(`${remedy} SETTINGS mutations_sync = 2`, index);
  }
  expect(await countAll(scene)).toBe(both);
  expect((await scene.cli('clickhouse', 'verify')).stdout).toMatch(
    /counts and checksums are equal/,
  );
  expect((await scene.cli('clickhouse', 'status')).stdout).not.toContain('came from here before');
});

test('a rebuilt store asks the cluster what it has, and sends the rest', async () => {
  await using scene = await ClusterScene.start('local');
  const { folder } = scene.project;
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  writeLog(folder.join('logs/app.log'), { format: 'logfmt', entryCount: ENTRY_COUNT });
  expect((await scene.cli('once')).code).toBe(0);
  scene.project.configure(configOf(scene.cluster.addresses, 'both'));
  expect((await scene.cli('clickhouse', 'backfill')).code).toBe(0);
  expect(await countAll(scene)).toBe(ENTRY_COUNT);
  const state = folder.join('state');
  for (const name of readdirSync(state)) {
    if (name.startsWith('logstead.db')) rmSync(`${state}/${name}`);
  }

  const rebuilt = await scene.cli('check', '--rebuild');
  // The last ones were in a small segment, which is lost with the database; the cluster keeps them.
  expect(rebuilt.stdout).toMatch(/Listed again: 1 segment, 2\d,\d{3} entries/);
  expect(rebuilt.stdout).toMatch(/Lost with the database: which entries the cluster has/);
  expect((await scene.cli('clickhouse', 'status')).stdout).toMatch(/was lost with the database/);
  // Some of them it has not, wherever they lie.
  for (const index of [0, 1]) {
    await scene.cluster.query(
      'ALTER TABLE logstead.otel_logs_local DELETE WHERE Sequence BETWEEN 5000 AND 7999 SETTINGS mutations_sync = 2',
      index,
    );
  }
  expect(await countAll(scene)).toBe(ENTRY_COUNT - 3_000);
  expect((await scene.cli('clickhouse', 'backfill')).code).toBe(0);
  expect(await countAll(scene)).toBe(ENTRY_COUNT);
  expect((await scene.cli('clickhouse', 'verify')).stdout).toMatch(
    /counts and checksums are equal/,
  );
  expect((await scene.cli('clickhouse', 'status')).stdout).not.toMatch(/was lost/);
});

async function countAll({ cluster }: ClusterScene): Promise<number> {
  return Number(await cluster.query('SELECT count() FROM logstead.otel_logs'));
}
