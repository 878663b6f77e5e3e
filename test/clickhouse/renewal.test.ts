/** A store that lives again, from a backup or from its segments: the cluster gets nothing twice that anybody can know of. */
import { hash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';

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
  folder.write('logs/app.log', noisyLines());
  expect((await scene.cli('once')).code).toBe(0);
  scene.project.configure(configOf(scene.cluster.addresses, 'both'));
  expect((await scene.cli('clickhouse', 'backfill')).code).toBe(0);
  expect(await countAll(scene)).toBe(ENTRY_COUNT);
  const state = folder.join('state');
  for (const name of readdirSync(state)) {
    if (name.startsWith('logstead.db')) rmSync(`${state}/${name}`);
  }

  const rebuilt = await scene.cli('check', '--rebuild');
  expect(rebuilt.stdout).toMatch(/Listed again: \d+ segments?, /);
  expect(rebuilt.stdout).toMatch(/Lost with the database: which entries the cluster has/);
  expect((await scene.cli('clickhouse', 'status')).stdout).toMatch(/was lost with the database/);
  // Of one segment the cluster has not all.
  const [first, last] = middleOfASegment(scene);
  for (const index of [0, 1]) {
    await scene.cluster.query(
      `ALTER TABLE logstead.otel_logs_local DELETE WHERE Sequence BETWEEN ${first} AND ${last} SETTINGS mutations_sync = 2`,
      index,
    );
  }
  expect(await countAll(scene)).toBe(ENTRY_COUNT - (last - first + 1));
  expect((await scene.cli('clickhouse', 'backfill')).code).toBe(0);
  expect(await countAll(scene)).toBe(ENTRY_COUNT);
  expect(await scene.cluster.query('SELECT uniqExact(Sequence) FROM logstead.otel_logs')).toBe(
    `${ENTRY_COUNT}`,
  );
  expect((await scene.cli('clickhouse', 'status')).stdout).not.toMatch(/was lost/);
});

/** What does not compress: so a segment of some thousand entries is a file, which outlives the database. */
function noisyLines(): string {
  const stamp = new Date(Date.now() - 3_600_000).toISOString();
  const noise = (line: number): string =>
    Array.from({ length: 5 }, (_, part) => hash('md5', `${line} ${part}`)).join(' ');
  const lines = Array.from({ length: ENTRY_COUNT }, (_, line) => `${stamp} INFO ${noise(line)}\n`);
  return lines.join('');
}

/** Arrival numbers of the half in the middle of the largest segment there is. */
function middleOfASegment(scene: ClusterScene): [first: number, last: number] {
  using reader = scene.openLocal();
  const [largest] = reader.segments().toSorted((a, b) => b.rowCount - a.rowCount);
  const { minSequence, rowCount } = largest!;
  return [minSequence + Math.round(rowCount / 4), minSequence + Math.round((rowCount * 3) / 4)];
}

async function countAll({ cluster }: ClusterScene): Promise<number> {
  return Number(await cluster.query('SELECT count() FROM logstead.otel_logs'));
}
