/** `renamecopy` of logrotate, and `mv` to another file system: a log is copied to where rotation wants it, and then deleted. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

const WATCHES = [
  ['only the log is watched', 'a.log'],
  ['all names are watched', '**/a.log*'],
] as const;

describe.each(WATCHES)('renamecopy into a folder below, where %s', (_, pattern) => {
  test.each(['at once', 'while it is looked at'])('reads no line twice, made %s', async (how) => {
    await using scene = new WatchScene({ watches: [{ paths: [pattern] }] });
    const look = async (): Promise<void> => {
      if (how !== 'at once') await scene.settle();
    };
    const path = scene.folder.write('a.log', lines(1, 500));
    mkdirSync(scene.folder.join('old'));
    await scene.settle();
    scene.folder.append('a.log', lines(501, 510));
    renameSync(path, `${path}.tmp`);
    scene.folder.write('a.log', '');
    await look();
    const bytes = readFileSync(`${path}.tmp`);
    const copy = scene.folder.write('old/a.log.1', '');
    await look();
    writeFileSync(copy, bytes.subarray(0, 1_000));
    await look();
    writeFileSync(copy, bytes);
    await look();
    rmSync(`${path}.tmp`);
    await scene.settle();
    scene.folder.append('a.log', lines(511, 520));
    await scene.settle();
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 520).toSorted());
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('reads no line twice where it was made while nobody looked', async () => {
    await using scene = new WatchScene({ watches: [{ paths: [pattern] }] });
    const path = scene.folder.write('a.log', lines(1, 500));
    mkdirSync(scene.folder.join('old'));
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.append('a.log', lines(501, 510));
    copyFileSync(path, scene.folder.join('old/a.log.1'));
    rmSync(path);
    scene.folder.write('a.log', lines(511, 520));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 520).toSorted());
  });
});

test('a log with the same lines as the one before, which is still there, is read', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
  const path = scene.folder.write('a.log', lines(1, 5));
  await scene.settle();
  renameSync(path, `${path}.2`);
  scene.folder.write('a.log.1', lines(1, 5));
  scene.folder.write('a.log', lines(6, 9));
  await scene.settle();
  expect(scene.collector.texts().length).toBe(14);
});
