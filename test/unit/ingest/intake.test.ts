/** The intake: what was appended comes back, torn tails end the replay, commits cut files. */
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Disk, systemDisk } from '../../../src/base/disk.ts';
import { Intake, type IntakeFrame } from '../../../src/ingest/intake.ts';
import { TempFolder } from '../../support/temp-folder.ts';

function frame(generation: number, offset: number, text: string): IntakeFrame {
  const bytes = Buffer.from(text);
  const coveredBytes = bytes.length;
  return { generation, offset, coveredBytes, endsInsideLine: false, continues: false, bytes };
}

function replayed(folder: string): string[] {
  using intake = Intake.open(systemDisk, folder);
  return [...intake.replay()].map((frame) => `${frame.generation}@${frame.offset} ${frame.bytes}`);
}

describe('Intake', () => {
  test('gives back what was appended, in order, to the next process', () => {
    using folder = TempFolder.make();
    {
      using intake = Intake.open(systemDisk, folder.path);
      intake.append(frame(7, 0, 'first\n'));
      intake.append(frame(8, 100, 'other file\n'));
      intake.append(frame(7, 6, 'second\n'));
    }
    expect(replayed(folder.path)).toEqual(['7@0 first\n', '8@100 other file\n', '7@6 second\n']);
  });

  test('keeps a file until every generation in it is committed past its frames', () => {
    using folder = TempFolder.make();
    using intake = Intake.open(systemDisk, folder.path);
    intake.append(frame(7, 0, '0123456789'));
    intake.append(frame(8, 0, '0123456789'));
    intake.cut((generation) => (generation === 7 ? 10 : 4));
    intake.append(frame(7, 10, 'more'));
    expect(intake.fileCount).toBe(2);
    intake.cut(() => 10);
    expect(readdirSync(folder.path)).toEqual(['0000000002.intake']);
    intake.cut(() => 14);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('keeps what a frame stands for and how it ends', () => {
    using folder = TempFolder.make();
    const long = { ...frame(5, 10, 'the beginning'), coveredBytes: 2 ** 40, continues: true };
    const unfinished = { ...frame(5, 2 ** 40 + 10, 'no newline'), endsInsideLine: true };
    {
      using intake = Intake.open(systemDisk, folder.path);
      intake.append(long);
      intake.append(unfinished);
    }
    using intake = Intake.open(systemDisk, folder.path);
    expect([...intake.replay()]).toEqual([long, unfinished]);
  });

  test('loses no later frame to one that could not be written whole', () => {
    using folder = TempFolder.make();
    let writesLeft = 5;
    const fullDisk: Disk = {
      ...systemDisk,
      open(path, mode, options) {
        const file = systemDisk.open(path, mode, options);
        const write = file.write.bind(file);
        file.write = (bytes, position) => {
          writesLeft -= 1;
          if (writesLeft !== -1) write(bytes, position);
          else throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        };
        return file;
      },
    };
    {
      using intake = Intake.open(fullDisk, folder.path);
      intake.append(frame(1, 0, 'before'));
      intake.append(frame(1, 6, 'second'));
      expect(() => intake.append(frame(1, 12, 'full'))).toThrow('no space left');
      intake.append(frame(1, 16, 'after'));
    }
    expect(replayed(folder.path)).toEqual(['1@0 before', '1@6 second', '1@16 after']);
  });
});

describe('Intake with spares', () => {
  const LARGE = 'large line '.repeat(100_000);

  test('writes over what is committed, and gives back only what was written last', () => {
    using folder = TempFolder.make();
    {
      using intake = Intake.open(systemDisk, folder.path);
      intake.append(frame(1, 0, LARGE));
      intake.append(frame(1, LARGE.length, 'stale\n'));
      const { ino } = statSync(join(folder.path, '0000000001.intake'));
      intake.cut(() => LARGE.length + 6);
      expect(readdirSync(folder.path)).toEqual(['0000000001.spare']);
      // As long as the frame that lay there, so that the stale one lies where the next is looked for.
      intake.append(frame(2, 0, LARGE.toUpperCase()));
      expect(readdirSync(folder.path)).toEqual(['0000000002.intake']);
      expect(statSync(join(folder.path, '0000000002.intake')).ino).toBe(ino);
    }
    expect(replayed(folder.path)).toEqual([`2@0 ${LARGE.toUpperCase()}`]);
  });

  test('keeps two at most, gives them back when told, and removes those of a process that was killed', () => {
    using folder = TempFolder.make();
    using intake = Intake.open(systemDisk, folder.path);
    for (let file = 0; file < 4; file += 1) {
      intake.append(frame(1, file, LARGE));
      intake.cut(() => 0);
    }
    intake.cut(() => Number.POSITIVE_INFINITY);
    expect(readdirSync(folder.path).sort()).toEqual(['0000000001.spare', '0000000002.spare']);
    intake.letGo();
    expect(readdirSync(folder.path)).toEqual([]);

    writeFileSync(join(folder.path, '0000000007.spare'), 'left behind');
    using next = Intake.open(systemDisk, folder.path);
    expect([...next.replay()]).toEqual([]);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('does without a spare that somebody took away', () => {
    using folder = TempFolder.make();
    {
      using intake = Intake.open(systemDisk, folder.path);
      intake.append(frame(1, 0, LARGE));
      intake.cut(() => Number.POSITIVE_INFINITY);
      rmSync(join(folder.path, '0000000001.spare'));
      intake.append(frame(1, LARGE.length, 'more'));
    }
    expect(replayed(folder.path)).toEqual([`1@${LARGE.length} more`]);
  });
});

test('Intake gives back what a version wrote whose checksums had no number', () => {
  using folder = TempFolder.make();
  const bytes = Buffer.from('of old\n');
  const header = Buffer.alloc(36);
  header.write('LSI1', 'latin1');
  header.writeUInt32LE(9, 4);
  header.writeDoubleLE(7, 8);
  header.writeDoubleLE(bytes.length, 16);
  header.writeUInt32LE(bytes.length, 28);
  header.writeUInt32LE(crc32(bytes), 32);
  writeFileSync(join(folder.path, '0000000003.intake'), Buffer.concat([header, bytes]));
  expect(replayed(folder.path)).toEqual(['9@7 of old\n']);
});

describe('Intake on a disk that refuses', () => {
  test('has no record of a file that could not be made', () => {
    using folder = TempFolder.make();
    let refuses = true;
    const disk: Disk = {
      ...systemDisk,
      open(path, mode, options) {
        if (refuses) throw Object.assign(new Error('no inodes left'), { code: 'ENOSPC' });
        return systemDisk.open(path, mode, options);
      },
    };
    using intake = Intake.open(disk, folder.path);
    expect(() => intake.append(frame(1, 0, 'first'))).toThrow('no inodes left');
    expect(intake.fileCount).toBe(0);
    intake.cut(() => 5);
    refuses = false;
    intake.append(frame(1, 5, 'second'));
    intake.cut(() => 11);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('removes what it can, and the rest with a later commit', () => {
    using folder = TempFolder.make();
    let refused: string | null = '0000000001.intake';
    const disk: Disk = {
      ...systemDisk,
      unlink(path) {
        if (refused !== null && path.endsWith(refused)) {
          throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
        }
        systemDisk.unlink(path);
      },
    };
    using intake = Intake.open(disk, folder.path);
    for (let file = 0; file < 3; file += 1) {
      intake.append(frame(1, file, 'x'));
      intake.cut(() => 0);
    }
    rmSync(join(folder.path, '0000000002.intake'));
    expect(() => intake.cut(() => 3)).toThrow('not permitted');
    expect(readdirSync(folder.path)).toEqual(['0000000001.intake']);
    refused = null;
    intake.cut(() => 3);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

describe('Intake after damage', () => {
  test('ends the replay at a frame that is torn or altered', () => {
    using folder = TempFolder.make();
    {
      using intake = Intake.open(systemDisk, folder.path);
      intake.append(frame(1, 0, 'whole'));
      intake.append(frame(1, 5, 'torn by a crash'));
    }
    const path = join(folder.path, '0000000001.intake');
    const bytes = readFileSync(path);
    truncateSync(path, bytes.length - 3);
    expect(replayed(folder.path)).toEqual(['1@0 whole']);

    const altered = Buffer.from(bytes);
    altered[36 + 5 + 36] = 0x58;
    writeFileSync(path, altered);
    expect(replayed(folder.path)).toEqual(['1@0 whole']);

    appendFileSync(path, 'rubbish that is no frame at all, longer than one header');
    expect(replayed(folder.path)).toEqual(['1@0 whole']);
  });

  test('keeps what a former process left until all of it was given back, whatever is committed meanwhile', () => {
    using folder = TempFolder.make();
    {
      using intake = Intake.open(systemDisk, folder.path);
      intake.append(frame(1, 0, 'first'));
      intake.append(frame(1, 5, 'second'));
      intake.cut(() => 0);
      intake.append(frame(2, 0, 'other'));
    }
    using intake = Intake.open(systemDisk, folder.path);
    const frames = intake.replay();
    expect(frames.next().value?.bytes.toString()).toBe('first');
    intake.cut(() => 5);
    expect(replayed(folder.path)).toEqual(['1@0 first', '1@5 second', '2@0 other']);
    expect([...frames]).toHaveLength(2);
    intake.cut(() => 11);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('drops what a former process left once it is committed', () => {
    using folder = TempFolder.make();
    {
      using intake = Intake.open(systemDisk, folder.path);
      intake.append(frame(3, 50, 'left behind'));
    }
    using intake = Intake.open(systemDisk, folder.path);
    expect([...intake.replay()].length).toBe(1);
    intake.append(frame(3, 61, 'new'));
    intake.cut(() => 61);
    expect(readdirSync(folder.path)).toEqual(['0000000002.intake']);
  });
});
