/**
 * A writer rotates, the reader is killed with SIGKILL and comes back, and every line is in the journal once.
 *
 * A few kills for each way of rotating; `npm run test:torture` does a thousand.
 */
import { describe, expect, test } from 'vitest';
import type { RotationStyle } from '../../src/selftest/rotating-writer.ts';
import { type TortureResult, torture } from '../support/torture-run.ts';

/** TORTURE=long: ten times as many kills. */
const FACTOR = process.env.TORTURE === 'long' ? 10 : 1;
const KILLS_EACH = 4;

/** Rotated files stay for longer than the reader is ever away: what is deleted unread is lost for everybody. */
const KEEP_COUNT = 2_000;

describe.each<[RotationStyle, number]>([
  ['rename', 1],
  ['rename-increasing', 2],
  ['rename-dated', 3],
  ['copytruncate', 4],
  ['copytruncate', 5],
])('Watcher under kill -9, %s, seed %i', (style, seed) => {
  test('Watcher takes every line once', { timeout: 600_000 }, async () => {
    const count = KILLS_EACH * FACTOR;
    const result = await torture({
      writer: {
        style,
        seed,
        linesMax: 1_000_000_000,
        linesPerSecond: 10_000,
        linesPerRotation: 2_000,
        keepCount: KEEP_COUNT,
      },
      kills: { count, aliveMsMax: 150, deadMsMax: 150 },
    });
    expect(result.kills).toBe(count);
    expectWhole(result);
  });
});

function expectWhole(result: TortureResult): void {
  const { lost, doubled, altered, written } = result;
  expect(written).toBeGreaterThan(0);
  expect({ lost, doubled, altered }).toEqual({ lost: [], doubled: [], altered: [] });
}
