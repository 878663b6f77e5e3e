/** Deleted files that are still open: read to their end, counted, and let go of when they take too much of the disk. */
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DELETED_CHECK_MS } from '../../../src/watch/limits.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

test('Watcher counts deleted files while it holds them open', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 9));
  await scene.settle();
  expect(scene.watcher.deletedFiles()).toEqual({ count: 0, sizeBytes: 0 });
  rmSync(path);
  await scene.settle();
  expect(scene.watcher.deletedFiles()).toEqual({ count: 1, sizeBytes: lines(1, 9).length });
  expect(scene.collector.texts()).toEqual(numbers(1, 9));
});

test('Watcher lets go first of deleted files that are read, and says what it lost of others', async () => {
  await using scene = new WatchScene({ deletedBytesMax: lines(1, 9).length });
  const read = scene.folder.write('read.log', lines(1, 9));
  const unread = scene.folder.write('unread.log', 'x');
  scene.collector.partialAnswer = 'kept';
  await scene.settle();
  rmSync(read);
  rmSync(unread);
  await scene.settle();
  await scene.clock.advance(DELETED_CHECK_MS + 1);
  scene.watcher.round(scene.collector, { budgetBytes: 0 });
  scene.commit();
  expect(scene.collector.texts('read.log')).toEqual(numbers(1, 9));
  expect(scene.watcher.deletedFiles()).toEqual({ count: 1, sizeBytes: 1 });
  expect(scene.watcher.losses()).toEqual([]);
});

test('Watcher calls lost what it had not read of a deleted file that it had to let go of', async () => {
  await using scene = new WatchScene({ deletedBytesMax: 10 });
  scene.collector.partialAnswer = 'kept';
  const path = scene.folder.write('a.log', lines(1, 2));
  await scene.settle();
  scene.folder.append('a.log', 'unfinished');
  await scene.settle();
  rmSync(path);
  await scene.settle();
  await scene.clock.advance(DELETED_CHECK_MS + 1);
  scene.watcher.round(scene.collector, { budgetBytes: 0 });
  scene.commit();
  expect(scene.watcher.deletedFiles().count).toBe(0);
  expect(scene.watcher.losses()).toMatchObject([
    { start: lines(1, 2).length, end: lines(1, 2).length + 'unfinished'.length },
  ]);
  expect(scene.alerted.length).toBe(1);
});

test('Watcher tells of the newest losses first', async () => {
  await using scene = new WatchScene({ deletedBytesMax: 1 });
  scene.collector.partialAnswer = 'kept';
  const names = ['a.log', 'b.log', 'c.log'];
  for (const name of names) {
    const path = scene.folder.write(name, 'unfinished');
    await scene.settle();
    rmSync(path);
    await scene.settle();
    await scene.clock.advance(DELETED_CHECK_MS + 1);
    scene.watcher.round(scene.collector, { budgetBytes: 0 });
    scene.commit();
  }
  const told = scene.watcher.losses(2).map(({ path }) => path);
  expect(told).toEqual(['c.log', 'b.log'].map((name) => scene.folder.join(name)));
});
