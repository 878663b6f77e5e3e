/** Logs that came to be, and were rotated, while nobody looked: their rotated files are read as well, and none that are older. */
import { utimesSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

const line = (number: number): string => `2026-11-20 12:00:00 INFO line ${number}\n`;

/** The files of a log that was rotated three times, the last time without being compressed; between two of them there is `everyMs`. */
function writeRotated(
  scene: IngestScene,
  first: number,
  { nowMs, everyMs }: Readonly<{ nowMs: number; everyMs: number }>,
): void {
  const { folder } = scene;
  const files = [
    [folder.write('logs/new.log.3.gz', gzipSync(line(first))), 4],
    [folder.write('logs/new.log.2.gz', gzipSync(line(first + 1))), 3],
    [folder.write('logs/new.log.1', line(first + 2)), 2],
    [folder.write('logs/new.log', line(first + 3)), 1],
  ] as const;
  for (const [path, age] of files) {
    const writtenAtS = (nowMs - age * everyMs) / 1_000;
    utimesSync(path, writtenAtS, writtenAtS);
  }
}

function numbersOf(scene: IngestScene): number[] {
  return scene.texts().map((text) => Number(text.trim().split(' ').at(-1)));
}

test.each([
  ['while no daemon ran', { isDown: true, everyMs: 600_000 }],
  ['before the news of it came', { isDown: false, everyMs: 10_000 }],
])('Ingest reads the rotated files of a log that came to be %s', async (_when, how) => {
  const clock = new FakeClock();
  await using scene = await IngestScene.make('', clock);
  await scene.take(line(0));
  if (how.isDown) await scene.crash();
  await clock.advance(3_600_000);
  writeRotated(scene, 1, { nowMs: clock.nowMs(), everyMs: how.everyMs });
  await scene.ingest.drain();
  expect(numbersOf(scene).toSorted()).toEqual([0, 1, 2, 3, 4]);
});

test('Ingest reads no rotated files that lay there before, neither at its first start nor beside a log that comes back to them', async () => {
  const clock = new FakeClock();
  await using scene = await IngestScene.make('', clock);
  writeRotated(scene, 1, { nowMs: clock.nowMs(), everyMs: 10_000 });
  await scene.ingest.drain();
  expect(numbersOf(scene)).toEqual([4]);
  await scene.take(line(0));
  await scene.crash();
  await clock.advance(3_600_000);
  const old = scene.folder.write('logs/other.log.1.gz', gzipSync(line(8)));
  utimesSync(old, clock.nowMs() / 1_000 - 7_200, clock.nowMs() / 1_000 - 7_200);
  scene.folder.write('logs/other.log', line(9));
  await scene.ingest.drain();
  expect(numbersOf(scene).toSorted()).toEqual([0, 4, 9]);
});
