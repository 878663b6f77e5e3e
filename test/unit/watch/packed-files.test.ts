/** Compressed logs: what was read is not read again, a rest is found in them, and one never seen is read whole. */
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

const FORMATS = [
  ['.gz', gzipSync],
  ['.zst', zstdCompressSync],
] as const;

/** As gzip and zstd do: beside the original, with its modification time, and then the original goes. */
function compress(path: string, suffix: string, pack: (bytes: Buffer) => Buffer): void {
  const bytes = readFileSync(path);
  writeFileSync(path + suffix, pack(bytes));
  const now = new Date();
  utimesSync(path + suffix, now, now);
  rmSync(path);
}

describe.each(FORMATS)('Watcher and %s', (suffix, pack) => {
  test('Watcher does not read again what was compressed', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    renameSync(path, `${path}.1`);
    scene.folder.write('a.log', lines(501, 510));
    await scene.settle();
    compress(`${path}.1`, suffix, pack);
    await scene.settle();
    await scene.settle();
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 510));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher finds the rest that was compressed while it was down', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.append('a.log', lines(501, 900));
    renameSync(path, `${path}.1`);
    compress(`${path}.1`, suffix, pack);
    scene.folder.write('a.log', lines(901, 910));
    scene.start();
    await scene.settle();
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 910));
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher finds the rest of a truncated file in its compressed copy', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    scene.commit();
    await scene.stop();
    scene.folder.append('a.log', lines(501, 600));
    writeFileSync(`${path}-20261120`, readFileSync(path));
    truncateSync(path);
    compress(`${path}-20261120`, suffix, pack);
    scene.folder.append('a.log', lines(601, 610));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 610));
  });

  test('Watcher finds the rest in a compressed copy that was made after others were looked into in vain', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    scene.commit();
    scene.folder.append('a.log', lines(501, 600));
    const copy = pack(readFileSync(path));
    truncateSync(path);
    // When the rest is looked for first, there is only another one.
    writeFileSync(`${path}.2${suffix}`, pack(Buffer.from(lines(1, 9, 'other'))));
    await scene.settle();
    writeFileSync(`${path}.1${suffix}`, copy);
    for (let second = 0; second < 8; second += 1) {
      await scene.clock.advance(1_000);
      await scene.settle({ rescan: false });
    }
    expect(scene.collector.texts().slice(500)).toEqual(expect.arrayContaining(numbers(501, 600)));
    expect(scene.watcher.losses()).toEqual([]);
  });
});

/** What is new is found and unpacked, and no line has its turn. */
async function unpackWithoutReading(scene: WatchScene): Promise<void> {
  scene.watcher.rescan();
  for (let round = 0; round < 40; round += 1) {
    await scene.clock.advance(10);
    scene.watcher.round(scene.collector, { budgetBytes: 0, finishLines: false });
    await pause(5);
  }
}

describe.each(FORMATS)('Watcher does not read the %s of a file', (suffix, pack) => {
  test.each([
    ['written', lines(1, 500), ''],
    ['empty when it was found', '', lines(1, 500)],
  ])('Watcher waits for the turn of one that it holds open, %s', async (_, found, written) => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', found);
    // As on a busy machine: it is found and held open, and others are read first.
    scene.watcher.round(scene.collector, { budgetBytes: 0, finishLines: false });
    scene.folder.append('a.log', written);
    renameSync(path, `${path}.1`);
    compress(`${path}.1`, suffix, pack);
    scene.folder.write('a.log', lines(501, 510));
    await unpackWithoutReading(scene);
    expect(scene.collector.texts()).toEqual([]);
    for (let second = 0; second < 4; second += 1) {
      await scene.clock.advance(1_000);
      await scene.settle();
    }
    expect(scene.collector.texts().sort()).toEqual(numbers(1, 510).sort());
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts().length).toBe(510);
    expect(scene.watcher.losses()).toEqual([]);
  });
});

