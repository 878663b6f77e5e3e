/** Logs whose writer makes room ahead, NULs that it fills in place: without a word of the system, line after line. */
import { closeSync, openSync, renameSync, truncateSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOM_LOOK_MS, ROOM_QUIET_LOOK_MS, ROOM_QUIET_MS } from '../../../src/watch/limits.ts';
import { needsSightOfWriters } from '../../support/needs.ts';
import { ReaderScene } from '../../support/reader-scene.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

const ROOM_BYTES = 1024 * 1024;

/** Opens the file of a log for as long as it lives, and writes line after line into the room of it. */
class RoomWriter implements Disposable {
  readonly #file: number;
  #at = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'a+');
    closeSync(this.#file);
    truncateSync(path, ROOM_BYTES);
    this.#file = openSync(path, 'r+');
  }

  write(text: string): void {
    this.#at += writeSync(this.#file, text, this.#at);
  }

  get end(): number {
    return this.#at;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

describe('A log with room ahead', () => {
  // A head is short with five lines, and full with a hundred.
  test.each([5, 100])('is read as it is filled, %d lines at a time', async (count) => {
    await using scene = new WatchScene();
    const path = scene.folder.join('a.log');
    using writer = new RoomWriter(path);
    for (let burst = 0; burst < 5; burst += 1) {
      writer.write(lines(burst * count + 1, (burst + 1) * count));
      await scene.clock.advance(ROOM_LOOK_MS + 1);
      // No rescan: nothing but the clock tells of what was written.
      await scene.settle({ rescan: burst === 0 });
      scene.commit();
      expect(scene.collector.texts()).toEqual(numbers(1, (burst + 1) * count));
      expect(scene.watcher.files()).toMatchObject([{ lagBytes: 0, sizeBytes: ROOM_BYTES }]);
      if (burst === 2) await scene.restart();
    }
    truncateSync(path, writer.end);
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 5 * count));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('is read on behind the room where text follows there', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.join('a.log');
    using writer = new RoomWriter(path);
    writer.write(lines(1, 3));
    await scene.settle();
    scene.folder.append('a.log', lines(4, 5));
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts()).toEqual(numbers(1, 5));
    expect(scene.watcher.spansOf(1)).toMatchObject([
      { start: writer.end, end: ROOM_BYTES, reason: 'hole of NUL bytes' },
    ]);
  });

  test('ends where it was renamed and nobody has it open, with the room passed', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.join('a.log');
    {
      using writer = new RoomWriter(path);
      writer.write(lines(1, 3));
      await scene.settle();
      renameSync(path, `${path}.1`);
      writer.write(lines(4, 5));
      for (let second = 0; second < 30; second += 1) {
        await scene.clock.advance(1_000);
        await scene.settle();
      }
      expect(scene.collector.texts()).toEqual(numbers(1, 5));
      expect(scene.collector.endedNumbers).toEqual([]);
    }
    for (let second = 0; second < 30; second += 1) {
      await scene.clock.advance(1_000);
      await scene.settle();
    }
    scene.commit();
    expect(scene.collector.endedNumbers).toEqual([1]);
    expect(scene.watcher.spansOf(1)).toMatchObject([{ end: ROOM_BYTES }]);
    expect(scene.collector.texts()).toEqual(numbers(1, 5));
  });

  test('is whole when it was quiet for long and nobody has it open', async (context) => {
    needsSightOfWriters(context);
    await using scene = new WatchScene();
    {
      using writer = new RoomWriter(scene.folder.join('a.log'));
      writer.write(lines(1, 3));
      await scene.settle();
      await scene.clock.advance(ROOM_QUIET_MS + ROOM_QUIET_LOOK_MS);
      await scene.settle();
      await scene.clock.advance(ROOM_QUIET_LOOK_MS);
      await scene.settle();
      expect(scene.watcher.spansOf(1)).toEqual([]);
    }
    await scene.clock.advance(ROOM_QUIET_LOOK_MS);
    await scene.settle();
    scene.commit();
    expect(scene.watcher.spansOf(1)).toMatchObject([{ end: ROOM_BYTES }]);
    expect(scene.watcher.files()).toMatchObject([{ committedBytes: ROOM_BYTES }]);
  });
});

describe('LineReader with room ahead', () => {
  test('looks for text behind it in shares, and passes it once there is some', () => {
    using scene = new ReaderScene({ readBytes: 32, rereadBytesMax: 16, lineBytesMax: 64 });
    scene.leavesRoom = true;
    scene.append('one\n');
    expect(scene.read(64)).toBe('end');
    scene.append(Buffer.alloc(2_000_000));
    expect(scene.read(64)).toBe('end');
    expect(scene.generation).toMatchObject({ readOffset: 4, seenOffset: 4, roomEnd: 2_000_004 });
    scene.append('two\n');
    expect(scene.read(64)).toBe('end');
    expect(scene.texts).toEqual(['one', 'two']);
    expect(scene.generation.roomEnd).toBe(0);
  });

  test('waits for the rest of a line that the room cuts off', () => {
    using scene = new ReaderScene();
    scene.leavesRoom = true;
    scene.append(Buffer.concat([Buffer.from('one\nhal'), Buffer.alloc(100)]));
    scene.read();
    const file = openSync(scene.path, 'r+');
    writeSync(file, 'f\nthree\n', 7);
    closeSync(file);
    scene.read();
    expect(scene.texts).toEqual(['one', 'half', 'three']);
  });

  test('takes the zeros of UTF-16 for no room', () => {
    using scene = new ReaderScene();
    scene.leavesRoom = true;
    const bytes = Buffer.from('\ufeffone\ntwo\n', 'utf16le');
    scene.append(bytes);
    scene.read();
    expect(scene.bytes.equals(bytes)).toBe(true);
  });
});
