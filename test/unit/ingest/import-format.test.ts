/** The format that `import --format` names, one of the config too, and the zone of `--timezone`: never one that is none. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { type ImportOptions, importFile } from '../../../src/ingest/import-file.ts';
import { levelCodeOf } from '../../../src/model/level.ts';
import { collect } from '../../support/engine-store.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const OPTIONS: ImportOptions = {
  source: 'old/shop',
  tags: [],
  format: null,
  timezone: 'UTC',
  again: false,
  nowMs: () => systemClock.nowMs(),
  onRead: () => {},
};

const STAMPED = '2025-01-02T03:04:05Z ERROR payment 17 failed\n';

function entriesOf({ ingest }: RotationScene): object[] {
  using reader = ingest.openReader();
  return collect(reader.matches({ query: { kind: 'everything' } }));
}

test('importFile() refuses a format that there is not, and takes the file once it is named rightly', async () => {
  await using scene = await RotationScene.make();
  const path = scene.folder.write('old/a.log', STAMPED);
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  await expect(importFile(parts, path, { ...OPTIONS, format: 'jsn' })).rejects.toMatchObject({
    message: `Cannot import "${path}" as "jsn": there is no such format`,
    hint: expect.stringMatching(/^Did you mean json\? Formats: .*plain$/),
  });
  expect(entriesOf(scene)).toEqual([]);
  await importFile(parts, path, { ...OPTIONS, format: 'text' });
  expect(entriesOf(scene)).toMatchObject([
    { level: levelCodeOf('ERROR'), message: 'payment 17 failed' },
  ]);
});

test('importFile() refuses a zone that there is not, and blames the zone and not the file', async () => {
  await using scene = await RotationScene.make();
  const path = scene.folder.write('old/a.log', STAMPED);
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  await expect(importFile(parts, path, { ...OPTIONS, timezone: 'Mars' })).rejects.toMatchObject({
    code: 'USAGE',
    message: `Cannot import "${path}" with the time zone "Mars": there is no such zone`,
    hint: expect.stringContaining('Europe/Berlin'),
  });
  await importFile(parts, path, { ...OPTIONS, timezone: 'Europe/Berlin' });
  expect(entriesOf(scene)).toHaveLength(1);
});

test('importFile() reads lines by a format of the config', async () => {
  const pattern = String.raw`(?<level>\w+);(?<time>\S+);(?<message>.*)`;
  const mine = { name: 'mine', pattern, sample: null };
  await using scene = await RotationScene.make((settings) => ({ ...settings, formats: [mine] }));
  const path = scene.folder.write('old/a.log', 'ERROR;2025-01-02T03:04:05Z;payment 17 failed\n');
  const parts = { ingest: scene.ingest, book: scene.ingest.imports };
  const imported = await importFile(parts, path, { ...OPTIONS, format: 'mine' });
  expect(imported).toMatchObject({ entryCount: 1, format: 'mine' });
  expect(entriesOf(scene)).toMatchObject([
    { timestampUs: Date.parse('2025-01-02T03:04:05Z') * 1000, message: 'payment 17 failed' },
  ]);
});
