/** Logs that are put back from an archive (tar, cpio, a backup): other files, with the bytes and the times they had. */
import { renameSync, rmSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { WatchScene } from '../../support/watch-scene.ts';

/** Whole seconds, as tar keeps them. */
const A_MINUTE_AGO = Math.floor(Date.now() / 1_000) - 60;

/** The file is another one afterwards, with what it had. */
function restore(scene: WatchScene, text: string, writtenAt: number): void {
  const path = scene.folder.join('a.log');
  renameSync(path, scene.folder.join('gone'));
  scene.folder.write('a.log', text);
  rmSync(scene.folder.join('gone'));
  utimesSync(path, writtenAt, writtenAt);
}

describe.each(['started\n', `${'x'.repeat(90)}\n`])('A log that holds %j', (text) => {
  test.each(['runs', 'is down'])(
    'is not read again when it is restored while the daemon %s',
    async (how) => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', text);
      utimesSync(path, A_MINUTE_AGO + 0.5, A_MINUTE_AGO + 0.5);
      await scene.settle();
      scene.commit();
      if (how === 'is down') await scene.stop();
      restore(scene, text, A_MINUTE_AGO);
      if (how === 'is down') scene.start();
      await scene.settle();
      expect(scene.collector.texts()).toEqual([text.trim()]);
      scene.folder.append('a.log', 'more\n');
      await scene.settle();
      expect(scene.collector.texts()).toEqual([text.trim(), 'more']);
    },
  );
});

test.each([
  ['written now', Date.now() / 1_000],
  ['written at another time', A_MINUTE_AGO + 30],
])('A short log that was made anew with the same line, %s, is read', async (_, writtenAt) => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', 'started\n');
  utimesSync(path, A_MINUTE_AGO, A_MINUTE_AGO);
  await scene.settle();
  restore(scene, 'started\n', writtenAt);
  await scene.settle();
  expect(scene.collector.texts()).toEqual(['started', 'started']);
});
