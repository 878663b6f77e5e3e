/** The archive book knows from when to when the entries of a file are, whichever run moves it, and whatever it was read as. */
import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { ArchiveBook } from '../../../src/ingest/archive-book.ts';
import { timestampText } from '../../../src/model/entry-record.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { MortalRun } from '../../support/mortal-run.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const WRITTEN_AT_MS = Date.UTC(2026, 10, 20, 15);
const line = (hour: number): string => `2026-11-19T${hour}:00:00Z INFO line at ${hour}\n`;

function timesIn(database: Database): (readonly [first: string | null, last: string | null])[] {
  const text = (us: number | null): string | null =>
    us === null ? null : timestampText(us).slice(11, 16);
  return ArchiveBook.read(database)
    .list(10)
    .map(({ firstAtUs, lastAtUs }) => [text(firstAtUs), text(lastAtUs)]);
}

test.each([
  ['of a section on its schedule', { watch: 'log_dir', isOwnSchedule: true }],
  ['for files that have come to their size', { onlyLargeOrOld: true }],
])(
  'a run %s, which writes no report, knows the times of all entries that it archives',
  async (_name, asked) => {
    await using scene = await RotationScene.make((settings) => {
      const [watch] = settings.watches;
      const { rotation } = watch!;
      const active = { ...rotation.active, way: 'rename', bytesMin: 1, ageMsMin: null } as const;
      return {
        ...settings,
        watches: [{ ...watch!, rotation: { ...rotation, idleMs: 0, active } }],
      };
    });
    scene.write('app.log', line(13) + line(11) + line(14), WRITTEN_AT_MS);
    await scene.rotate({ run: 'rotate', ...asked });
    using opened = scene.open();
    expect(timesIn(opened.database)).toEqual([['11:00', '14:00']]);
  },
);

test('a file that was compressed by others has the times of the log whose bytes it holds', async () => {
  await using scene = await IngestScene.make('[watch:all]\npath = logs/*.log*\narchive = yes\n');
  await scene.take(line(12) + line(13));
  scene.folder.write('logs/a.log.1.gz', gzipSync(line(12) + line(13)));
  rmSync(scene.folder.join('logs/a.log'));
  const { outcome } = await new MortalRun(scene).rotate('once');
  expect(outcome.archived).toMatchObject([{ originalPath: scene.folder.join('logs/a.log.1.gz') }]);
  using database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
  expect(timesIn(database)).toEqual([['12:00', '13:00']]);
});
