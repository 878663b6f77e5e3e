/** Search into archives: the same lines, byte for byte, after the index has forgotten them; few files opened. */
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { jsonLine } from '../../../src/base/escape.ts';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import { entryAt } from '../../../src/model/entry-at.ts';
import { entryRecordOf } from '../../../src/model/entry-record.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { type ArchiveSearch, searchArchives } from '../../../src/rotate/archive-search.ts';
import { SKIP_FOLDER } from '../../../src/rotate/skip-index.ts';
import { RotationScene } from '../../support/rotation-scene.ts';

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 6, 1, 12);
const CONTEXT = { nowMs: FIRST_MS + 200 * DAY_MS, timezone: 'UTC' };

function filterOf(text: string) {
  return parseQuery(text, CONTEXT).filter;
}

function linesOf(reader: StoreReader, query: string): string[] {
  const lines: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: filterOf(query) })) {
    for (let index = 0; index < count; index += 1) {
      const entry = entryAt(columns, rows[index]!);
      lines.push(
        jsonLine({ ...entryRecordOf(entry), raw: columns.rawBytes(rows[index]!).toString() }),
      );
    }
  }
  return lines;
}

async function archivesOf(
  scene: RotationScene,
  query: string,
): Promise<Readonly<{ lines: string[]; search: ArchiveSearch }>> {
  using store = scene.open();
  const { stateDir } = scene.settings.paths;
  using search = await searchArchives(
    { disk: systemDisk, clock: systemClock, ...store, stateDir },
    filterOf(query),
  );
  return { lines: linesOf(search.reader, query), search };
}

function dayText(day: number): string {
  const stamp = (second: number): string =>
    new Date(FIRST_MS + day * DAY_MS + second * 1000).toISOString();
  const lines: string[] = [];
  for (let second = 0; second < 40; second += 1) {
    lines.push(`${stamp(second)} INFO request ${day * 100 + second} took ${second} ms`);
    if (second % 10 === 0)
      lines.push(
        `${stamp(second)} ERROR boom\n\tat shop.Pay.run(Pay.java:7)\n\tat shop.Main.go(Main.java:3)`,
      );
  }
  lines.push(
    'a line that never had a stamp',
    `${stamp(41)} WARN rare${day % 17 === 3 ? ' zanzibar' : ''} word`,
  );
  return `${lines.join('\n')}\n`;
}

const QUERIES = [
  'zanzibar',
  'level>=error',
  'boom Pay',
  'took 7',
  'source:shop-1*',
  'stamp',
  '"java:7"',
  'level:info -request',
];

test('searchArchives() gives what the index gave, and opens only what can match', async () => {
  const change = (settings: RotationScene['settings']) => ({
    ...settings,
    rotation: { ...settings.rotation, compression: 'zstd' as const },
  });
  await using scene = await RotationScene.make(change);
  for (let day = 0; day < 100; day += 1) {
    scene.write(`shop-${day}.log`, dayText(day), FIRST_MS + day * DAY_MS + 60_000);
  }
  const { outcome } = await scene.rotate();
  expect(outcome.archived).toHaveLength(100);

  const before = new Map<string, string[]>();
  {
    using store = scene.open();
    for (const query of QUERIES) before.set(query, linesOf(store.reader, query));
  }
  // Nothing was forgotten yet: no archive has to be opened.
  expect((await archivesOf(scene, 'zanzibar')).search).toMatchObject({
    archiveCount: 100,
    openedCount: 0,
  });

  scene.forget();
  {
    using store = scene.open();
    expect(linesOf(store.reader, 'zanzibar')).toEqual([]);
  }
  for (const query of QUERIES) {
    const { lines, search } = await archivesOf(scene, query);
    expect(lines, query).toEqual(before.get(query));
    expect(search.inexactCount, query).toBe(0);
    expect(search.unreadable).toEqual([]);
  }
  expect(before.get('zanzibar')).toHaveLength(6);
  expect((await archivesOf(scene, 'zanzibar')).search.openedCount).toBe(6);
  const { search } = await archivesOf(
    scene,
    'took since:"2026-07-05 00:00" until:"2026-07-07 00:00"',
  );
  expect(search.openedCount).toBe(2);
}, 240_000);

