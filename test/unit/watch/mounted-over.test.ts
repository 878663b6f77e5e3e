/** A file system that is mounted over a quiet folder: what is in it is read, and followed, though nobody tells of the mount. */
import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MOUNTS_LOOK_MS } from '../../../src/watch/limits.ts';
import { waitFor } from '../../support/wait-for.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

test('Watcher reads and follows what is in a file system mounted over a folder, and then what lay below it', async ({
  skip,
}) => {
  await using scene = new WatchScene({ watches: [{ paths: ['logs/*.log'] }] });
  scene.folder.write('logs/below.log', lines(1, 2));
  await scene.settle();
  await pause(100);
  await scene.settle();
  const logs = scene.folder.join('logs');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'logstead-test', logs]);
  skip(mounted.status !== 0, 'this user may not mount a file system');
  try {
    scene.folder.write('logs/above.log', lines(3, 4));
    await scene.settle({ rescan: false });
    expect(scene.collector.texts()).toEqual(numbers(1, 2));
    await scene.clock.advance(MOUNTS_LOOK_MS);
    expect(scene.watcher.lookAtMounts()).toBe(true);
    await scene.settle({ rescan: false });
    expect(scene.collector.texts()).toEqual(numbers(1, 4));
    await followed(scene, 'logs/above.log', 5);
  } finally {
    spawnSync('umount', ['--lazy', logs]);
  }
  await scene.clock.advance(MOUNTS_LOOK_MS);
  expect(scene.watcher.lookAtMounts()).toBe(true);
  await scene.settle({ rescan: false });
  await followed(scene, 'logs/below.log', 6);
  expect(scene.watcher.lookAtMounts()).toBe(false);
});

/** A line more is told of, without a look by the clock. */
async function followed(scene: WatchScene, path: string, number: number): Promise<void> {
  await pause(100);
  await scene.settle({ rescan: false });
  scene.folder.append(path, lines(number, number));
  await waitFor(async () => {
    await scene.settle({ rescan: false });
    return scene.collector.texts().length === number;
  });
  expect(scene.collector.texts().toSorted()).toEqual(numbers(1, number));
}
