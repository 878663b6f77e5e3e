/** Unpacking under trouble: a disk without room, and files that nobody wants any more when they are unpacked. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { needsProgram, needsRoot, skipsWithout } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** Minutes pass, looked at every ten seconds. */
async function wait(scene: WatchScene, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 10) await scene.settle();
}

test.each(['never seen', 'the rest of a renamed log', 'the rest of a truncated log'])(
  'Watcher reads compressed lines, %s, when there is room for them minutes later',
  async (what) => {
    await using scene = new WatchScene({ scratchFolder: 'scratch' });
    const path = scene.folder.write('a.log', lines(1, 100));
    await scene.settle();
    scene.commit();
    await scene.stop();
    const isRest = what !== 'never seen';
    const packed = gzipSync(isRest ? lines(1, 200) : lines(101, 200));
    if (what === 'never seen') renameSync(path, `${path}.2`);
    else if (what === 'the rest of a renamed log') rmSync(path);
    else truncateSync(path);
    scene.folder.write('a.log.1.gz', packed);
    scene.folder.append('a.log', lines(201, 202));
    scene.start();
    await wait(scene, 200);
    scene.commit();
    expect(scene.watcher.losses()).toEqual([]);
    mkdirSync(scene.folder.join('scratch'));
    await wait(scene, 100);
    expect(scene.collector.texts().sort()).toEqual(numbers(1, 202).sort());
  },
);

test('Watcher unpacks the next file when what is being unpacked is not watched any more', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['old/*.gz'] }] });
  scene.folder.write('old/a.log.gz', gzipSync(lines(1, 50_000)));
  scene.watcher.round(scene.collector, { budgetBytes: 1 });
  scene.watcher.reconfigure([scene.settings({ paths: ['new/*.gz'] })], []);
  scene.folder.write('new/a.log.gz', gzipSync(lines(1, 5)));
  copyFileSync(scene.folder.join('new/a.log.gz'), scene.folder.join('new/b.log.gz'));
  await waitFor(() => {
    scene.watcher.rescan();
    scene.watcher.round(scene.collector, { budgetBytes: 8_000_000 });
    return scene.watcher.isComplete && scene.collector.texts().length > 0;
  });
  await scene.settle();
  expect(scene.collector.texts()).toEqual([...numbers(1, 5), ...numbers(1, 5)]);
});

test('Watcher unpacks where a file that is deleted while it is open keeps a name, as on FUSE and NFS', async (context) => {
  const bindfs = needsProgram(context, 'bindfs');
  needsRoot(context);
  if (!existsSync('/dev/fuse')) skipsWithout(context, 'FUSE');
  await using scene = new WatchScene({ watches: [{ paths: ['*.gz'] }], scratchFolder: 'scratch' });
  const scratch = scene.folder.join('scratch');
  mkdirSync(scratch);
  execFileSync(bindfs, [scratch, scratch]);
  try {
    scene.folder.write('a.log.gz', gzipSync(lines(1, 500)));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 500));
    await scene.stop();
    expect(readdirSync(scratch)).toEqual([]);
  } finally {
    execFileSync('umount', ['--lazy', scratch]);
  }
});
