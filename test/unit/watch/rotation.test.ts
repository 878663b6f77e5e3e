/** Rotation while the watcher runs: every line once, in order, and what is lost is told. */
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { COPY_WAIT_MS } from '../../../src/watch/limits.ts';
import type { TempFolder } from '../../support/temp-folder.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

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

describe('Watcher and a writer that is not told of a rotation', () => {
  test.each(['renamed', 'deleted'])(
    'Watcher reads a %s file for as long as somebody writes to it, however seldom',
    async (how) => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', lines(1, 3));
      const writer = openSync(path, 'a');
      await scene.settle();
      if (how === 'renamed') renameSync(path, `${path}.1`);
      else rmSync(path);
      scene.folder.write('a.log', '');
      for (let line = 4; line < 7; line += 1) {
        for (let minute = 0; minute < 3; minute += 1) {
          await scene.clock.advance(60_000);
          await scene.settle();
          scene.commit();
        }
        writeSync(writer, lines(line, line));
      }
      await scene.settle();
      closeSync(writer);
      expect(scene.collector.texts()).toEqual(numbers(1, 6));
      for (let minute = 0; minute < 3; minute += 1) {
        await scene.clock.advance(60_000);
        await scene.settle();
        scene.commit();
      }
      const [number] = scene.collector.committed.map(({ generation }) => generation);
      expect(scene.collector.endedNumbers).toEqual([number]);
    },
  );
});

describe('Watcher and a log that was copied and truncated before it was looked at again', () => {
  test.each(['plain', 'compressed'])('Watcher reads what only the copy has, %s', async (how) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    copyFileSync(path, `${path}.2`);
    truncateSync(path);
    await scene.settle();
    scene.commit();
    // It was seen empty. All of this happens between two looks.
    scene.folder.append('a.log', lines(501, 600));
    if (how === 'plain') copyFileSync(path, `${path}.1`);
    else writeFileSync(`${path}.1.gz`, gzipSync(lines(501, 600)));
    truncateSync(path);
    scene.folder.append('a.log', lines(601, 610));
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 610));
    expect(scene.watcher.losses()).toEqual([]);
  });
});

describe('Watcher and a log that is empty each time it is looked at', () => {
  test.each(['plain', 'compressed'])('Watcher reads what only the copy has, %s', async (how) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    renameSync(path, `${path}.2`);
    scene.folder.write('a.log', '');
    // Long enough for the folder to be known as it is: what is made of it later can only be told by the log itself.
    for (let look = 0; look < 3; look += 1) {
      await pause(60);
      await scene.settle();
    }
    scene.commit();
    scene.folder.append('a.log', lines(501, 600));
    if (how === 'plain') copyFileSync(path, `${path}.1`);
    else writeFileSync(`${path}.1.gz`, gzipSync(lines(501, 600)));
    truncateSync(path);
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 600));
  });
});

describe('Watcher while nothing is read, because a disk is full', () => {
  test.each([
    ['', {}],
    [' without a handle', { handlesMax: 1 }],
  ])(
    'Watcher says how much waits in a log%s, and that it is lost where that is truncated',
    async (_, options) => {
      await using scene = new WatchScene(options);
      const path = scene.folder.write('a.log', lines(1, 3));
      await scene.settle();
      scene.folder.write('b.log', lines(1, 3));
      await scene.settle();
      scene.commit();
      scene.folder.append('a.log', lines(4, 90));
      for (let round = 0; round < 3; round += 1) {
        scene.watcher.lookAtAll();
        scene.watcher.round(scene.collector, { budgetBytes: 0 });
      }
      const { size } = statSync(path);
      expect(scene.watcher.files()).toContainEqual(
        expect.objectContaining({ path, readBytes: 21, lagBytes: size - 21 }),
      );
      truncateSync(path);
      for (let look = 0; look < 4; look += 1) await scene.settle();
      expect(scene.alerted).toMatchObject([{ path, kind: 'lost', start: 21, end: size }]);
    },
  );
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
    // It is looked for a few times: a copy may just be renamed or compressed.
    await scene.settle();
    await scene.settle();
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

test('Watcher takes a copy with the times of its original for one, though that was born in the moment of its last write', async () => {
  await using scene = new WatchScene();
  const path = writtenAtBirth(scene.folder, 'a.log');
  await scene.settle();
  scene.commit();
  await scene.stop();
  // As our own rotation does, which was killed then.
  copiedWithTimes(path);
  truncateSync(path);
  scene.start();
  await scene.settle();
  scene.commit();
  await scene.restart();
  utimesSync(path, new Date(), new Date());
  await scene.settle();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 30));
});

test('Watcher takes such a copy for one also where it meets it before the original is emptied', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
  const path = writtenAtBirth(scene.folder, 'a.log');
  await scene.settle();
  // The copy is born in a later tick of the file system: nobody writes, reads and rotates a log within one.
  await pause(20);
  copiedWithTimes(path);
  await scene.settle();
  truncateSync(path);
  await scene.settle();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 30));
});

