/** The watcher on real files: discovery, rotation of each kind, restarts. Every line once, in order. */
import {
  copyFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { WatchScene } from '../../support/watch-scene.ts';

function lines(from: number, to: number, prefix = 'line'): string {
  let text = '';
  for (let number = from; number <= to; number += 1) text += `${prefix} ${number}\n`;
  return text;
}

function numbers(from: number, to: number, prefix = 'line'): string[] {
  return lines(from, to, prefix).split('\n').slice(0, -1);
}

describe('Watcher discovery', () => {
  test('Watcher reads files that are there, in folders below, and those that come later', async () => {
    await using scene = new WatchScene();
    scene.folder.write('a.log', lines(1, 3));
    scene.folder.write('deep/er/b.log', lines(1, 2, 'b'));
    scene.folder.write('c.txt', 'not watched\n');
    await scene.settle();
    expect(scene.collector.texts('a.log')).toEqual(numbers(1, 3));
    expect(scene.collector.texts('b.log')).toEqual(numbers(1, 2, 'b'));
    scene.folder.append('a.log', lines(4, 5));
    scene.folder.write('new/c.log', lines(1, 1, 'c'));
    await scene.settle();
    expect(scene.collector.texts('a.log')).toEqual(numbers(1, 5));
    expect(scene.collector.texts('c.log')).toEqual(['c 1']);
    expect(scene.collector.texts()).toHaveLength(8);
  });

  test('Watcher derives sources and never reads excluded folders', async () => {
    await using scene = new WatchScene({ excludedFolders: ['reports'] });
    scene.folder.write('web/access.log', 'x\n');
    scene.folder.write('plain.log', 'y\n');
    scene.folder.write('reports/daily.log', 'z\n');
    await scene.settle();
    const sources = scene.collector.pending.map((line) => line.source).sort();
    expect(sources).toEqual(['plain', 'web/access']);
  });

  test('Watcher reads one file once through two names, and follows a link to its new target', async () => {
    await using scene = new WatchScene();
    scene.folder.write('store/one.txt', lines(1, 2, 'one'));
    scene.folder.write('store/two.txt', lines(1, 2, 'two'));
    symlinkSync(scene.folder.join('store/one.txt'), scene.folder.join('x.log'));
    symlinkSync(scene.folder.join('store/one.txt'), scene.folder.join('y.log'));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 2, 'one'));
    rmSync(scene.folder.join('x.log'));
    symlinkSync(scene.folder.join('store/two.txt'), scene.folder.join('x.log'));
    scene.folder.append('store/one.txt', lines(3, 3, 'one'));
    await scene.settle();
    expect(scene.collector.texts().sort()).toEqual([
      ...numbers(1, 3, 'one'),
      ...numbers(1, 2, 'two'),
    ]);
    rmSync(scene.folder.join('x.log'));
    symlinkSync(scene.folder.join('store/one.txt'), scene.folder.join('x.log'));
    scene.folder.append('store/two.txt', lines(3, 3, 'two'));
    await scene.settle();
    expect(scene.collector.texts()).toHaveLength(6);
  });
});

describe('Watcher rotation', () => {
  test('Watcher reads the rest of a renamed file before its successor, and late writes after', async () => {
    await using scene = new WatchScene();
    scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.folder.append('a.log', lines(4, 6));
    renameSync(scene.folder.join('a.log'), scene.folder.join('a.log.1'));
    scene.folder.write('a.log', lines(7, 9));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 9));
    scene.folder.append('a.log.1', 'late\n');
    await scene.clock.advance(200);
    await scene.settle({ rescan: false });
    expect(scene.collector.texts()).toEqual([...numbers(1, 9), 'late']);
  });

  test('Watcher finds generations that lived and were renamed between two looks', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.folder.append('a.log', lines(4, 5));
    renameSync(path, `${path}.1`);
    scene.folder.write('a.log', lines(6, 7));
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    scene.folder.write('a.log', lines(8, 9));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 9));
  });

  test('Watcher reads the rest of a truncated file from its copy', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.folder.append('a.log', lines(4, 6));
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    scene.folder.append('a.log', lines(7, 8));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 8));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher does not read a copy that its own pattern names', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', lines(1, 30));
    await scene.settle();
    copyFileSync(path, `${path}.1`);
    await scene.settle();
    scene.folder.append('a.log', lines(31, 32));
    await scene.settle();
    truncateSync(path);
    scene.folder.append('a.log', lines(33, 34));
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 34));
  });
});

