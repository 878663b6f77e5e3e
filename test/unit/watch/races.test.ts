/** What happens between two looks: lines that grow, names that move and copies that are made while somebody looks. */
import {
  closeSync,
  copyFileSync,
  openSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { ByteSource } from '../../../src/watch/byte-source.ts';
import { Handles } from '../../../src/watch/handles.ts';
import { UNFINISHED_QUIET_MS, UNFINISHED_UNKNOWN_MS } from '../../../src/watch/limits.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

describe('Watcher and a last line without newline', () => {
  test('Watcher takes no half line whose rest is there already', async () => {
    await using scene = new WatchScene();
    scene.folder.write('a.log', 'line 1\nhal');
    await scene.settle();
    scene.folder.append('a.log', 'f\nline 3\n');
    await scene.clock.advance(UNFINISHED_UNKNOWN_MS + 1);
    await scene.settle();
    expect(scene.collector.texts()).toEqual(['line 1', 'half', 'line 3']);
    expect(scene.collector.pending.filter(({ kind }) => kind === 'partial')).toEqual([]);
  });

  test('Watcher takes no half line at the end of all reading whose rest is there already', async () => {
    await using scene = new WatchScene();
    scene.folder.write('a.log', 'line 1\nhal');
    await scene.settle();
    scene.folder.append('a.log', 'f\nline 3\nlast');
    await scene.settle({ finishLines: true });
    expect(scene.collector.texts()).toEqual(['line 1', 'half', 'line 3', 'last']);
  });

  test('Watcher waits for who writes to a renamed file, whatever its name has become', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.join('a.log');
    const writer = openSync(path, 'a');
    writeSync(writer, 'line 1\nhal');
    await scene.settle();
    renameSync(path, `${path}.1`);
    await scene.settle();
    renameSync(`${path}.1`, `${path}.2`);
    writeFileSync(`${path}.1`, 'another\n');
    await scene.clock.advance(UNFINISHED_QUIET_MS + 1);
    await scene.settle({ rescan: false });
    writeSync(writer, 'f\n');
    closeSync(writer);
    await scene.settle();
    expect(scene.collector.texts()).toContain('half');
    expect(scene.collector.texts()).not.toContain('hal');
  });
});

test('Watcher reads a generation that was rotated away between the look at its path and its opening', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 5));
  await scene.settle();
  renameSync(path, `${path}.1`);
  scene.folder.write('a.log', lines(6, 10));
  // So long that the folder does not count as moving.
  await pause(50);
  const open = vi.spyOn(Handles.prototype, 'open').mockImplementationOnce((opened) => {
    expect(opened).toBe(path);
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    scene.folder.write('a.log', lines(11, 15));
    return ByteSource.open(opened);
  });
  // Told of it by the system alone, which may take a while: one look.
  for (let wait = 0; wait < 200 && open.mock.calls.length === 0; wait += 1) {
    await pause(10);
    await scene.settle({ rescan: false });
  }
  open.mockRestore();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 15));
});

test('Watcher tells no loss of a log that was emptied and written anew between the look at it and its first bytes', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 50));
  const original = ByteSource.prototype.look;
  const look = vi.spyOn(ByteSource.prototype, 'look').mockImplementationOnce(function (
    this: ByteSource,
  ) {
    const seen = original.call(this);
    truncateSync(path);
    scene.folder.append('a.log', lines(51, 55));
    return seen;
  });
  scene.watcher.rescan();
  while (look.mock.calls.length === 0) {
    scene.watcher.round(scene.collector, { budgetBytes: 0 });
    await scene.clock.advance(0);
  }
  look.mockRestore();
  // It has a rest to look for before anything was read.
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  scene.folder.append('a.log', lines(56, 57));
  await scene.settle();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(51, 57));
  expect(scene.watcher.losses()).toEqual([]);
});

describe('Watcher and copies', () => {
  test('Watcher does not read the copy of lines it is about to read in the log', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 30));
    await scene.settle();
    scene.commit();
    truncateSync(path);
    scene.folder.append('a.log', lines(31, 90));
    copyFileSync(path, `${path}.1`);
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 90));
    scene.folder.append('a.log', lines(91, 95));
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    scene.folder.append('a.log', lines(96, 99));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 99));
  });

  test('Watcher reads a renamed generation that is the beginning of the one after it', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', 'first\n');
    await scene.settle();
    renameSync(path, `${path}.2`);
    scene.folder.write('a.log', 'banner\n');
    renameSync(path, `${path}.1`);
    scene.folder.write('a.log', 'banner\nline\n');
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(['first', 'banner', 'banner', 'line']);
  });
});
