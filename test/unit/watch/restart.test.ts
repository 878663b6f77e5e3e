/** The watcher goes away and comes back: what was committed is not read again, and what happened meanwhile is found. */
import { copyFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { WatchSink } from '../../../src/watch/sink.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

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

  test('Watcher finds rotations that came after it stopped while the log was missing', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    renameSync(path, `${path}.1`);
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.append('a.log.1', lines(4, 5));
    renameSync(`${path}.1`, `${path}.3`);
    scene.folder.write('a.log.1', lines(8, 9));
    scene.folder.write('a.log.2', lines(6, 7));
    // Both within one tick of the clock: then the names alone tell which is the older one.
    const now = new Date();
    for (const count of [1, 2]) utimesSync(`${path}.${count}`, now, now);
    scene.folder.write('a.log', lines(10, 11));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 11));
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
});

describe('Watcher and a log that is gone after a restart', () => {
  test.each(['rotated and deleted', 'emptied'])(
    'Watcher says that lines may be missing of one that was %s',
    async (how) => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', lines(1, 3));
      await scene.settle();
      scene.commit();
      const { generation = 0 } = scene.collector.committed[0] ?? {};
      await scene.stop();
      scene.folder.append('a.log', lines(4, 5));
      if (how === 'emptied') writeFileSync(path, '');
      else rmSync(path);
      scene.folder.append('a.log', lines(6, 7));
      scene.start();
      for (let look = 0; look < 10; look += 1) await scene.settle();
      scene.commit();
      expect(scene.collector.texts()).toEqual([...numbers(1, 3), ...numbers(6, 7)]);
      const end = lines(1, 3).length;
      expect(scene.watcher.spansOf(generation)).toMatchObject([{ kind: 'gap', start: end, end }]);
      expect(scene.watcher.losses()).toEqual([]);
    },
  );
});

describe('Watcher replaced files', () => {
  test('Watcher takes a file that was deleted and made again for a new one', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 9));
    await scene.settle();
    scene.commit();
    await scene.stop();
    rmSync(path);
    scene.folder.write('a.log', lines(10, 40));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 40));
  });

  test.each(['while it runs', 'while it is down'])(
    'Watcher reads only what is new when a file is replaced by a longer version of itself, %s',
    async (when) => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', lines(1, 20));
      await scene.settle();
      scene.commit();
      if (when === 'while it is down') await scene.stop();
      scene.folder.write('next', lines(1, 25));
      renameSync(scene.folder.join('next'), path);
      if (when === 'while it is down') scene.start();
      await scene.settle();
      await scene.settle();
      expect(scene.collector.texts()).toEqual(numbers(1, 25));
      expect(scene.watcher.losses()).toEqual([]);
    },
  );
});

describe('Watcher.resume()', () => {
  /** Lines 1 to 3 are committed, 4 to 6 were handed over and kept elsewhere when the process went. */
  async function crashed(scene: WatchScene): Promise<{ number: number; offsetBytes: number }> {
    scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    scene.commit();
    scene.folder.append('a.log', lines(4, 6));
    await scene.settle();
    const { generation: number } = scene.collector.pending[0] ?? { generation: 0 };
    const offsetBytes = lines(1, 6).length;
    await scene.stop();
    return { number, offsetBytes };
  }

  test('Watcher goes on behind what was kept elsewhere', async () => {
    await using scene = new WatchScene();
    const { number, offsetBytes } = await crashed(scene);
    scene.folder.append('a.log', lines(7, 7));
    scene.start();
    scene.watcher.resume(number, { offsetBytes, insideLine: false });
    await scene.settle();
    expect(scene.collector.texts()).toEqual([...numbers(1, 3), 'line 7']);
  });

  test.each(['nothing new', 'more'])(
    'Watcher keeps what was committed before its first round, %s',
    async (what) => {
      await using scene = new WatchScene();
      const { number, offsetBytes } = await crashed(scene);
      scene.start();
      const kept = { start: lines(1, 3).length, bytes: Buffer.from(lines(4, 6)) };
      scene.watcher.resume(number, { offsetBytes, insideLine: false, kept });
      scene.collector.safe.set(number, { offsetBytes, line: 0 });
      scene.commit();
      if (what === 'more') scene.folder.append('a.log', lines(7, 7));
      await scene.restart();
      await scene.settle();
      scene.folder.append('a.log', lines(8, 8));
      await scene.settle();
      const expected = what === 'more' ? ['line 7', 'line 8'] : ['line 8'];
      expect(scene.collector.texts()).toEqual([...numbers(1, 3), ...expected]);
    },
  );

  test('Watcher reads all of a file that was truncated and grew past what was kept, under one banner', async () => {
    await using scene = new WatchScene();
    const banner = `${'='.repeat(2_000)}\n`;
    const path = scene.folder.write('a.log', banner + lines(1, 30));
    await scene.settle();
    const { generation: number } = scene.collector.pending[0] ?? { generation: 0 };
    await scene.stop();
    scene.start();
    const bytes = Buffer.from(banner + lines(1, 30));
    const kept = { start: 0, bytes };
    scene.watcher.resume(number, { offsetBytes: bytes.length, insideLine: false, kept });
    writeFileSync(path, banner + lines(31, 90));
    await scene.settle();
    expect(scene.collector.texts()).toEqual([banner.trimEnd(), ...numbers(31, 90)]);
  });

  test('Watcher says what is lost behind what was kept when the file was truncated meanwhile', async () => {
    await using scene = new WatchScene();
    const { number, offsetBytes } = await crashed(scene);
    writeFileSync(scene.folder.join('a.log'), lines(100, 102));
    scene.start();
    scene.watcher.resume(number, { offsetBytes, insideLine: false });
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts()).toEqual([...numbers(1, 3), ...numbers(100, 102)]);
    expect(scene.watcher.losses()).toEqual([]);
  });
});

test('Watcher has a generation in its database before it hands over the first byte of it', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 30));
  await scene.settle();
  scene.commit();
  const find = scene.database.prepare('SELECT 1 FROM watch_generation WHERE number = ?');
  const unknown: number[] = [];
  const { collector } = scene;
  const sink: WatchSink = {
    chunk: (generation, chunk) => {
      if (find.get(generation.number) === undefined) unknown.push(generation.number);
      return collector.chunk(generation, chunk);
    },
    longLine: (generation, line) => collector.longLine(generation, line),
    partial: (generation, line) => collector.partial(generation, line),
    ended: (generation) => collector.ended(generation),
  };
  // Found by reading, not by a look at the path: what was there is gone.
  writeFileSync(path, lines(31, 90));
  scene.watcher.lookAtAll();
  scene.watcher.round(sink, { budgetBytes: 1_000_000 });
  expect(collector.texts()).toEqual(numbers(1, 90));
  expect(unknown).toEqual([]);
});
