/** The writers of the torture: what they leave in the file is what they say, and no log grows without end. */
import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { readProvingLine } from '../../../src/selftest/proving-line.ts';
import { RotatingWriter, type RotationStyle } from '../../../src/selftest/rotating-writer.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const LINES_PER_ROTATION = 50;
const LINE_BYTES_MAX = 400;

test.each<RotationStyle>(['truncate', 'rewrite', 'rewrite-same-size', 'delete'])(
  'RotatingWriter, %s: each line is once in what it destroys, and the log does not grow with the rotations',
  async (style) => {
    using folder = TempFolder.make();
    const path = folder.join('app.log');
    const numbers: number[] = [];
    let largestBytes = 0;
    const take = (sizeBytes: number): void => {
      expect(statSync(path).size).toBe(sizeBytes);
      largestBytes = Math.max(largestBytes, sizeBytes);
      for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
        numbers.push(readProvingLine(line) ?? -1);
      }
    };
    const writer = new RotatingWriter(
      {
        path,
        style,
        seed: 7,
        linesMax: 4_000,
        linesPerSecond: 1_000_000,
        linesPerRotation: LINES_PER_ROTATION,
        keepCount: 1,
      },
      { clock: systemClock, awaitReader: async ({ sizeBytes }) => take(sizeBytes) },
    );
    const written = await writer.run();
    take(writer.sizeBytes);
    expect(writer.rotationCount).toBeGreaterThan(20);
    expect(new Set(numbers)).toEqual(new Set(Array.from({ length: written }, (_, at) => at)));
    // Twice what is between two rotations: once written, once overwritten.
    expect(largestBytes).toBeLessThan(4 * LINES_PER_ROTATION * LINE_BYTES_MAX);
  },
);

test('RotatingWriter that falls behind its pace lets others have their turn, and can be stopped', async () => {
  using folder = TempFolder.make();
  const linesMax = 20_000;
  const writer = new RotatingWriter(
    {
      path: folder.join('app.log'),
      style: 'rename',
      seed: 7,
      linesMax,
      linesPerSecond: 10_000_000,
      linesPerRotation: 10,
      keepCount: 2,
    },
    { clock: systemClock, awaitReader: async () => {} },
  );
  const running = writer.run();
  await systemClock.sleep(20);
  writer.stop();
  expect(await running).toBeLessThan(linesMax);
});