test.each(FORMATS)(
  'Watcher lets nobody archive the %s that has the rest of a file, until that is committed',
  async (suffix, pack) => {
    await using scene = new WatchScene({
      watches: [{ paths: ['a.log*'] }],
      scratchFolder: 'scratch',
    });
    const scratch = scene.folder.makeFolder('scratch');
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    scene.folder.append('a.log', lines(501, 900));
    // The compressed file is known as a copy before the rest of its original had its turn.
    renameSync(path, `${path}.1`);
    compress(`${path}.1`, suffix, pack);
    await unpackWithoutReading(scene);
    scene.commit();
    expect(scene.collector.texts()).toEqual(numbers(1, 500));
    rmSync(scratch, { recursive: true });
    await scene.restart();
    await scene.settle();
    expect(scene.watcher.archivable()).toEqual([]);

    scene.folder.makeFolder('scratch');
    await scene.clock.advance(2_000);
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts()).toEqual(numbers(1, 900));
    expect(scene.watcher.archivable()).toMatchObject([{ path: `${path}.1${suffix}` }]);
  },
);

test.each(FORMATS)(
  'Watcher knows the %s of a copy that it read, where it was shifted before anybody looked',
  async (suffix, pack) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', '');
    await scene.settle();
    // Written, copied and truncated between two looks: there is nothing but the copy.
    scene.folder.write('a.log.1', lines(1, 500));
    utimesSync(path, new Date(), new Date());
    await scene.settle();
    compress(`${path}.1`, suffix, pack);
    renameSync(`${path}.1${suffix}`, `${path}.2${suffix}`);
    await scene.settle();
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts()).toEqual(numbers(1, 500));
    expect(scene.watcher.losses()).toEqual([]);
  },
);

describe.each(FORMATS)('Watcher and unseen %s', (suffix, pack) => {
  test('Watcher reads a generation that it only meets compressed, in its place', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    scene.commit();
    await scene.stop();
    renameSync(path, `${path}.2`);
    scene.folder.write('a.log.1', lines(501, 700));
    compress(`${path}.1`, suffix, pack);
    scene.folder.write('a.log', lines(701, 710));
    scene.start();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 710));
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 710));
  });

  test('Watcher is not held up by one that has to come first and is found compressed while another is read', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    scene.commit();
    await scene.stop();
    const first = pack(Buffer.from(lines(1, 600)));
    rmSync(path);
    // Met while it is written.
    scene.folder.write(`a.log.2${suffix}`, first.subarray(0, first.length / 2));
    scene.folder.write(`a.log.1${suffix}`, pack(Buffer.from(lines(601, 300_000))));
    scene.folder.write('a.log', lines(300_001, 300_010));
    scene.start();
    const round = (): boolean => scene.watcher.round(scene.collector, { budgetBytes: 1 });
    await waitFor(() => {
      round();
      return scene.watcher.files().some(({ error }) => error !== null);
    });
    // It is whole, and tried again, while the one behind it is being unpacked.
    scene.folder.write(`a.log.2${suffix}`, first);
    await scene.clock.advance(20_000);
    round();
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts().length).toBe(300_010);
    expect(new Set(scene.collector.texts()).size).toBe(300_010);
    expect(scene.watcher.losses()).toEqual([]);
  });

  test('Watcher reads compressed files that a pattern names, and goes on in them after a crash', async () => {
    await using scene = new WatchScene({ watches: [{ paths: [`*${suffix}`] }] });
    scene.folder.write(`old.log${suffix}`, pack(Buffer.from(lines(1, 50_000))));
    await scene.readOneChunk();
    scene.commit();
    expect(scene.collector.committed.length).toBeGreaterThan(0);
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 50_000));
    scene.commit();
    await scene.restart();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 50_000));
  });

  test('Watcher shows a compressed file that is damaged', async () => {
    await using scene = new WatchScene({ watches: [{ paths: [`*${suffix}`] }] });
    const bytes = pack(Buffer.from(lines(1, 2_000)));
    scene.folder.write(`bad.log${suffix}`, bytes.subarray(0, bytes.length / 2));
    await scene.settle();
    expect(scene.watcher.files()).toMatchObject([
      { error: expect.stringMatching(/^cannot be unpacked: /) },
    ]);
    scene.folder.write(`bad.log${suffix}`, bytes);
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 2_000));
  });
});

