/** Logs that came to be and were rotated away while nobody looked, or while what was seen could not be written down. */
import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** More than news of a file may be late. */
const HOUR_MS = 3_600_000;

test('Watcher reads what a new log was rotated into while no daemon ran, where nothing is at its own name since', async () => {
  await using scene = new WatchScene();
  scene.folder.write('other.log', 'other\n');
  await scene.settle();
  scene.commit();
  await scene.stop();
  scene.folder.write('app.log.1', lines(1, 3));
  scene.folder.write('sub/job.log-20261120', lines(4, 6));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts().toSorted()).toEqual([...numbers(1, 6), 'other']);
  scene.commit();
  scene.clock.setBackMs = -HOUR_MS;
  scene.folder.write('app.log', lines(7, 9));
  await scene.settle();
  scene.commit();
  await scene.restart();
  await scene.settle();
  expect(scene.collector.texts().toSorted()).toEqual([...numbers(1, 9), 'other']);
});

test('Watcher reads no rotated files of a log that is not there which are older than what it knows', async () => {
  await using scene = new WatchScene();
  const old = scene.folder.write('before.log.1', lines(1, 3));
  utimesSync(old, Date.now() / 1_000 - 10, Date.now() / 1_000 - 10);
  await scene.settle();
  scene.folder.write('other.log', 'other\n');
  await scene.settle();
  scene.commit();
  await scene.stop();
  const brought = scene.folder.write('brought.log.1', lines(4, 6));
  utimesSync(brought, Date.now() / 1_000 - 600, Date.now() / 1_000 - 600);
  scene.start();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(['other']);
});

test('Watcher reads what its first logs were rotated into before anything of them could be written down', async () => {
  await using scene = new WatchScene();
  await scene.settle();
  await scene.stop();
  scene.folder.write('app.log.1', lines(1, 3));
  scene.folder.write('app.log', lines(4, 6));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 6));
});

test('Watcher reads what a new log was rotated into when a start between was over before all folders were listed', async () => {
  await using scene = new WatchScene();
  scene.folder.write('other.log', 'other\n');
  await scene.settle();
  scene.commit();
  await scene.stop();
  scene.folder.write('app.log.1', lines(1, 3));
  for (const name of ['a', 'b', 'c']) scene.folder.makeFolder(name);
  scene.clock.setBackMs = -HOUR_MS;
  scene.start();
  // One folder in a round.
  scene.clock.tickMs = 1_000;
  scene.watcher.round(scene.collector, { budgetBytes: 8_000_000 });
  expect(scene.watcher.isComplete).toBe(false);
  scene.commit();
  await scene.stop();
  scene.clock.tickMs = 0;
  scene.start();
  await scene.settle();
  expect(scene.collector.texts().toSorted()).toEqual([...numbers(1, 3), 'other']);
});