test('searchArchives() takes each entry once where the index still has some of them', async () => {
  await using scene = await RotationScene.make();
  const path = scene.write('shop.log', dayText(3), FIRST_MS);
  await scene.rotate();
  expect(statSync(join(scene.settings.paths.archiveDir, 'shop/2026/07/01/shop.log')).isFile()).toBe(
    true,
  );
  scene.write('shop.log', dayText(4), FIRST_MS + DAY_MS);
  await scene.ingest.drain();
  using store = scene.open();
  const all = linesOf(store.reader, 'request');
  const segments = store.reader.segments();
  expect(segments.length).toBeGreaterThan(1);
  // The newest segment stays; the archived file's entries go.
  scene.ingest.maintenance.reconfigure({
    ...scene.settings.retention,
    indexBytesMax: segments.at(-1)!.sizeBytes,
  });
  scene.ingest.maintenance.expire();
  const { lines } = await archivesOf(scene, 'request');
  expect(lines.map((line) => JSON.parse(line).timestamp)).toEqual(
    all.map((line) => JSON.parse(line).timestamp),
  );
  expect(path).toContain('shop.log');
});

test('searchArchives() opens an archive whose skip index is damaged or gone', async () => {
  await using scene = await RotationScene.make();
  scene.write('a.log', dayText(3), FIRST_MS);
  scene.write('b.log', dayText(20), FIRST_MS);
  await scene.rotate();
  scene.forget();
  const folder = join(scene.settings.paths.stateDir, SKIP_FOLDER);
  writeFileSync(join(folder, '1.skip'), 'LSKIP01\nnothing of the kind');
  rmSync(join(folder, '2.skip'));
  const { lines, search } = await archivesOf(scene, 'zanzibar');
  expect(lines).toHaveLength(2);
  expect(search).toMatchObject({ openedCount: 2, inexactCount: 2 });
});

test('searchArchives() says which archive it cannot read, and gives the others', async () => {
  await using scene = await RotationScene.make();
  scene.write('a.log', dayText(3), FIRST_MS);
  scene.write('b.log', dayText(20), FIRST_MS);
  const { outcome } = await scene.rotate();
  scene.forget();
  rmSync(outcome.archived[0]!.archivePath);
  const { lines, search } = await archivesOf(scene, 'zanzibar');
  expect(lines).toHaveLength(1);
  expect(search.unreadable).toMatchObject([{ path: outcome.archived[0]!.archivePath }]);
});

/** `log_dir` with everything that is in it. */
function withAllNames(settings: RotationScene['settings']): RotationScene['settings'] {
  const watches = settings.watches.map((watch) => ({
    ...watch,
    paths: [`${settings.paths.logDir}/*`],
  }));
  return { ...settings, watches };
}

test('searchArchives() unpacks what somebody else had compressed before it was archived', async () => {
  await using scene = await RotationScene.make(withAllNames);
  // One that was read while it was written and then compressed, and one that came as it is.
  scene.write('shop.log', dayText(3), FIRST_MS);
  await scene.ingest.drain();
  rmSync(scene.folder.join('logs/shop.log'));
  const pack = (name: string, packed: Buffer): void => {
    writeFileSync(scene.folder.join(`logs/${name}`), packed);
    utimesSync(scene.folder.join(`logs/${name}`), FIRST_MS / 1000, FIRST_MS / 1000);
  };
  pack('shop.log.1.gz', gzipSync(dayText(3)));
  pack('other.log.2.zst', zstdCompressSync(dayText(20)));
  const { outcome } = await scene.rotate();
  expect(outcome.left).toEqual([]);
  expect(outcome.archived.map(({ originalPath }) => basename(originalPath)).sort()).toEqual([
    'other.log.2.zst',
    'shop.log.1.gz',
  ]);
  const before = new Map<string, string[]>();
  {
    using store = scene.open();
    for (const query of QUERIES) before.set(query, linesOf(store.reader, query));
  }
  expect(before.get('zanzibar')).toHaveLength(2);

  scene.forget();
  for (const query of QUERIES) {
    const { lines, search } = await archivesOf(scene, query);
    expect(lines, query).toEqual(before.get(query));
    expect(search.inexactCount, query).toBe(0);
  }
  expect((await archivesOf(scene, 'shelter')).search).toMatchObject({ openedCount: 0 });
});
