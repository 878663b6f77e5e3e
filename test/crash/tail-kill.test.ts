/**
 * A writer rotates, the reader is killed with SIGKILL and comes back, and every line is in the journal once.
 *
 * A few kills for each way of rotating; `npm run test:torture` does a thousand, the daemon's own among them
 * (`daemon-kill.test.ts`).
 */
import { describe, expect, test } from 'vitest';
import type { WriterOptions } from '../../src/selftest/rotating-writer.ts';
import { type TortureOptions, type TortureResult, torture } from '../support/torture-run.ts';

const IS_LONG = process.env.TORTURE === 'long';
/** In CI six rows of them are a tenth. Nine rows of the long run, and those of the daemon, are more than a thousand. `TORTURE_KILLS` and `TORTURE_SEED`: a part of it. */
const KILLS_SHORT = process.env.CI === 'true' ? 16 : 4;
const KILLS_EACH = Number(process.env.TORTURE_KILLS ?? (IS_LONG ? 135 : KILLS_SHORT));
const SEED = Number(process.env.TORTURE_SEED ?? 1);

/** Stopped and continued at any moment besides, as a busy machine does to them. */
const STALLS = { everyMsMax: 400, forMsMax: 300 };

/**
 * Rotated files stay for longer than the reader is ever away, three minutes: what is deleted unread is lost for everybody.
 * Not for longer: each rotation renames them all, and thousands of them would keep a slow machine busy with that alone.
 */
const KEEP_COUNT = 360;
const LINES_PER_SECOND = 4_000;
const LINES_PER_ROTATION = 2_000;

type Row = Readonly<{
  name: string;
  writer: Pick<WriterOptions, 'style'> & Partial<WriterOptions>;
  stalls?: TortureOptions['stalls'];
  /** Only part of the long run. */
  isLong?: boolean;
}>;

const ROWS: readonly Row[] = [
  { name: 'rename', writer: { style: 'rename' } },
  { name: 'growing numbers', writer: { style: 'rename-increasing' } },
  { name: 'dates', writer: { style: 'rename-dated' } },
  { name: 'copytruncate', writer: { style: 'copytruncate' } },
  { name: 'copytruncate, slowly', writer: { style: 'copytruncate', hesitateMsMax: 30 } },
  { name: 'compressed at once', writer: { style: 'rename-increasing', compress: 'gzip' } },
  {
    name: 'copied, compressed, stopped',
    writer: { style: 'copytruncate', compress: 'gzip', hesitateMsMax: 30 },
    stalls: STALLS,
    isLong: true,
  },
  { name: 'rename, stopped', writer: { style: 'rename' }, stalls: STALLS, isLong: true },
  {
    name: 'copytruncate, stopped',
    writer: { style: 'copytruncate' },
    stalls: STALLS,
    isLong: true,
  },
];

describe.each(ROWS.filter(({ isLong = false }) => IS_LONG || !isLong))(
  'Watcher under kill -9, $name',
  ({ name, writer, stalls }) => {
    test('Watcher takes every line once', { timeout: 600_000 }, async () => {
      const result = await torture({
        writer: {
          seed: SEED + ROWS.findIndex((row) => row.name === name),
          linesMax: 1_000_000_000,
          linesPerSecond: LINES_PER_SECOND,
          linesPerRotation: LINES_PER_ROTATION,
          keepCount: KEEP_COUNT,
          ...writer,
        },
        kills: { count: KILLS_EACH, aliveMsMax: 150, deadMsMax: 150 },
        ...(stalls === undefined ? {} : { stalls }),
      });
      expect(result.kills).toBe(KILLS_EACH);
      expectWhole(result);
    });
  },
);

function expectWhole(result: TortureResult): void {
  const { lost, doubled, altered, written } = result;
  expect(written).toBeGreaterThan(0);
  expect({ lost, doubled, altered }).toEqual({ lost: [], doubled: [], altered: [] });
}