describe('Watcher truncation', () => {
  test('Watcher tells truncation without a copy as a loss, once', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.commit();
    scene.folder.append('a.log', 'not finished');
    await scene.settle({ rescan: true });
    writeFileSync(path, lines(4, 90));
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts()).toEqual(numbers(1, 90));
    const [loss, ...others] = scene.watcher.losses();
    expect(others).toEqual([]);
    expect(loss).toMatchObject({ start: 21, end: 33, kind: 'lost' });
    expect(scene.alerted).toHaveLength(1);
  });

  test('Watcher sees that a file was rewritten to the same size', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3, 'old'));
    await scene.settle();
    writeFileSync(path, lines(1, 3, 'new'));
    await scene.settle();
    expect(scene.collector.texts()).toEqual([...numbers(1, 3, 'old'), ...numbers(1, 3, 'new')]);
  });

  test('Watcher tells generations with the same banner apart', async () => {
    await using scene = new WatchScene();
    const banner = `${'banner '.repeat(300)}\n`;
    const path = scene.folder.write('a.log', banner + lines(1, 3));
    await scene.settle();
    writeFileSync(path, banner + lines(4, 40));
    await scene.settle();
    expect(scene.collector.texts()).toEqual([
      `${banner.trimEnd()} `,
      ...numbers(1, 3),
      `${banner.trimEnd()} `,
      ...numbers(4, 40),
    ]);
  });

  test('Watcher skips the hole that a writer without O_APPEND leaves, and says so', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 10));
    await scene.settle();
    scene.commit();
    writeFileSync(path, Buffer.concat([Buffer.alloc(70), Buffer.from(lines(11, 12))]));
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts()).toEqual(numbers(1, 12));
    const { generation = 0 } = scene.collector.committed.at(-1) ?? {};
    expect(scene.watcher.spansOf(generation)).toMatchObject([
      { start: 0, end: 70, kind: 'skipped', reason: 'hole of NUL bytes' },
    ]);
  });
});

describe('Watcher restart', () => {
  test('Watcher reads what was not committed again, and nothing else', async () => {
    await using scene = new WatchScene();
    scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.commit();
    scene.folder.append('a.log', lines(4, 6));
    await scene.settle();
    await scene.restart();
    scene.folder.append('a.log', lines(7, 7));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 7));
  });

  test('Watcher goes on where it was after rotations it did not see', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.append('a.log', lines(4, 5));
    renameSync(path, `${path}.2`);
    scene.folder.write('a.log.1', lines(6, 7));
    scene.folder.write('a.log', lines(8, 9));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 9));
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 9));
  });

  test('Watcher finds the rest in the copy when the file was truncated while it was down', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.append('a.log', lines(4, 5));
    copyFileSync(path, `${path}-20261120`);
    writeFileSync(path, lines(6, 60));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 60));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher takes a file that was deleted and made again with the same inode for a new one', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.commit();
    await scene.stop();
    // Birth times have a grain of some milliseconds; within it the two cannot be told apart.
    const since = Date.now();
    await waitFor(() => Date.now() > since + 50);
    rmSync(path);
    scene.folder.write('a.log', lines(1, 4));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual([...numbers(1, 3), ...numbers(1, 4)]);
  });

  test('Watcher reads from the end only what was there when the watch was new', async () => {
    await using scene = new WatchScene({ watches: [{ readFrom: 'end' }] });
    scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.folder.append('a.log', lines(4, 4));
    scene.folder.write('b.log', 'b 1\n');
    await scene.settle();
    expect(scene.collector.texts()).toEqual(['line 4', 'b 1']);
    scene.commit();
    await scene.stop();
    scene.folder.write('c.log', 'c 1\n');
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(['line 4', 'b 1', 'c 1']);
  });
});
