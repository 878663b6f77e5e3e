/** Unpacking under trouble: files that nobody wants any more when they are unpacked. */
import { copyFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

test('Watcher unpacks the next file when what is being unpacked is not watched any more', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['old/*.gz'] }] });
  scene.folder.write('old/a.log.gz', gzipSync(lines(1, 50_000)));
  scene.watcher.round(scene.collector, { budgetBytes: 1 });
  scene.watcher.reconfigure([scene.settings({ paths: ['new/*.gz'] })]);
  scene.folder.write('new/a.log.gz', gzipSync(lines(1, 5)));
  copyFileSync(scene.folder.join('new/a.log.gz'), scene.folder.join('new/b.log.gz'));
  await waitFor(() => {
    scene.watcher.rescan();
    scene.watcher.round(scene.collector, { budgetBytes: 8_000_000 });
    return scene.watcher.isComplete && scene.collector.texts().length > 0;
  });
  await scene.settle();
  expect(scene.collector.texts()).toEqual([...numbers(1, 5), ...numbers(1, 5)]);
});
