/** Logs that rotation compresses with xz or bzip2 (`compresscmd` of logrotate): their lines are read like those of any other. */
import { renameSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** `lines(1, 60)`, made with xz and bzip2. */
const PACKED = [
  [
    '.xz',
    '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AHWAF1dADYaSh8IoCtv/pTGQdMBWdXgQJCCtKMCOYt6s0Ljd6CGR2C45eR7MxQbdWRj+Im1HION3MxNt8udWvQBoslc/O1D9LgvcIkH57V6aQ4cYzoJ47JLdIBCYAk9j3GRAAAAAAA6YZhcDr9X7wABedcDAAAAc4QYxrHEZ/sCAAAAAARZWg==',
  ],
  [
    '.bz2',
    'QlpoOTFBWSZTWRXuNRYAAK/ZAAAQQAB/4AIlIACIKTT0H+qpggyqbP9VUP1Rk0pnyK2vh9m5QBYegVCAQBmZms3vfMlt1mZmb5DcsOBqWDRxLA28SwC2AQACA7ktvclt/SW3uS2/xdyRThQkBXuNRYA=',
  ],
] as const;

describe.each(PACKED)('Watcher and %s', (suffix, base64) => {
  const packed = Buffer.from(base64, 'base64');

  test('Watcher finds the rest that was compressed while it was down', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', lines(1, 50));
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.write(`a.log.1${suffix}`, packed);
    rmSync(path);
    scene.folder.write('a.log', lines(61, 70));
    scene.start();
    await scene.settle();
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 70));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher reads what came and was compressed while it was down', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(0, 0));
    await scene.settle();
    scene.commit();
    await scene.stop();
    renameSync(path, `${path}.2`);
    scene.folder.write(`a.log.1${suffix}`, packed);
    scene.folder.write('a.log', lines(61, 70));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(0, 70));
  });

  test('Watcher does not read again what was compressed', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', lines(1, 60));
    await scene.settle();
    rmSync(path);
    scene.folder.write(`a.log.1${suffix}`, packed);
    scene.folder.write('a.log', lines(61, 70));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 70));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher waits for the end of one that is still written', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    scene.folder.write(`a.log.1${suffix}`, packed.subarray(0, packed.length / 2));
    await scene.settle();
    expect(scene.collector.texts()).toEqual([]);
    scene.folder.append(`a.log.1${suffix}`, packed.subarray(packed.length / 2));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 60));
  });

  test('Watcher goes on where another file has that name', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    scene.folder.write(`a.log.1${suffix}`, lines(1, 9));
    scene.folder.write(`a.log.2${suffix}`, Buffer.concat([packed, packed]));
    scene.folder.write('a.log', lines(61, 70));
    await scene.settle();
    expect(scene.collector.texts('.log')).toEqual(numbers(61, 70));
    expect(scene.collector.texts(`.2${suffix}`)).toEqual([...numbers(1, 60), ...numbers(1, 60)]);
  });
});
