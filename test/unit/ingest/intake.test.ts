/** The intake: what was appended comes back, torn tails end the replay, commits cut files. */
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
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
