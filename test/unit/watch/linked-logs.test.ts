/** A log that is watched through a link, as those of Kubernetes: it is rotated where the link leads to. */
import {
  copyFileSync,
  lchownSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { needsRoot } from '../../support/needs.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

type Rotation = (path: string, rotated: string) => void;

const ROTATIONS: Readonly<Record<string, Rotation>> = {
  renamed: (path, rotated) => {
    renameSync(path, rotated);
    writeFileSync(path, '');
  },
  'renamed and compressed': (path, rotated) => {
    writeFileSync(`${rotated}.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
    writeFileSync(path, '');
  },
  'copied and emptied': (path, rotated) => {
    copyFileSync(path, rotated);
    truncateSync(path);
  },
  'copied, compressed and emptied': (path, rotated) => {
    writeFileSync(`${rotated}.gz`, gzipSync(readFileSync(path)));
    truncateSync(path);
  },
};

/** `links/app.log` leads over `pods/link` to `pods/app/0.log`. */
function linked(): Readonly<{ scene: WatchScene; path: string }> {
  const scene = new WatchScene({ watches: [{ paths: ['links/*.log'] }] });
  const { folder } = scene;
  for (const name of ['links', 'pods', 'pods/app']) folder.makeFolder(name);
  const path = folder.write('pods/app/0.log', lines(1, 3));
  symlinkSync('app/0.log', folder.join('pods/link'));
  symlinkSync(folder.join('pods/link'), folder.join('links/app.log'));
  return { scene, path };
}

test.each(Object.entries(ROTATIONS))(
  'Watcher reads all of a log behind a link that was %s twice while nothing watched',
  async (_name, rotate) => {
    const { scene, path } = linked();
    await using _scene = scene;
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.append('pods/app/0.log', lines(4, 6));
    rotate(path, `${path}.20261120-143000`);
    scene.folder.append('pods/app/0.log', lines(7, 12));
    rotate(path, `${path}.20261120-144000`);
    scene.folder.append('pods/app/0.log', lines(13, 14));
    scene.start();
    await scene.settle();
    await scene.settle();
    const sorted = numbers(1, 14).toSorted();
    expect(scene.collector.texts().toSorted()).toEqual(sorted);
    expect(scene.watcher.losses()).toEqual([]);
  },
);

test.each(Object.entries(ROTATIONS))(
  'Watcher reads all of a log behind a link that is %s between two looks',
  async (_name, rotate) => {
    const { scene, path } = linked();
    await using _scene = scene;
    await scene.settle();
    scene.folder.append('pods/app/0.log', lines(4, 6));
    rotate(path, `${path}.1`);
    scene.folder.append('pods/app/0.log', lines(7, 8));
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 8));
  },
);

test('Watcher reads nothing beside the file that a link of somebody else leads to', async (context) => {
  needsRoot(context);
  const { scene, path } = linked();
  await using _scene = scene;
  lchownSync(scene.folder.join('pods/link'), 12_345, 12_345);
  await scene.settle();
  scene.commit();
  await scene.stop();
  scene.folder.write('pods/app/0.log.1', lines(100, 101));
  rmSync(path);
  scene.folder.write('pods/app/0.log', lines(4, 5));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 5));
});

test('Watcher takes nothing for a rotated form that is called like the link beside the file, or like the file beside the link', async () => {
  const scene = new WatchScene({ watches: [{ paths: ['links/app.log'] }] });
  await using _scene = scene;
  const { folder } = scene;
  for (const name of ['links', 'data']) folder.makeFolder(name);
  const path = folder.write('data/current.log', lines(1, 3));
  symlinkSync(path, folder.join('links/app.log'));
  await scene.settle();
  scene.commit();
  await scene.stop();
  folder.append('data/current.log', lines(4, 5));
  renameSync(path, `${path}.1`);
  folder.write('data/current.log', lines(6, 7));
  folder.write('data/app.log.1', lines(80, 82));
  folder.write('links/current.log.1', lines(90, 92));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 7));
});

test.each(['renamed', 'renamed and compressed'])(
  'Watcher reads what a log behind a link was rotated into, %s, also where it was killed before it could',
  async (name) => {
    const { scene, path } = linked();
    await using _scene = scene;
    await scene.settle();
    scene.commit();
    await scene.stop();
    const rotate = ROTATIONS[name]!;
    scene.folder.append('pods/app/0.log', lines(4, 6));
    rotate(path, `${path}.20261120-143000`);
    scene.folder.append('pods/app/0.log', lines(7, 12));
    rotate(path, `${path}.20261120-143100`);
    // Nothing watched for a minute, and half of it ago that was.
    scene.database
      .prepare(
        'UPDATE watch_generation SET siblings_at_ms = siblings_at_ms - 60000, modified_at_ms = modified_at_ms - 60000',
      )
      .run();
    const then = new Date(Date.now() - 30_000);
    for (const other of readdirSync(dirname(path)))
      utimesSync(join(dirname(path), other), then, then);
    scene.start();
    // Found, not read.
    for (let round = 0; round < 20; round += 1) {
      scene.watcher.round(scene.collector, { budgetBytes: 0 });
      await scene.clock.advance(0);
    }
    scene.commit();
    await scene.stop();
    // As when the log itself had been read meanwhile.
    scene.database
      .prepare("UPDATE watch_generation SET siblings_at_ms = ? WHERE path LIKE '%/links/app.log'")
      .run(Date.now());
    scene.start();
    scene.folder.append('pods/app/0.log', lines(13, 14));
    for (let round = 0; round < 3; round += 1) await scene.settle();
    expect(scene.collector.texts().sort()).toEqual(numbers(1, 14).sort());
  },
);
