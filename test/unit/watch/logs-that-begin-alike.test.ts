/** Two logs of related names that begin with the same bytes: is one a copy of the other, or a log of its own? */
import { appendFileSync, copyFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COPY_WAIT_MS } from '../../../src/watch/limits.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

async function waitedOut(scene: WatchScene): Promise<void> {
  await scene.settle();
  await scene.clock.advance(COPY_WAIT_MS + 1);
  await scene.settle();
}

test.each(['while it runs', 'after a restart'])(
  'Watcher reads a log whole that began as a copy of another, once it grows, %s',
  async (when) => {
    await using scene = new WatchScene();
    scene.folder.write('app.log', lines(1, 5));
    await scene.settle();
    copyFileSync(scene.folder.join('app.log'), scene.folder.join('app.1.log'));
    await waitedOut(scene);
    expect(scene.collector.texts('app.1.log')).toEqual([]);
    appendFileSync(scene.folder.join('app.log'), lines(6, 7));
    await scene.settle();
    scene.commit();
    if (when === 'after a restart') await scene.restart();
    appendFileSync(scene.folder.join('app.1.log'), lines(8, 9, 'other'));
    await scene.settle();
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts('app.log')).toEqual(numbers(1, 7));
    expect(scene.collector.texts('app.1.log')).toEqual([
      ...numbers(1, 5),
      ...numbers(8, 9, 'other'),
    ]);
    expect(scene.watcher.spansOf(2)).toEqual([]);
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts().length).toBe(14);
  },
);

test('Watcher skips what is added to a copy, as long as it is one', async () => {
  await using scene = new WatchScene();
  scene.folder.write('app.log', lines(1, 5));
  await scene.settle();
  copyFileSync(scene.folder.join('app.log'), scene.folder.join('app.1.log'));
  await waitedOut(scene);
  appendFileSync(scene.folder.join('app.log'), lines(6, 9));
  await scene.settle();
  scene.commit();
  copyFileSync(scene.folder.join('app.log'), scene.folder.join('app.1.log'));
  await scene.settle();
  scene.commit();
  expect(scene.collector.texts()).toEqual(numbers(1, 9));
  const [span] = scene.watcher.spansOf(2);
  expect(span).toMatchObject({ kind: 'skipped', start: 0, end: lines(1, 9).length });
});

test('Watcher waits with a copy as long as it grows', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('app.log', lines(1, 9));
  await scene.settle();
  const copy = scene.folder.write('app.1.log', lines(1, 3));
  for (let next = 4; next <= 9; next += 1) {
    await scene.clock.advance(COPY_WAIT_MS / 2);
    await scene.settle();
    appendFileSync(copy, lines(next, next));
  }
  await waitedOut(scene);
  scene.commit();
  expect(scene.collector.texts()).toEqual(numbers(1, 9));
  appendFileSync(path, lines(10, 11));
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 11));
});
