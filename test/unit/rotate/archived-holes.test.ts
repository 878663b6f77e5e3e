/** Archived logs with holes, which a writer leaves that went on where it was when its log was emptied. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import { searchArchives } from '../../../src/rotate/archive-search.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const WRITTEN_AT_MS = Date.UTC(2026, 10, 20, 15);
const MIB = 1024 * 1024;
const line = (text: string): string => `2026-11-19T12:00:00Z INFO ${text}\n`;
const nuls = (count: number): string => '\0'.repeat(count);

const CONTENTS: readonly (readonly [name: string, content: string])[] = [
  ['at the beginning', nuls(100) + line('first') + line('second')],
  ['in the middle', line('first') + nuls(5000) + line('second')],
  ['as large as some pieces', nuls(3 * MIB + 5) + line('first') + line('second')],
  // What is written into a piece and what is left of it is read in two.
  ['over the end of a piece', `${'x'.repeat(MIB - 11)}\n${nuls(20)}${line('first')}`],
  ['too short to be one', `${'x'.repeat(MIB - 6)}\n${nuls(9)}${line('first')}${line('second')}`],
];

function entriesOf(reader: StoreReader): string[] {
  const found: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) {
      const text = columns.rawBytes(row).toString('latin1').slice(-80);
      found.push(
        [columns.timestampUs[row], columns.sequence[row], columns.offset[row], text].join(),
      );
    }
  }
  return found;
}

test.each(
  CONTENTS.flatMap(([name, content]) =>
    (['none', 'zstd'] as const).map((compression) => [name, compression, content] as const),
  ),
)(
  'a search in archives passes over a hole %s as whoever followed the log, stored as %s',
  async (_name, compression, content) => {
    await using scene = await RotationScene.make((settings) => ({
      ...settings,
      rotation: { ...settings.rotation, compression },
      watches: settings.watches.map((watch) => ({
        ...watch,
        rotation: { ...watch.rotation, compression },
      })),
    }));
    scene.write('shop.log', content, WRITTEN_AT_MS);
    await scene.rotate();
    using opened = scene.open();
    const before = entriesOf(opened.reader);
    expect(before.length).toBeGreaterThan(0);
    scene.forget();
    using after = scene.open();
    const { stateDir } = scene.settings.paths;
    using search = await searchArchives(
      { disk: systemDisk, clock: systemClock, ...after, stateDir },
      { kind: 'everything' },
    );
    expect(entriesOf(search.reader)).toEqual(before);
    expect(search).toMatchObject({ openedCount: 1, inexactCount: 0 });
  },
);
