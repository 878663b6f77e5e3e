/** What the cluster has still to get: named with its segments, held until acknowledged, planned once. */
import { describe, expect, test } from 'vitest';
import { readCatalog } from '../../../src/engine/catalog.ts';
import { readSpans } from '../../../src/ingest/cluster-book.ts';
import {
  clusterProgress,
  firstPendingSequence,
  lostShards,
  readGaps,
} from '../../../src/ingest/cluster-queue.ts';
import { COPYING, ClusterBookScene as Scene } from '../../support/cluster-book-scene.ts';

describe('ClusterBook names batches', () => {
  test('names nothing while nothing is copied', () => {
    using scene = new Scene();
    scene.configure(null);
    scene.commit();
    expect(clusterProgress(scene.database)).toMatchObject({ pendingRows: 0, pendingBatches: 0 });
  });

  test('gathers small segments in one batch, which is due when it is closed', async () => {
    using scene = new Scene();
    scene.configure(COPYING);
    scene.commit();
    scene.commit();
    expect(scene.due()).toEqual([]);
    expect(scene.book.closeDue()).toBe(false);
    await scene.clock.advance(1_000);
    expect(scene.book.closeDue()).toBe(true);
    scene.commit();
    const [batch, ...others] = scene.due();
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ number: 1, shard: 1, rowCount: 6 });
    expect(batch!.pieces.map(({ segment }) => segment)).toEqual([1, 2]);
  });

  test('closes a batch with the commit that finds it old, and pins the next to the next shard', async () => {
    using scene = new Scene();
    scene.configure(COPYING);
    for (let round = 0; round < 4; round += 1) {
      scene.commit();
      await scene.clock.advance(1_000);
    }
    scene.book.closeDue();
    expect(scene.due().map(({ number, shard }) => [number, shard])).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });

  test('tells of batches for a shard that is not there any more', async () => {
    using scene = new Scene();
    scene.configure(COPYING);
    scene.commit(5);
    await scene.clock.advance(1_000);
    scene.book.closeDue();
    scene.commit();
    expect(lostShards(scene.database, COPYING.shardCount)).toEqual([]);
    expect(lostShards(scene.database, 1)).toEqual([{ shard: 1, rowCount: 5 }]);
  });

  test('forgets with the transaction that fails', () => {
    using scene = new Scene();
    scene.configure(COPYING);
    const broken = (): void => {
      scene.database.transaction(() => {
        scene.commit();
        throw new Error('disk full');
      });
    };
    expect(broken).toThrow('disk full');
    expect(clusterProgress(scene.database).pendingRows).toBe(0);
  });
});

describe('ClusterBook holds segments', () => {
  test('from merging until they are acknowledged', async () => {
    using scene = new Scene();
    scene.configure(COPYING);
    for (let count = 0; count < 8; count += 1) scene.commit();
    expect(await scene.engine.compact()).toBe(false);
    await scene.clock.advance(1_000);
    scene.book.closeDue();
    scene.book.acknowledge(scene.due().map(({ number }) => number));
    expect(firstPendingSequence(scene.database)).toBeNull();
    expect(clusterProgress(scene.database)).toMatchObject({ ackedRows: 24, pendingRows: 0 });
    expect(await scene.engine.compact()).toBe(true);
    expect(scene.segments()).toHaveLength(1);
  });

  test('from retention up to a size, and names the gap beyond it', () => {
    using scene = new Scene();
    scene.configure(COPYING);
    scene.commit();
    scene.commit();
    const everything = { beforeUs: Number.MAX_SAFE_INTEGER, bytesMax: null };
    expect(scene.engine.expire(everything)).toEqual([]);
    const { sizeBytes } = readCatalog(scene.database)[0]!;
    scene.configure({ ...COPYING, holdBytesMax: sizeBytes + 100 });
    expect(scene.engine.expire(everything).map(({ number }) => number)).toEqual([1]);
    expect(scene.segments()).toEqual([2]);
    expect(readGaps(scene.database)).toMatchObject([
      { batch: 1, segment: 1, rowCount: 3, reason: 'retention let go of it' },
    ]);
    expect(clusterProgress(scene.database).gapRows).toBe(3);
  });
});

describe('ClusterBook plans backfills', () => {
  test('of what came before copying began, newest first and once', () => {
    using scene = new Scene();
    scene.configure(null);
    scene.commit();
    scene.commit();
    scene.configure(COPYING);
    scene.commit();
    const plan = { shardCount: 2, nextSequence: scene.engine.nextSequence };
    scene.book.planBackfill(readCatalog(scene.database), plan);
    scene.book.planBackfill(readCatalog(scene.database), plan);
    const planned = scene.due('backfill');
    expect(planned.flatMap(({ pieces }) => pieces.map(({ segment }) => segment))).toEqual([1, 2]);
    expect(clusterProgress(scene.database).backfill).toMatchObject({ rowCount: 6, pendingRows: 6 });
    scene.book.acknowledge(planned.map(({ number }) => number));
    expect(clusterProgress(scene.database).backfill).toBeNull();
    expect(readSpans(scene.database)).toEqual([
      { from: 0, until: 10 },
      { from: 7, until: Number.POSITIVE_INFINITY },
    ]);
    scene.book.planBackfill(readCatalog(scene.database), plan);
    expect(scene.due('backfill')).toEqual([]);
  });

  test('of what came while copying was off', () => {
    using scene = new Scene();
    scene.configure(COPYING);
    scene.commit();
    scene.configure(null);
    scene.commit();
    scene.configure(COPYING);
    scene.commit();
    const plan = { shardCount: 2, nextSequence: scene.engine.nextSequence };
    scene.book.planBackfill(readCatalog(scene.database), plan);
    const planned = scene.due('backfill').flatMap(({ pieces }) => pieces);
    expect(planned.map(({ segment }) => segment)).toEqual([2]);
  });

  test('and keeps what was open when copying ends to be sent', () => {
    using scene = new Scene();
    scene.configure(COPYING);
    scene.commit();
    scene.configure(null);
    expect(scene.due()).toMatchObject([{ number: 1, rowCount: 3 }]);
  });
});