describe.each(FORMATS)(
  'Watcher, killed before its ledger heard more than the name of a log, and %s',
  (suffix, pack) => {
    /** The log was rotated once, so that what is compressed beside it is looked for. */
    async function rotatedOnce(scene: WatchScene): Promise<string> {
      const path = scene.folder.write('a.log', lines(1, 500));
      await scene.settle();
      scene.commit();
      return path;
    }

    /** `copied`: copied, truncated and compressed; else renamed and compressed. Then the log goes on. */
    function rotate(path: string, isCopied: boolean, next: string): void {
      if (isCopied) {
        writeFileSync(`${path}.1`, readFileSync(path));
        truncateSync(path);
      } else renameSync(path, `${path}.1`);
      compress(`${path}.1`, suffix, pack);
      appendFileSync(path, next);
    }

    const ROTATIONS = [
      ['copied', true],
      ['renamed', false],
    ] as const;

    test.each(ROTATIONS)('finds the rest of what was kept elsewhere, %s', async (_, isCopied) => {
      await using scene = new WatchScene();
      const path = await rotatedOnce(scene);
      renameSync(path, `${path}.1`);
      scene.folder.write('a.log', '');
      await scene.settle();
      scene.commit();
      // The ledger knows it as the empty file that it was.
      scene.folder.append('a.log', lines(501, 560));
      scene.watcher.lookAtAll();
      await scene.settle({ rescan: false });
      const { pending } = scene.collector;
      const last = pending.at(-1);
      await scene.stop();
      scene.folder.append('a.log', lines(561, 600));
      rmSync(`${path}.1`);
      rotate(path, isCopied, lines(601, 610));
      scene.start();
      const bytes = Buffer.from(lines(501, 560));
      const kept = { start: 0, bytes };
      const { generation = 0 } = last ?? {};
      scene.watcher.resume(generation, { offsetBytes: bytes.length, insideLine: false, kept });
      scene.collector.pending = pending;
      await scene.settle();
      await scene.settle();
      expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 610).toSorted());
      expect(scene.watcher.losses()).toEqual([]);
    });

    test.each(ROTATIONS)('reads once what it had only met, %s', async (_, isCopied) => {
      await using scene = new WatchScene();
      const path = await rotatedOnce(scene);
      renameSync(path, `${path}.1`);
      scene.folder.write('a.log', lines(501, 560));
      scene.watcher.rescan();
      scene.watcher.round(scene.collector, { budgetBytes: 0 });
      await scene.clock.advance(0);
      scene.watcher.round(scene.collector, { budgetBytes: 0 });
      await scene.stop();
      scene.folder.append('a.log', lines(561, 600));
      rmSync(`${path}.1`);
      rotate(path, isCopied, lines(601, 1_300));
      scene.start();
      await scene.settle();
      await scene.settle();
      expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 1_300).toSorted());
      expect(scene.watcher.losses()).toEqual([]);
    });
  },
);

describe.each(FORMATS)('Watcher and two logs that begin alike, %s', (suffix, pack) => {
  test('Watcher gives neither the lines of the other', async () => {
    await using scene = new WatchScene();
    const truncated = scene.folder.write('x/a.log', lines(1, 400));
    const path = scene.folder.write('y/a.log', lines(1, 10, 'other'));
    await scene.settle();
    scene.commit();
    scene.folder.append('x/a.log', lines(401, 410));
    truncateSync(truncated);
    await scene.settle();
    renameSync(path, `${path}.2`);
    scene.folder.write(`y/a.log.1${suffix}`, pack(Buffer.from(lines(1, 450))));
    scene.folder.write('y/a.log', lines(451, 460));
    await scene.settle();
    await scene.settle();
    const ofOther = scene.collector.pending.filter((line) => line.path.includes('/y/'));
    expect(ofOther.map(({ text }) => text)).toEqual(numbers(1, 460));
  });
});

