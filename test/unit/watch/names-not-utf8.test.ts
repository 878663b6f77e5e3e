/** Names whose bytes are not UTF-8: nothing can be read under them as text, so each is told, with what to do, until it is renamed. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { listFolder } from '../../../src/watch/folder-content.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** A path as the system has it: each character is one byte of the name. */
function bytePath(folder: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
}

describe('Watcher and a file whose name is not UTF-8', () => {
  test('names it once with what to do, reads the others, and reads it whole once it is renamed', async () => {
    await using scene = new WatchScene();
    const path = bytePath(scene.folder.path, 'caf\xe9.log');
    writeFileSync(path, lines(1, 3, 'hidden'));
    scene.folder.write('open.log', lines(1, 2, 'open'));
    scene.folder.write('ol\ufffd.log', lines(1, 2, 'replacement'));
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts().sort()).toEqual([
      ...numbers(1, 2, 'open'),
      ...numbers(1, 2, 'replacement'),
    ]);
    expect(scene.warnings).toEqual(['Cannot follow a file because of its name']);
    expect(scene.watcher.files().find(({ state }) => state === 'unreadable')).toMatchObject({
      path: scene.folder.join('caf\\xe9.log'),
      generation: null,
      error: 'its name is not UTF-8, so it is not read: rename it',
    });

    renameSync(path, scene.folder.join('café.log'));
    await scene.settle();
    expect(scene.collector.texts('café.log')).toEqual(numbers(1, 3, 'hidden'));
    await scene.settle();
    expect(scene.watcher.files().filter(({ state }) => state === 'unreadable')).toEqual([]);
    expect(scene.warnings).toHaveLength(1);
  });

  test('says nothing of one that no watch would read', async () => {
    await using scene = new WatchScene();
    writeFileSync(bytePath(scene.folder.path, 'caf\xe9.txt'), 'no log\n');
    await scene.settle();
    expect(scene.warnings).toEqual([]);
    expect(scene.watcher.files()).toEqual([]);
  });
});

describe('Watcher and a folder whose name is not UTF-8', () => {
  test('names it, also where a link leads to it, as far as folders below are watched', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['deep/**/*.log', 'flat/*.log'] }] });
    for (const name of ['deep', 'flat']) {
      const inside = bytePath(scene.folder.makeFolder(name), '\xfcber');
      mkdirSync(inside);
      symlinkSync('.', bytePath(scene.folder.join(name), 'l\xefnk'));
    }
    await scene.settle();
    expect(scene.warnings).toEqual([
      'Cannot follow a folder because of its name',
      'Cannot follow a folder because of its name',
    ]);
    expect(scene.watcher.files().map(({ path, error }) => ({ path, error }))).toEqual(
      ['\\xfcber', 'l\\xefnk'].map((name) => ({
        path: scene.folder.join('deep', name),
        error: 'its name is not UTF-8, so what is in it is not read: rename it',
      })),
    );
  });
});

test('listFolder() shows the bytes that are not UTF-8, and nothing else, by their codes', () => {
  using folder = TempFolder.make();
  const name = Buffer.concat([Buffer.from('Größe €🙂 '), Buffer.from([0xc3, 0x28, 0xff])]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), name]), '');
  const { entries, refused } = listFolder(folder.path);
  expect(entries).toEqual([]);
  expect(refused.map(({ shown }) => shown)).toEqual([folder.join('Größe €🙂 \\xc3(\\xff')]);
});
