/** Logs that are rotated while the configuration that names them changes. */
import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

test('Watcher reads what a log of a new section was rotated into since the configuration names it', async () => {
  await using scene = new WatchScene({ watches: [{ name: 'a', paths: ['a.log'] }] });
  const before = scene.folder.write('b.log.2', 'before\n');
  utimesSync(before, Date.now() / 1_000 - 10, Date.now() / 1_000 - 10);
  await scene.settle();
  scene.commit();
  const [a, b] = ['a', 'b'].map((name) => scene.settings({ name, paths: [`${name}.log`] }));
  scene.watcher.reconfigure([a!, b!], []);
  scene.folder.write('b.log.1', lines(1, 3));
  scene.folder.write('b.log', lines(4, 6));
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 6));
});

test.each(['beginning', 'end'] as const)(
  'Watcher reads new logs of a section that gets another name, rotated ones too (read_from = %s)',
  async (readFrom) => {
    const section = { paths: ['*.log'], readFrom };
    await using scene = new WatchScene({ watches: [{ name: 'a', ...section }] });
    await scene.settle();
    scene.commit();
    scene.folder.write('b.log.1', lines(1, 3));
    scene.folder.write('b.log', lines(4, 6));
    scene.watcher.reconfigure([scene.settings({ name: 'b', ...section })], []);
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 6));
  },
);
