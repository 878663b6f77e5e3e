/** The past is sent once, however often the sending is killed; and there is a way back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MAIN_PATH } from '../support/daemon-process.ts';
import { FAKE_START_MS } from '../support/fake-clock.ts';
import { LOG_FORMATS, writeLog } from '../support/log-generator.ts';
import { ClusterScene, configOf, PASSWORDS, SHARE } from './cluster-scene.ts';

const ENTRY_COUNT = Math.round(1_000_000 * SHARE);
const KILL_COUNT = SHARE < 1 ? 2 : 6;

test(`backfill sends ${ENTRY_COUNT} entries once through ${KILL_COUNT} kills, and the move goes there and back`, async () => {
  await using scene = await ClusterScene.start('local');

  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const entryCount = writeLogs(scene);
  expect((await scene.cli('once')).code).toBe(0);
  const refused = await scene.cli('clickhouse', 'backfill');
  expect(refused.stderr).toMatch(/nothing is copied to it/);

  scene.project.configure(configOf(scene.cluster.addresses, 'both'));
  expect((await scene.cli('clickhouse', 'cutover', '--dry-run')).stderr).toMatch(
    /the past was never sent/,
  );
  for (let count = 0; count < KILL_COUNT; count += 1)
    await killedBackfill(scene, 900 + 300 * count);
  const { code, stdout, stderr } = await scene.cli('clickhouse', 'backfill');
  expect(code, stdout + stderr).toBe(0);
  const sums = await Promise.all(
    [0, 1].map((index) =>
      scene.cluster.query(
        'SELECT count(), uniqExact(Sequence) FROM logstead.otel_logs_local',
        index,
      ),
    ),
  );
  const [counts, unique] = [0, 1].map((column) =>
    sums.reduce((sum, row) => sum + Number(row.split('\t')[column]), 0),
  );
  expect({ counts, unique }).toEqual({ counts: entryCount, unique: entryCount });

  const cutover = await scene.cli('clickhouse', 'cutover');
  expect(cutover.stdout).toMatch(/counts and checksums are equal/);
  expect(cutover.stdout).toMatch(/now says \[store\] engine = clickhouse/);
  expect((await scene.cli('search', 'level:*', '--count')).code).toBe(2);
  expect((await scene.cli('search', '*', '--count')).stdout).toBe(`${entryCount}\n`);
  expect((await scene.cli('search', 'host:web1 | count by host', '--json')).stdout).toMatch(
    /"web1"/,
  );
  expect((await scene.cli('clickhouse', 'rollback')).stdout).toMatch(/engine = both/);
  expect((await scene.cli('search', '*', '--count')).stdout).toBe(`${entryCount}\n`);
});

/** Returns how many entries were written. */
function writeLogs({ project }: ClusterScene): number {
  return LOG_FORMATS.reduce((sum, format, index) => {
    const entryCount = Math.floor(ENTRY_COUNT / LOG_FORMATS.length);
    const options = { format, entryCount, seed: index + 1, startMs: FAKE_START_MS };
    return sum + writeLog(project.folder.join(`logs/${format}.log`), options).entryCount;
  }, 0);
}

async function killedBackfill({ project }: ClusterScene, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [MAIN_PATH, 'clickhouse', 'backfill'], {
    cwd: project.folder.path,
    env: { ...process.env, ...PASSWORDS },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}
