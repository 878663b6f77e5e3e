/** Reports from a state folder: what happened within their time, and not since. */
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { makeRangeReport } from '../../../src/report/make-report.ts';
import { FAKE_START_MS, FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { MortalRun } from '../../support/mortal-run.ts';

const DAY_MS = 86_400_000;

test('makeRangeReport() has the moves of its time alone', async () => {
  const clock = new FakeClock();
  await using scene = await IngestScene.make('[rotation]\nidle = 0s\n', clock);
  for (const name of ['a', 'b', 'c']) {
    await scene.take(`${new Date(clock.nowMs()).toISOString()} INFO one\n`, `${name}.log`);
    await clock.advance(60_000);
    await new MortalRun(scene, clock).rotate('once');
    await clock.advance(DAY_MS);
  }
  const archivedOf = (fromDay: number, untilDay: number): number | undefined => {
    using database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
    using reader = scene.ingest.openReader();
    const at = (day: number): number => (FAKE_START_MS + day * DAY_MS) * 1000;
    const range = { fromUs: at(fromDay), untilUs: at(untilDay) };
    const parts = { clock, disk: systemDisk, database, reader };
    return makeRangeReport(parts, scene.settings, range).coverage.archives?.fileCount;
  };
  expect(archivedOf(0, 1)).toBe(1);
  expect(archivedOf(1, 3)).toBe(2);
  expect(archivedOf(0, 3)).toBe(3);
  expect(archivedOf(4, 5)).toBe(0);
});
