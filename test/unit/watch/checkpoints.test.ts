/** Commits that fail: nothing is said to be committed that is not, whatever is written in between. */
import { appendFileSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** Full, as far as the database is concerned, before anything is written or after everything was. */
const FAILURES = ['while it is written', 'at its end'] as const;

function failToCommit(scene: WatchScene, when: (typeof FAILURES)[number]): void {
  const { database, watcher, collector } = scene;
  if (when === 'while it is written') {
    const full = "BEFORE INSERT ON watch_checkpoint BEGIN SELECT raise(ABORT, 'disk full'); END";
    database.prepare(`CREATE TRIGGER full ${full}`).run();
  }
  expect(() =>
    database.transaction(() => {
      watcher.checkpoint(collector.safe);
      throw new Error('disk full');
    }),
  ).toThrow('disk full');
  database.prepare('DROP TRIGGER IF EXISTS full').run();
}

test.each(FAILURES)(
  'Watcher reads again what was in a commit that failed %s, when it is killed before the next',
  async (when) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    failToCommit(scene, when);
    renameSync(path, `${path}.1`);
    // The small transaction of the watcher itself works again before the large one of the entries.
    await scene.clock.advance(6_000);
    scene.watcher.rescan();
    scene.watcher.round(scene.collector, { budgetBytes: 0 });
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 3));
  },
);

test.each(FAILURES)('Watcher names what it skipped when a commit fails %s', async (when) => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 3));
  await scene.settle();
  scene.commit();
  const { generation = 0 } = scene.collector.committed[0] ?? {};
  appendFileSync(path, `${'\0'.repeat(70)}${lines(4, 5)}`);
  scene.watcher.lookAtAll();
  await scene.settle({ rescan: false });
  failToCommit(scene, when);
  scene.commit();
  const start = lines(1, 3).length;
  expect(scene.watcher.spansOf(generation)).toMatchObject([{ start, end: start + 70 }]);
  await scene.restart();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 5));
});