describe.each(FORMATS)('Watcher, an unfinished line, and %s', (suffix, pack) => {
  test('Watcher finds the rest of a long line whose beginning it had seen', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 500));
    const long = 'long '.repeat(60);
    scene.folder.append('a.log', long);
    await scene.settle();
    scene.commit();
    scene.folder.append('a.log', `${long}\n${lines(501, 600)}`);
    writeFileSync(`${path}-20261120`, readFileSync(path));
    truncateSync(path);
    compress(`${path}-20261120`, suffix, pack);
    scene.folder.append('a.log', lines(601, 610));
    await scene.settle();
    await scene.settle();
    const wanted = [...numbers(1, 500), long + long, ...numbers(501, 610)];
    expect(scene.collector.texts()).toEqual(wanted);
  });
});

test.each(FORMATS)(
  'Watcher finds the rest of a truncated file in a %s that was unpacked before it looked at the file',
  async (suffix, pack) => {
    await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
    const path = scene.folder.write('a.log', lines(1, 500));
    await scene.settle();
    scene.commit();
    writeFileSync(`${path}.1${suffix}`, pack(Buffer.from(lines(1, 600))));
    scene.folder.write('a.log', lines(601, 610));
    scene.watcher.rescan();
    // Nothing is read as long as nobody can take lines; what rotation leaves behind is looked at all the same.
    await waitFor(async () => {
      scene.watcher.round(scene.collector, { budgetBytes: 0 });
      await scene.clock.advance(0);
      return scene.watcher.isComplete;
    });
    await scene.settle();
    await scene.settle();
    scene.commit();
    expect(scene.collector.texts()).toEqual(numbers(1, 610));
    expect(scene.watcher.losses()).toEqual([]);
  },
);

test.each(FORMATS)(
  'Watcher takes no short %s for a copy of what began with the same banner',
  async (suffix, pack) => {
    await using scene = new WatchScene();
    const banner = `${'='.repeat(2_200)}\n`;
    const path = scene.folder.write('a.log', banner + lines(1, 2_000));
    await scene.settle();
    scene.commit();
    await scene.stop();
    renameSync(path, `${path}.2`);
    scene.folder.write(`a.log.1${suffix}`, pack(Buffer.from(banner + lines(2_001, 2_050))));
    scene.folder.write('a.log', banner + lines(2_051, 2_060));
    scene.start();
    await scene.settle();
    await scene.settle();
    const texts = scene.collector.texts().filter((text) => text.startsWith('line'));
    expect(texts).toEqual(numbers(1, 2_060));
  },
);

test.each(FORMATS)(
  'Watcher reads once what a %s has of a truncated file that lies in a plain copy, too',
  async (suffix, pack) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 300));
    const look = async (): Promise<boolean> =>
      waitFor(async () => {
        scene.watcher.round(scene.collector, { budgetBytes: 0 });
        await scene.clock.advance(0);
        return scene.watcher.isComplete;
      });
    scene.watcher.rescan();
    await look();
    scene.commit();
    await scene.stop();
    scene.folder.append('a.log', lines(301, 400));
    copyFileSync(path, `${path}.1`);
    scene.folder.write(`a.log.1${suffix}`, pack(readFileSync(path)));
    truncateSync(path);
    scene.start();
    // The rest is found in the copy, and the compressed one is unpacked before the copy had its turn.
    await look();
    await scene.settle();
    rmSync(`${path}.1`);
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 400));
    expect(scene.watcher.losses()).toEqual([]);
  },
);

test.each(FORMATS)(
  'Watcher reads a %s of what was seen while it had no turn, though that was written a while before',
  async (suffix, pack) => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', '');
    await scene.settle();
    scene.folder.append('a.log', lines(1, 3));
    const written = new Date();
    // Ten seconds later the folder is listed, and nothing is read.
    scene.clock.setBackMs -= 10_000;
    await scene.clock.advance(10_000);
    scene.watcher.rescan();
    scene.watcher.round(scene.collector, { budgetBytes: 0 });
    await pause(50);
    scene.folder.write(`a.log.1${suffix}`, pack(readFileSync(path)));
    utimesSync(`${path}.1${suffix}`, written, written);
    truncateSync(path);
    scene.folder.append('a.log', lines(4, 5));
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 5));
  },
);
