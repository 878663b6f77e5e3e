/** Folders in which nothing happens for hours: what nobody tells of is seen all the same. */
import { renameSync, symlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  FOLDERS_LOOK_IDLE_MS_MAX,
  FOLDERS_LOOK_MS,
  RESCAN_IDLE_MS_MAX,
} from '../../../src/watch/limits.ts';
import { waitFor } from '../../support/wait-for.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** Long enough for passes to have become seldom, and to the middle between two. */
async function hoursPass(scene: WatchScene): Promise<void> {
  for (let passedMs = 0; passedMs < 4.5 * RESCAN_IDLE_MS_MAX; passedMs += FOLDERS_LOOK_MS) {
    await scene.clock.advance(FOLDERS_LOOK_MS);
    await scene.settle({ rescan: false });
  }
}

test('Watcher sees within an hour that a folder that was quiet for hours is another one now, of which no event tells', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['logs/*.log'] }] });
  scene.folder.write('day/before.log', lines(1, 2));
  scene.folder.write('night/after.log', lines(3, 4));
  symlinkSync('day', scene.folder.join('logs'));
  await scene.settle();
  // The watch of the folder is in place a moment later, which counts as something that happened there.
  await pause(100);
  await hoursPass(scene);
  expect(scene.collector.texts()).toEqual(numbers(1, 2));
  symlinkSync('night', scene.folder.join('next'));
  renameSync(scene.folder.join('next'), scene.folder.join('logs'));
  await scene.settle({ rescan: false });
  expect(scene.collector.texts()).toEqual(numbers(1, 2));
  await scene.clock.advance(FOLDERS_LOOK_IDLE_MS_MAX);
  await scene.settle({ rescan: false });
  expect(scene.collector.texts()).toEqual(numbers(1, 4));

  // From now on the system tells of this one.
  await pause(100);
  await scene.settle({ rescan: false });
  scene.folder.append('night/after.log', lines(5, 6));
  await waitFor(async () => {
    await scene.settle({ rescan: false });
    return scene.collector.texts().length === 6;
  });
  expect(scene.collector.texts()).toEqual(numbers(1, 6));
});
