/** A cluster book in another life of the store: nothing of it is taken for what the life before sent. */
import { expect, test } from 'vitest';
import { readCatalog } from '../../../src/engine/catalog.ts';
import { readSpans } from '../../../src/ingest/cluster-book.ts';
import { clusterProgress, readFormerWriters } from '../../../src/ingest/cluster-queue.ts';
import { loseBook, renewRestoredBook } from '../../../src/ingest/cluster-renewal.ts';
import { ClusterBookScene, COPYING } from '../../support/cluster-book-scene.ts';
import { FAKE_START_MS } from '../../support/fake-clock.ts';

test('a restored book keeps the names of its batches, and gives new ones and far numbers to what comes', async () => {
  using scene = new ClusterBookScene();
  scene.configure(COPYING);
  scene.commit();
  const { writer } = clusterProgress(scene.database);
  scene.close();
  expect(renewRestoredBook(scene.database, FAKE_START_MS)).toBe(true);
  scene.open();
  scene.configure(COPYING);
  scene.commit();
  await scene.clock.advance(1_000);
  scene.book.closeDue();

  const renewed = clusterProgress(scene.database).writer;
  expect(renewed).not.toBe(writer);
  expect(scene.due().map((batch) => [batch.number, batch.writer])).toEqual([
    [1, writer],
    [2, renewed],
  ]);
  expect(readFormerWriters(scene.database)).toEqual([
    { name: writer, fromSequence: 4, atMs: FAKE_START_MS },
  ]);
  expect(readCatalog(scene.database)[1]!.minSequence).toBe(2 ** 32 + 4);
});

test('segments from before and after a restore are merged like any others', async () => {
  using scene = new ClusterBookScene();
  scene.configure(COPYING);
  for (let count = 0; count < 4; count += 1) scene.commit();
  scene.close();
  renewRestoredBook(scene.database, FAKE_START_MS);
  scene.open();
  for (let count = 0; count < 4; count += 1) scene.commit();
  scene.book.acknowledge(scene.due().map(({ number }) => number));
  expect(await scene.engine.compact()).toBe(true);
  const [merged, ...others] = readCatalog(scene.database);
  expect(others).toEqual([]);
  expect(merged).toMatchObject({ rowCount: 24, minSequence: 1, maxSequence: 2 ** 32 + 24 });
  using reader = scene.engine.openReader();
  const sequences = [...reader.matches({ query: { kind: 'everything' }, order: 'oldest' })].flatMap(
    ({ columns, rows, count }) => [...rows.subarray(0, count)].map((row) => columns.sequence[row]),
  );
  expect(sequences).toHaveLength(24);
  expect(new Set(sequences).size).toBe(24);
});

test('a book that never copied anything stays as it is', () => {
  using scene = new ClusterBookScene();
  scene.configure(null);
  scene.commit();
  const { writer } = clusterProgress(scene.database);
  expect(renewRestoredBook(scene.database, FAKE_START_MS)).toBe(false);
  expect(clusterProgress(scene.database).writer).toBe(writer);
  expect(readFormerWriters(scene.database)).toEqual([]);
});

test('a lost book says so, names nothing as sent, and plans what the cluster is found not to have', () => {
  using scene = new ClusterBookScene();
  scene.configure(COPYING);
  for (let count = 0; count < 4; count += 1) scene.commit();
  scene.close();
  loseBook(scene.database, FAKE_START_MS);
  expect(clusterProgress(scene.database)).toMatchObject({ isLost: true, pendingRows: 0 });
  expect(readSpans(scene.database)).toEqual([]);
  scene.open();
  scene.configure(COPYING);
  scene.commit();

  // It has the first two segments, half of the third, and one entry of a life that is gone.
  scene.book.found([
    { from: 1, until: 8 },
    { from: 2 ** 40, until: 2 ** 40 + 1 },
  ]);
  expect(clusterProgress(scene.database).isLost).toBe(false);
  const plan = { shardCount: 2, nextSequence: scene.engine.nextSequence };
  scene.book.planBackfill(readCatalog(scene.database), plan);
  const planned = scene.due('backfill').flatMap(({ pieces }) => pieces);
  expect(planned.map(({ segment }) => segment)).toEqual([3, 4]);
  expect(readSpans(scene.database)).toEqual([
    { from: 1, until: 8 },
    { from: 2 ** 32 + 13, until: Number.POSITIVE_INFINITY },
  ]);
});
