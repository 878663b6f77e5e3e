/** Copies that are met while they are made: nothing, or little of their original, is in them yet. */
import { readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

describe('copytruncate, where rotated names are watched', () => {
  test.each([20, 500])('a copy of %d lines that was met empty is not read', async (count) => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', lines(1, count));
    await scene.settle();
    const copy = scene.folder.write('a.log.1', '');
    await scene.settle();
    writeFileSync(copy, readFileSync(path));
    await scene.settle();
    truncateSync(path);
    await scene.settle();
    scene.folder.append('a.log', lines(count + 1, count + 5));
    await scene.settle();
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, count + 5));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('what a log had more is read in the copy that was met empty', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', lines(1, 20));
    await scene.settle();
    const copy = scene.folder.write('a.log.1', '');
    await scene.settle();
    writeFileSync(copy, readFileSync(path) + lines(21, 25));
    truncateSync(path);
    await scene.settle();
    scene.folder.append('a.log', lines(26, 30));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 30));
  });

  test('a log of its own whose name looks rotated is read when it is written', async () => {
    await using scene = new WatchScene();
    scene.folder.write('a.log', lines(1, 20));
    await scene.settle();
    scene.folder.write('a.1.log', '');
    await scene.settle();
    scene.folder.append('a.1.log', lines(1, 3, 'other'));
    await scene.settle();
    expect(scene.collector.texts('a.1.log')).toEqual(numbers(1, 3, 'other'));
  });

  test('one that stays empty is followed', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    scene.folder.write('a.log', lines(1, 20));
    await scene.settle();
    const empty = scene.folder.write('a.log.1', '');
    const aMinuteAgo = Date.now() / 1000 - 60;
    utimesSync(empty, aMinuteAgo, aMinuteAgo);
    await scene.settle();
    expect([...scene.watcher.files()].map(({ path }) => path)).toContain(empty);
  });
});
