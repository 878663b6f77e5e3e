/** A log of which the index had forgotten entries before it was archived: the archive has the last copy of these. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import type { Settings } from '../../../src/config/settings.ts';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import { searchArchives } from '../../../src/rotate/archive-search.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const WRITTEN_AT_MS = Date.UTC(2026, 10, 20, 15);
const HOUR_MS = 3_600_000;
const line = (hour: number): string => `2026-11-19T${hour}:00:00Z INFO line at ${hour}\n`;

function messagesOf(reader: StoreReader): string[] {
  const messages: string[] = [];
  const request = { query: { kind: 'everything' }, order: 'oldest' } as const;
  for (const { columns, rows, count } of reader.matches(request)) {
    for (const row of rows.subarray(0, count)) messages.push(columns.messageText(row));
  }
  return messages;
}

async function forgotten(change?: (settings: Settings) => Settings): Promise<RotationScene> {
  const scene = await RotationScene.make(change);
  scene.write('shop.log', line(10) + line(11), WRITTEN_AT_MS);
  await scene.ingest.drain();
  scene.folder.append('logs/shop.log', line(13) + line(14));
  await scene.ingest.drain();
  using opened = scene.open();
  const { maintenance } = scene.ingest;
  const { sizeBytes } = opened.reader.segments().at(-1)!;
  maintenance.reconfigure({ ...scene.settings.retention, indexBytesMax: sizeBytes });
  maintenance.expire();
  using left = scene.open();
  expect(messagesOf(left.reader)).toEqual(['line at 13', 'line at 14']);
  return scene;
}

test('a search in archives finds what the index forgot before its file was archived', async () => {
  await using scene = await forgotten();
  await scene.rotate();
  using opened = scene.open();
  const { stateDir } = scene.settings.paths;
  using search = await searchArchives(
    { disk: systemDisk, clock: systemClock, ...opened, stateDir },
    { kind: 'everything' },
  );
  expect(messagesOf(search.reader)).toEqual([10, 11, 13, 14].map((hour) => `line at ${hour}`));
});

test('a limit does not let go of the last copy of what the index forgot before its file was archived', async () => {
  await using scene = await forgotten((settings) => {
    const { retention } = settings;
    return {
      ...settings,
      retention: { ...retention, archive: { ...retention.archive, ageMs: HOUR_MS } },
    };
  });
  const { outcome, upkeep } = await scene.rotate();
  const { archivePath } = outcome.archived[0]!;
  expect(upkeep.removed).toEqual([]);
  expect(upkeep.kept).toMatchObject([{ path: archivePath }]);
  expect(existsSync(archivePath)).toBe(true);
});
