/** A copy that was made of a log is known for one where that log itself is gone. */
import { copyFileSync, existsSync, truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { MortalRun } from '../../support/mortal-run.ts';

const ROTATED = '[watch:rotated]\npath = logs/*.log*\n';
const line = (number: number): string => `2026-11-20 12:00:00 INFO line ${number}\n`;

test('A section that names rotated logs as well does not read the copy of one that is in the archive', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(line(1) + line(2));
  const path = scene.folder.join('logs/a.log');
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  await scene.ingest.drain();
  await new MortalRun(scene).rotate('once');
  expect(existsSync(path)).toBe(false);
  // Nothing but the ledger knows of it then.
  await scene.crash(ROTATED);
  await scene.ingest.drain();
  expect(scene.texts()).toEqual([`1:${line(1)}`, `2:${line(2)}`]);
  // One that only begins alike is read whole.
  const other = await scene.take(line(1) + line(3).repeat(30), 'a.log.2');
  expect(other).toHaveLength(2 + 31);
});
