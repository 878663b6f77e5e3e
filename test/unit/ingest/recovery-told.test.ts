/** What a start takes away among the segments is said in the journal. */
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { openLog } from '../../../src/base/log.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

test('Ingest.open() says which files among the segments it deleted, and which it set aside', async () => {
  await using scene = await IngestScene.make();
  await scene.take('2026-11-20 12:00:00 INFO one\n');
  await scene.stop();
  using database = Database.open(scene.folder.join('state/logstead.db'));
  const storeId = String(database.prepare('SELECT store_id FROM engine_store').get()?.store_id);
  const partial = `2026-11-20/0000009999-${storeId.slice(0, 8)}.segment.partial`;
  scene.folder.write(`state/segments/${partial}`, 'half');
  scene.folder.write('state/segments/notes.txt', 'of the operator');
  const told: { level: string; files?: string[]; count?: number; message: string }[] = [];
  const log = openLog({
    level: 'info',
    style: 'json',
    write: (line) => told.push(JSON.parse(line)),
  });
  await scene.start(log);
  expect(told).toMatchObject([
    { level: 'info', count: 1, files: [partial], message: expect.stringContaining('Deleted') },
    {
      level: 'warn',
      count: 1,
      files: ['notes.txt'],
      message: expect.stringContaining('set-aside'),
    },
  ]);
  await scene.restart();
  expect(scene.texts()).toEqual(['1:2026-11-20 12:00:00 INFO one\n']);
});
