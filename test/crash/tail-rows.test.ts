/**
 * Every way of rotating, truncating and reading slowly in which followers of files are known to lose lines: here each
 * line is there once, unaltered.
 *
 * `npm test` runs some of the rows, short; `npm run test:torture` all of them at full length.
 */
import { describe, expect, test } from 'vitest';
import type { WriterOptions } from '../../src/selftest/rotating-writer.ts';
import { type TortureOptions, torture } from '../support/torture-run.ts';

const IS_LONG = process.env.TORTURE === 'long';

type Row = Readonly<{
  name: string;
  writer: Partial<WriterOptions> & Pick<WriterOptions, 'style'>;
  /** Lines at full length. */
  lines: number;
  perSecond: number;
  perRotation: number;
  /** Also part of the short run, with so many lines. */
  shortLines?: number;
  reader?: TortureOptions['reader'];
  /** Whether no line may come before one that was written earlier. */
  inOrder?: boolean;
  /** Most memory that the reader may have taken, MiB. */
  readerMibMax?: number;
}>;

/** Lines of about 120 bytes: 8,400 of them are a megabyte. */
const MB = 8_400;
const BANNER = `${'='.repeat(2_047)}`;

const ROWS: readonly Row[] = [
  row(
    '50 MB/s, renamed every 200 ms',
    { style: 'rename-increasing' },
    [2_500_000, 50 * MB, 10 * MB],
    { shortLines: 250_000 },
  ),
  row('5 MB/s, renamed every 200 ms', { style: 'rename' }, [400_000, 5 * MB, MB], {
    inOrder: true,
  }),
  row('10 MB/s, renamed every 2 s', { style: 'rename-increasing' }, [840_000, 10 * MB, 20 * MB], {
    inOrder: true,
  }),
  row('both files written for 500 ms', { style: 'rename', late: { kind: 'both', forMs: 500 } }, [
    250_000,
    5 * MB,
    10 * MB,
  ]),
  row(
    'the old file written alone for 3 s',
    { style: 'rename', late: { kind: 'alone', forMs: 3_000 } },
    [300_000, 5 * MB, 5 * MB],
  ),
  row(
    '200 lines on the old file after 1.5 s',
    { style: 'rename', late: { kind: 'after', afterMs: 1_500, lines: 200 } },
    [250_000, 5 * MB, 10 * MB],
  ),
  row('no newline at the end of a generation', { style: 'rename', noFinalNewline: true }, [
    40_000,
    MB,
    MB,
  ]),
  row('one banner in all generations, renamed', { style: 'rename', banner: BANNER }, [
    20_000,
    MB,
    300,
  ]),
  row('copytruncate, 5 MB/s every 500 ms', { style: 'copytruncate' }, [400_000, 5 * MB, 2.5 * MB], {
    shortLines: 60_000,
  }),
  row(
    'copytruncate with a pause between copy and truncation',
    { style: 'copytruncate', hesitateMsMax: 40 },
    [200_000, 5 * MB, 2.5 * MB],
  ),
  row('overwritten with more at once', { style: 'rewrite' }, [2_900, 10_000, 100], {
    shortLines: 600,
  }),
  row(
    'one banner in all generations, truncated',
    { style: 'truncate', banner: BANNER },
    [2_160, 10_000, 200],
  ),
  row('overwritten to the same size', { style: 'rewrite-same-size' }, [2_675, 10_000, 200], {
    shortLines: 600,
  }),
  row('holes of NULs behind a truncation', { style: 'truncate-hole' }, [4_000, 10_000, 400], {
    shortLines: 1_200,
  }),
  row('compressed with gzip at once', { style: 'rename', compress: 'gzip', hesitateMsMax: 30 }, [
    100_000,
    MB,
    2_000,
  ]),
  row(
    'compressed with zstd at once',
    { style: 'rename-dated', compress: 'zstd', hesitateMsMax: 30 },
    [100_000, MB, 2_000],
  ),
  row(
    'copied, truncated, compressed',
    { style: 'copytruncate', compress: 'gzip', hesitateMsMax: 30 },
    [100_000, MB, 2_000],
  ),
  row('a slow reader, no rotation', { style: 'none' }, [300_000, 20 * MB, 1], {
    reader: slow(4),
    readerMibMax: 180,
  }),
  row('a slow reader, 3 rotations', { style: 'rename' }, [400_000, 20 * MB, 100_000], {
    reader: slow(4),
    readerMibMax: 180,
  }),
  row(
    'files deleted while a slow reader is behind',
    { style: 'rename', keepCount: 2 },
    [400_000, 12 * MB, 35_000],
    { shortLines: 100_000, reader: slow(4), readerMibMax: 180 },
  ),
  row('characters split by pauses', { style: 'none', hesitateMsMax: 300 }, [1_500, 300, 1]),
  row('lines of 900 kB', { style: 'rename', longEvery: 10, longBytes: 900_000 }, [400, 200, 60], {
    readerMibMax: 180,
  }),
  row('deleted and made again at once', { style: 'delete' }, [4_800, 10_000, 1_200]),
  row(
    'deleted and made again after 300 ms',
    { style: 'delete', absentMs: 300 },
    [4_800, 10_000, 1_200],
  ),
  row(
    'deleted and made again after 3 s',
    { style: 'delete', absentMs: 3_000 },
    [4_800, 10_000, 1_200],
  ),
];

describe.each(ROWS.filter((each) => IS_LONG || each.shortLines !== undefined))(
  'Watcher, $name',
  ({ writer, lines, perSecond, perRotation, shortLines, reader, inOrder, readerMibMax }) => {
    test('each line is there once, unaltered', { timeout: 600_000 }, async () => {
      const linesMax = IS_LONG ? lines : (shortLines ?? lines);
      const result = await torture({
        writer: {
          seed: linesMax,
          linesMax,
          linesPerSecond: perSecond,
          linesPerRotation: perRotation,
          // Nothing that somebody may still need is deleted, unless the row is about that.
          keepCount: 2_000,
          ...writer,
        },
        ...(reader === undefined ? {} : { reader }),
      });
      const { lost, doubled, altered, written, inversions, readerPeakMib } = result;
      expect({ lost, doubled, altered }).toEqual({ lost: [], doubled: [], altered: [] });
      expect(written).toBeGreaterThanOrEqual(linesMax);
      if (inOrder) expect(inversions).toBe(0);
      if (readerMibMax !== undefined) expect(readerPeakMib).toBeLessThan(readerMibMax);
    });
  },
);

function row(
  name: string,
  writer: Row['writer'],
  [lines, perSecond, perRotation]: readonly [number, number, number],
  more: Partial<Row> = {},
): Row {
  return { name, writer, lines, perSecond, perRotation, ...more };
}

function slow(megabytesPerSecond: number): TortureOptions['reader'] {
  return { bytesPerSecondMax: megabytesPerSecond * 1_000_000 };
}
