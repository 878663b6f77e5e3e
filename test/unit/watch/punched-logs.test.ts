/** Logs of which room is given back while they are followed (`fallocate --punch-hole`): NULs are where the oldest lines were. */
import { closeSync, copyFileSync, openSync, truncateSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

const PAGE_BYTES = 4_096;

/** What a hole over the first pages leaves to be read. */
function punch(path: string, pages: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(pages * PAGE_BYTES), 0, pages * PAGE_BYTES, 0);
  closeSync(file);
}

test.each(['runs', 'is down'])(
  'A log is not read again when room of it is given back while the daemon %s',
  async (how) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 2_000));
    await scene.settle();
    scene.commit();
    // The first hole ends behind the head, the second one behind milestones, in the middle of a line.
    for (const [round, pages] of [1, 5].entries()) {
      if (how === 'is down') await scene.stop();
      punch(path, pages);
      if (how === 'is down') scene.start();
      await scene.settle();
      scene.folder.append('a.log', lines(2_001 + round * 10, 2_010 + round * 10));
      await scene.settle();
      scene.commit();
    }
    expect(scene.collector.texts()).toEqual(numbers(1, 2_020));
    expect(scene.watcher.losses()).toEqual([]);
  },
);

test('What was written to such a log before it was copied and emptied is read in the copy', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 2_000));
  await scene.settle();
  punch(path, 2);
  scene.folder.append('a.log', lines(2_001, 2_010));
  copyFileSync(path, scene.folder.join('a.log.1'));
  truncateSync(path);
  scene.folder.append('a.log', lines(2_011, 2_020));
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 2_020));
});

test('A log that was emptied is read behind the NULs that its writer leaves', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 2_000));
  await scene.settle();
  truncateSync(path);
  truncateSync(path, lines(1, 2_000).length);
  scene.folder.append('a.log', lines(2_001, 2_010));
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 2_010));
});
