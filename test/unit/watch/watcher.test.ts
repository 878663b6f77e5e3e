/** Which files the watcher reads, and from where. */
import { appendFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

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

  test('Watcher sees at a look what has grown before anybody has said so, handle or no handle', async () => {
    await using scene = new WatchScene({ handlesMax: 1 });
    scene.folder.write('a.log', lines(1, 1, 'a'));
    scene.folder.write('b.log', lines(1, 1, 'b'));
    await scene.settle();
    scene.folder.append('a.log', lines(2, 2, 'a'));
    scene.folder.append('b.log', lines(2, 2, 'b'));
    // Nothing lets events in between.
    const read = (): void => {
      const options = { budgetBytes: 8_000_000 };
      while (scene.watcher.round(scene.collector, options));
    };
    read();
    expect(scene.collector.texts()).toHaveLength(2);
    scene.watcher.lookAtAll();
    read();
    expect(scene.collector.texts().sort()).toEqual(['a 1', 'a 2', 'b 1', 'b 2']);
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

test('Watcher looks at some sizes in each round that reads nothing, at all of them in several', async () => {
  await using scene = new WatchScene();
  const paths = Array.from({ length: 1_100 }, (_, file) =>
    scene.folder.write(`${file}.log`, 'x\n'),
  );
  const nothing = { budgetBytes: 0 };
  while (!scene.watcher.isComplete) scene.watcher.round(scene.collector, nothing);
  for (let more = 0; more < 2; more += 1) scene.watcher.round(scene.collector, nothing);
  const behind = (): number => scene.watcher.fileStatuses('none').totals.lagBytes;
  expect(behind()).toBe(2_200);
  for (const path of paths) appendFileSync(path, 'y\n');
  scene.watcher.round(scene.collector, nothing);
  expect(behind()).toBe(4_200);
  scene.watcher.round(scene.collector, nothing);
  expect(behind()).toBe(4_400);
  await scene.settle();
  expect(scene.collector.texts()).toHaveLength(2_200);
});

describe('Watcher and links that lead elsewhere', () => {
  test.each(['while it runs', 'while it is down'])(
    'Watcher reads the rest of the old target, then the new one, and goes on in the old one when the link leads there again, %s',
    async (when) => {
      await using scene = new WatchScene();
      const link = scene.folder.join('app.log');
      const switchTo = async (name: string): Promise<void> => {
        scene.commit();
        if (when === 'while it is down') await scene.stop();
        // Written a moment before the link is changed.
        sequence += 1;
        scene.folder.append(`store/${target}`, lines(sequence, sequence));
        target = name;
        symlinkSync(scene.folder.join('store', name), `${link}.new`);
        renameSync(`${link}.new`, link);
        sequence += 1;
        scene.folder.append(`store/${target}`, lines(sequence, sequence));
        if (when === 'while it is down') scene.start();
        await scene.settle();
        await scene.settle();
      };
      let sequence = 40;
      let target = 'one.txt';
      scene.folder.write('store/one.txt', lines(1, 20));
      scene.folder.write('store/two.txt', lines(21, 40));
      symlinkSync(scene.folder.join('store/one.txt'), link);
      await scene.settle();
      expect(scene.collector.texts()).toEqual(numbers(1, 20));
      for (const name of ['two.txt', 'one.txt', 'two.txt', 'one.txt']) await switchTo(name);
      const texts = scene.collector.texts();
      expect(texts.toSorted()).toEqual(numbers(1, sequence).toSorted());
      expect(scene.watcher.losses()).toEqual([]);
    },
  );
});

describe('Watcher and links beside what they lead to', () => {
  test('Watcher knows a file by its own name, whatever comes first', async () => {
    await using scene = new WatchScene();
    scene.folder.write('z-real.log', lines(1, 2, 'real'));
    scene.folder.write('below/app.log', lines(1, 2, 'below'));
    symlinkSync('z-real.log', scene.folder.join('a-link.log'));
    symlinkSync('below/app.log', scene.folder.join('current.log'));
    await scene.settle();
    const sources = scene.collector.pending.map(({ source, text }) => `${source}: ${text}`);
    expect(sources.sort()).toEqual([
      'below/app: below 1',
      'below/app: below 2',
      'z-real: real 1',
      'z-real: real 2',
    ]);
    scene.commit();
    const archivable = (): string[] => scene.watcher.archivable().map(({ path }) => path);
    const below = scene.folder.join('below/app.log');
    const real = scene.folder.join('z-real.log');
    expect(archivable().sort()).toEqual([below, real]);

    renameSync(real, `${real}.1`);
    scene.folder.append('z-real.log.1', lines(3, 3, 'real'));
    scene.folder.write('z-real.log', lines(4, 4, 'real'));
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts().sort()).toEqual([
      ...numbers(1, 2, 'below'),
      ...numbers(1, 4, 'real'),
    ]);
    expect(archivable().sort()).toEqual([below, real, `${real}.1`]);
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher gives a file that it knew by a link alone its own name once that is watched', async () => {
    const watches = [{ name: 'links', paths: ['link/*.log'] }];
    await using scene = new WatchScene({ watches });
    const real = scene.folder.write('real/app.log', lines(1, 2));
    scene.folder.makeFolder('link');
    symlinkSync(real, scene.folder.join('link/a.log'));
    await scene.settle();
    scene.commit();
    const status = (): unknown =>
      scene.watcher.files().map(({ path, source }) => ({ path, source }));
    expect(status()).toEqual([{ path: scene.folder.join('link/a.log'), source: 'link/a' }]);

    const both = [...watches, { name: 'files', paths: ['real/*.log'] }];
    scene.watcher.reconfigure(
      both.map((watch) => scene.settings(watch)),
      [],
    );
    await scene.settle();
    scene.folder.append('real/app.log', lines(3, 3));
    await scene.settle();
    expect(status()).toEqual([{ path: real, source: 'real/app' }]);
    expect(scene.collector.texts()).toEqual(numbers(1, 3));
    expect(scene.watcher.archivable()).toMatchObject([{ path: real, watch: { name: 'files' } }]);
  });
});

describe('Watcher first reading', () => {
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
