/** The hour that a clock set back has twice: in which pass the lines of a file are, whoever reads on. */
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { entryAt } from '../../../src/model/entry-at.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

const BERLIN = `[watch:shop]
path = logs/*.log
timezone = Europe/Berlin
`;

function times({ ingest }: IngestScene): string[] {
  using reader = ingest.openReader();
  const found: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) {
      found.push(new Date(entryAt(columns, row).timestampUs / 1000).toISOString().slice(11, 19));
    }
  }
  return found.toSorted();
}

const FIRST_PASS = '2024-10-27 02:50:00 INFO a: x\n';
const SECOND_PASS = '2024-10-27 02:00:01 INFO a: x\n';

test.each<[name: string, next: (scene: IngestScene) => Promise<void>]>([
  ['a restart', (scene) => scene.restart()],
  ['a crash', (scene) => scene.crash()],
  ['a reload of its tags', (scene) => scene.reload(`${BERLIN}tags = web\n`)],
])('lines of its second pass are read as such behind %s', async (_, next) => {
  await using scene = await IngestScene.make(BERLIN);
  await scene.take(FIRST_PASS);
  await next(scene);
  // The end of the first pass is remembered as well.
  await scene.take(SECOND_PASS);
  expect(times(scene)).toEqual(['00:50:00', '01:00:01']);
  await next(scene);
  await scene.take('2024-10-27 02:30:00 INFO a: x\n');
  await next(scene);
  await scene.take('2024-10-27 02:59:59 INFO a: x\n2024-10-27 03:00:00 INFO a: x\n');
  await next(scene);
  await scene.take('2024-10-27 03:00:01 INFO a: x\n');
  expect(times(scene)).toEqual([
    ...['00:50:00', '01:00:01', '01:30:00', '01:59:59', '02:00:00', '02:00:01'],
  ]);
});

test('nothing is kept of it for files that are past it, or were never in it', async () => {
  await using scene = await IngestScene.make(BERLIN);
  using database = Database.open(scene.folder.join('state/logstead.db'), { readOnly: true });
  const keptCount = (): number =>
    Number(database.prepare('SELECT count(*) AS n FROM ingest_doubled_hour').get()?.['n']);
  await scene.take('2024-10-26 02:30:00 INFO a: x\n', 'other.log');
  expect(keptCount()).toBe(0);
  await scene.take(FIRST_PASS + SECOND_PASS);
  expect(keptCount()).toBe(1);
  await scene.take('2024-10-27 03:00:00 INFO a: x\n');
  expect(keptCount()).toBe(0);
});
