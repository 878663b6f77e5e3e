/** A file system without a device of its own (an overlay, one of the network) that is mounted anew: its files have another device number. */
import { spawnSync } from 'node:child_process';
import { renameSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROTATED_IDLE_MS } from '../../../src/watch/limits.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** An overlay over the folder of the logs. Device numbers that are free are given again, lowest first: `taken` takes one. */
class Overlay implements Disposable {
  readonly #scene: WatchScene;
  readonly #mounted: string[] = [];

  constructor(scene: WatchScene) {
    this.#scene = scene;
    for (const name of ['logs', 'upper', 'work', 'lower', 'taken']) scene.folder.makeFolder(name);
  }

  mount(): boolean {
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) =>
      this.#scene.folder.join(name),
    );
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    return this.#mount('logs', ['-t', 'overlay', '-o', options, 'overlay']);
  }

  mountAnew(): void {
    this.#mount('taken', ['-t', 'tmpfs', '-o', 'size=1m', 'logstead-test']);
    this.mount();
  }

  unmount(): void {
    for (const folder of this.#mounted.splice(0)) spawnSync('umount', ['--lazy', folder]);
  }

  [Symbol.dispose](): void {
    this.unmount();
  }

  #mount(name: string, args: readonly string[]): boolean {
    const folder = this.#scene.folder.join(name);
    const isMounted = spawnSync('mount', [...args, folder]).status === 0;
    if (isMounted) this.#mounted.push(folder);
    return isMounted;
  }
}

/** Its log of five lines was read; then the file system was taken away for so long. */
async function readAndUnmounted(
  scene: WatchScene,
  overlay: Overlay,
  awayMs: number,
): Promise<number> {
  const path = scene.folder.write('logs/a.log', lines(1, 5));
  await scene.settle();
  scene.commit();
  const { dev } = statSync(path);
  overlay.unmount();
  await scene.settle();
  await scene.clock.advance(awayMs);
  await scene.settle();
  scene.commit();
  return dev;
}

test.for([0, 2 * ROTATED_IDLE_MS])(
  'A log is not read again when its file system is mounted anew after %d ms',
  async (awayMs, { skip }) => {
    await using scene = new WatchScene({ watches: [{ paths: ['logs/*.log'] }] });
    using overlay = new Overlay(scene);
    skip(!overlay.mount(), 'this user may not mount an overlay here');
    const before = await readAndUnmounted(scene, overlay, awayMs);
    overlay.mountAnew();
    await scene.settle();
    expect(statSync(scene.folder.join('logs/a.log')).dev).not.toBe(before);
    expect(scene.collector.texts()).toEqual(numbers(1, 5));
    scene.folder.append('logs/a.log', lines(6, 7));
    await scene.settle();
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 7));
  },
);

test.for([0, 2 * ROTATED_IDLE_MS])(
  'One that was rotated while it was mounted nowhere, for %d ms, is read on under its new name',
  async (awayMs, { skip }) => {
    await using scene = new WatchScene({ watches: [{ paths: ['logs/*.log'] }] });
    using overlay = new Overlay(scene);
    skip(!overlay.mount(), 'this user may not mount an overlay here');
    await readAndUnmounted(scene, overlay, awayMs);
    scene.folder.append('upper/a.log', lines(6, 7));
    renameSync(scene.folder.join('upper/a.log'), scene.folder.join('upper/a.log.1'));
    scene.folder.write('upper/a.log', lines(8, 9));
    overlay.mountAnew();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 9));
  },
);

test('A log that its first write brings up from a lower layer is not read again after a restart', async ({
  skip,
}) => {
  await using scene = new WatchScene({ watches: [{ paths: ['logs/*.log'] }] });
  using overlay = new Overlay(scene);
  scene.folder.write('lower/a.log', lines(1, 5));
  skip(!overlay.mount(), 'this user may not mount an overlay here');
  await scene.settle();
  scene.commit();
  const { birthtimeMs } = statSync(scene.folder.join('logs/a.log'));
  scene.folder.append('logs/a.log', lines(6, 7));
  expect(statSync(scene.folder.join('logs/a.log')).birthtimeMs).not.toBe(birthtimeMs);
  await scene.settle();
  scene.commit();
  await scene.stop();
  scene.folder.append('logs/a.log', lines(8, 9));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 9));
});