/** Its last write is in the moment in which it is made. Returns its path. */
function writtenAtBirth(folder: TempFolder, name: string): string {
  for (;;) {
    const path = folder.write(name, lines(1, 30));
    const { birthtimeMs, mtimeMs } = statSync(path);
    if (birthtimeMs === mtimeMs) return path;
    rmSync(path);
  }
}

function copiedWithTimes(path: string): void {
  const { atimeMs, mtimeMs } = statSync(path);
  copyFileSync(path, `${path}-20261120-120000`);
  utimesSync(`${path}-20261120-120000`, atimeMs / 1_000, mtimeMs / 1_000);
}

test('Watcher leaves to a log its rotated file that has every line of another one whose own file is gone', async () => {
  await using scene = new WatchScene();
  const path = scene.folder.write('a.log', lines(1, 50_000));
  await scene.readOneChunk();
  scene.commit();
  await scene.stop();
  scene.folder.write('b.log.1', lines(1, 50_000));
  rmSync(path);
  scene.folder.write('b.log', lines(50_001, 50_010));
  scene.start();
  await scene.settle();
  const sources = scene.collector.pending.map(({ source }) => source);
  expect(sources).not.toContain('a');
});

describe('Watcher and logs that are rotated into a folder below', () => {
  test.each([
    ['one that it may look into', [], numbers(1, 40)],
    ['one that Logstead writes to itself', ['old'], [...numbers(1, 10), ...numbers(31, 40)]],
  ])('Watcher finds what it missed in %s', async (_, excludedFolders, expected) => {
    await using scene = new WatchScene({ excludedFolders });
    const path = scene.folder.write('a.log', lines(1, 10));
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.makeFolder('old');
    renameSync(path, scene.folder.join('old/a.log.2'));
    scene.folder.write('old/a.log.1', lines(11, 30));
    scene.folder.write('a.log', lines(31, 40));
    scene.start();
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(expected);
  });

  test('Watcher leaves to a log below what is rotated there', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 10));
    const below = scene.folder.write('below/a.log', lines(1, 10, 'below'));
    await scene.settle();
    scene.commit();
    await scene.stop();
    for (const [log, prefix] of [
      [path, 'line'],
      [below, 'below'],
    ] as const) {
      renameSync(log, `${log}.2`);
      writeFileSync(`${log}.1`, lines(11, 20, prefix));
      writeFileSync(log, lines(21, 30, prefix));
    }
    scene.start();
    await scene.settle();
    const taken = [...scene.collector.committed, ...scene.collector.pending];
    const of = (source: string): string[] =>
      taken.filter((line) => line.source === source).map(({ text }) => text);
    expect(of('a')).toEqual(numbers(1, 30));
    expect(of('below/a')).toEqual(numbers(1, 30, 'below'));
  });
});

test.each(['while it is followed', 'while nobody looks'])(
  'Watcher reads the rest of a log once that was copied and emptied and then renamed, %s',
  async (when) => {
    await using scene = new WatchScene({ watches: [{ paths: ['**/*.log'] }] });
    const path = scene.folder.write('app.log', lines(1, 9));
    await scene.settle();
    scene.commit();
    appendFileSync(path, lines(10, 12));
    copyFileSync(path, `${path}.2`);
    truncateSync(path);
    appendFileSync(path, lines(13, 13));
    renameSync(path, `${path}.3`);
    appendFileSync(path, lines(14, 14));
    if (when === 'while nobody looks') await scene.restart();
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 14).toSorted());
    expect(scene.watcher.losses()).toEqual([]);
  },
);

test('Watcher reads what was copied from a log and emptied before anybody saw a byte of it', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['**/*.log'] }] });
  const path = scene.folder.write('app.log', '');
  await scene.settle();
  scene.commit();
  appendFileSync(path, lines(1, 9));
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  appendFileSync(path, lines(10, 30));
  // Nobody has told of it yet.
  expect(scene.watcher.lookAtAll()).toBe(true);
  await scene.settle({ rescan: false });
  expect(scene.collector.texts()).toEqual(numbers(1, 30));
});

test('Watcher does not look for the rest of a copy that is gone in the next one', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['**/*.log*'] }] });
  const path = scene.folder.write('app.log', lines(1, 9));
  await scene.settle();
  copyFileSync(path, `${path}.1`);
  await scene.settle();
  await scene.clock.advance(COPY_WAIT_MS);
  await scene.settle();
  appendFileSync(path, lines(10, 12));
  await scene.settle();
  scene.commit();
  await scene.stop();
  copyFileSync(path, `${path}.2`);
  rmSync(`${path}.1`);
  scene.start();
  await scene.settle();
  await scene.clock.advance(COPY_WAIT_MS);
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 12));
  expect(scene.watcher.losses()).toEqual([]);
});
