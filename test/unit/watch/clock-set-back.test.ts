/** A clock that was set back: the times of files do not tell any more which of them is younger. */
import { copyFileSync, renameSync, truncateSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

const HOUR_MS = 3_600_000;

/** As if all that is in the ledger had been written by a clock that was an hour ahead, since boot or in this boot. */
function setBack(scene: WatchScene, boot: 'this boot' | 'an earlier boot'): void {
  scene.database
    .prepare(
      'UPDATE watch_clock SET at_ms = at_ms + $ms, booted_at_ms = booted_at_ms + $ms, boot = iif($other, $name, boot)',
    )
    .run({ $ms: HOUR_MS, $other: boot === 'an earlier boot' ? 1 : 0, $name: 'another' });
  scene.database
    .prepare('UPDATE watch_generation SET siblings_at_ms = siblings_at_ms + ?')
    .run(HOUR_MS);
}

test.each(['this boot', 'an earlier boot'] as const)(
  'Watcher reads what was rotated twice while the clock was set back in %s',
  async (boot) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.commit();
    await scene.stop();
    setBack(scene, boot);
    renameSync(path, `${path}.2`);
    scene.folder.write('a.log.1', lines(4, 6));
    scene.folder.write('a.log', lines(7, 9));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 9));
  },
);

test('Watcher leaves old files alone where the clock was not set back', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 3));
  await scene.settle();
  scene.commit();
  await scene.stop();
  renameSync(path, `${path}.2`);
  const old = scene.folder.write('a.log.1', lines(4, 6));
  const atSeconds = (Date.now() - HOUR_MS) / 1_000;
  utimesSync(old, atSeconds, atSeconds);
  scene.folder.write('a.log', lines(7, 9));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts()).toEqual([...numbers(1, 3), ...numbers(7, 9)]);
});

test('Watcher knows a copy that is older than its original by a clock that was set back', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['*.log', '*.log.1'] }] });
  const path = scene.folder.write('a.log', lines(1, 100));
  await scene.settle();
  scene.commit();
  await scene.stop();
  // An hour was taken from the clock: what is written from then on bears the time of an hour ago.
  scene.database.prepare('UPDATE watch_clock SET booted_at_ms = booted_at_ms + ?').run(HOUR_MS);
  scene.folder.append('a.log', lines(101, 110));
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  scene.folder.append('a.log', lines(111, 120));
  const atSeconds = (Date.now() - HOUR_MS + 1_000) / 1_000;
  utimesSync(`${path}.1`, atSeconds, atSeconds);
  scene.start();
  await scene.settle();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 120));
});

test('Watcher notices that the clock is set back while it runs, and remembers it', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 3));
  await scene.settle();
  scene.commit();
  scene.clock.setBackMs = HOUR_MS;
  await scene.settle();
  await scene.restart();
  await scene.stop();
  renameSync(path, `${path}.2`);
  const missed = scene.folder.write('a.log.1', lines(4, 6));
  const atSeconds = (Date.now() - HOUR_MS) / 1_000;
  utimesSync(missed, atSeconds, atSeconds);
  scene.folder.write('a.log', lines(7, 9));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 9));
});
