/**
 * The number of an inode is given again when its file is gone: what the ledger knows of that number is of another file.
 *
 * No test can make a kernel give a number again, so the records are set to it: what is stored afterwards is what would
 * be stored had it done so.
 */
import { renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** All generations of the ledger, or those `of` a path, were in the file that is at `path` now; the births of both are known, or not. */
function reuseInode(scene: WatchScene, path: string, birthIsKnown: boolean, of = '%'): void {
  const { dev, ino } = statSync(path, { bigint: true });
  scene.database
    .prepare(
      'UPDATE watch_generation SET file_key = ?, birth_ms = CASE WHEN ? THEN birth_ms ELSE 0 END WHERE path LIKE ?',
    )
    .run(`${dev}:${ino}`, birthIsKnown ? 1 : 0, of);
}

describe.each([true, false])(
  'Watcher and an inode number given again, births known: %s',
  (births) => {
    test('Watcher reads the new file from its first byte, whatever its size', async () => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', lines(1, 30));
      await scene.settle();
      scene.commit();
      await scene.stop();
      rmSync(path);
      writeFileSync(path, lines(31, 90));
      reuseInode(scene, path, births);
      scene.start();
      await scene.settle();
      expect(scene.collector.texts()).toEqual(numbers(1, 90));
      expect(scene.watcher.losses()).toEqual([]);
    });

    test('Watcher is not deceived by a new file with the banner of the old one', async () => {
      await using scene = new WatchScene();
      const banner = `${'='.repeat(2_000)}\n`;
      const path = scene.folder.write('a.log', banner + lines(1, 30));
      await scene.settle();
      scene.commit();
      await scene.stop();
      rmSync(path);
      writeFileSync(path, banner + lines(31, 90));
      reuseInode(scene, path, births);
      scene.start();
      await scene.settle();
      const expected = [banner.trimEnd(), ...numbers(1, 30), banner.trimEnd(), ...numbers(31, 90)];
      expect(scene.collector.texts()).toEqual(expected);
    });

    test('Watcher reads a file of another name that got the number of one that ended', async () => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', lines(1, 30));
      await scene.settle();
      rmSync(path);
      await scene.settle();
      await scene.clock.advance(120_000);
      await scene.settle();
      scene.commit();
      await scene.stop();
      const other = scene.folder.write('other.log', lines(31, 60));
      reuseInode(scene, other, births);
      scene.start();
      await scene.settle();
      expect(scene.collector.texts()).toEqual(numbers(1, 60));
    });

    test('Watcher finds the rest that was compressed, and reads the new log that got the number of the old one', async () => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', lines(1, 500));
      await scene.settle();
      scene.commit();
      await scene.stop();
      rmSync(path);
      scene.folder.write('a.log.1.gz', gzipSync(lines(1, 900)));
      writeFileSync(path, lines(901, 1_000));
      reuseInode(scene, path, births);
      scene.start();
      await scene.settle();
      // While it was read, the log was rotated again, and is the one with the number.
      renameSync(path, `${path}.1`);
      scene.folder.append('a.log.1', lines(1_001, 1_010));
      writeFileSync(path, lines(1_011, 1_020));
      await scene.settle();
      expect(scene.collector.texts()).toEqual(numbers(1, 1_020));
      expect(scene.watcher.losses()).toEqual([]);
    });
  },
);

describe.each([true, false])(
  'Watcher and the inode number of another log with the very same lines, births known: %s',
  (births) => {
    test('Watcher reads a log that got the number of one that is gone', async () => {
      await using scene = new WatchScene();
      const path = scene.folder.write('one/a.log', lines(1, 300));
      await scene.settle();
      rmSync(path);
      await scene.settle();
      await scene.clock.advance(120_000);
      await scene.settle();
      scene.commit();
      await scene.stop();
      const other = scene.folder.write('two/a.log', lines(1, 300));
      utimesSync(other, new Date(), new Date(Date.now() + 60_000));
      reuseInode(scene, other, births);
      scene.start();
      await scene.settle();
      expect(scene.collector.texts('one/a.log')).toEqual(numbers(1, 300));
      expect(scene.collector.texts('two/a.log')).toEqual(numbers(1, 300));
    });

    test('Watcher finds the rest in a copy that got the number of one that is gone', async () => {
      await using scene = new WatchScene();
      const path = scene.folder.write('one/a.log', lines(1, 300));
      const copied = scene.folder.write('two/a.log', lines(1, 100));
      await scene.settle();
      rmSync(path);
      await scene.settle();
      await scene.clock.advance(120_000);
      await scene.settle();
      scene.commit();
      await scene.stop();
      const copy = scene.folder.write('two/a.log.1', lines(1, 300));
      reuseInode(scene, copy, births, path);
      writeFileSync(copied, lines(301, 310));
      scene.start();
      await scene.settle();
      expect(scene.collector.texts('two/a.log').sort()).toEqual(numbers(1, 310).sort());
    });

    test('Watcher unpacks a compressed log that got the number of one of which nothing was seen', async () => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', '');
      await scene.settle();
      scene.commit();
      await scene.stop();
      rmSync(path);
      const packed = scene.folder.write('a.log.2.gz', gzipSync(lines(1, 300)));
      reuseInode(scene, packed, births);
      scene.folder.write('a.log.1', lines(301, 310));
      writeFileSync(path, lines(311, 320));
      scene.start();
      for (let round = 0; round < 3; round += 1) await scene.settle();
      expect(scene.collector.texts().sort()).toEqual(numbers(1, 320).sort());
    });
  },
);
