import { expect, test } from 'vitest';
import type { LedgerAnswer } from '../../../src/serve/questions.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { bookGeneration } from '../../support/ledger-book.ts';

test('GET /api/ledger tells each life of a file, the newest first, and where its bytes went', async () => {
  await using scene = await HttpScene.open([]);
  const path = '/var/log/api.log';
  const moved = { path: `${path}.1`, firstPath: path, state: 'rotated', endedAtMs: 3_000 } as const;
  bookGeneration(scene, { number: 1, ...moved, startOffset: 100 }, [
    { start: 100, end: 150, kind: 'skipped', reason: 'not text' },
    { start: 200, end: 210, kind: 'lost', reason: 'truncated' },
    { start: 300, end: 300, kind: 'gap', reason: 'replaced' },
  ]);
  bookGeneration(scene, { number: 2, path, skipReason: 'binary', sizeBytes: 7 });
  bookGeneration(scene, { number: 3, path: '/var/log/other.log' });
  const { generations } = (await scene.json(
    `/api/ledger?path=${path}`,
  )) as NonNullable<LedgerAnswer>;
  expect(generations).toMatchObject([
    { number: 2, path, skipReason: 'binary', sizeBytes: 7, indexedBytes: 0, spans: [] },
    {
      number: 1,
      path: `${path}.1`,
      firstPath: path,
      endedAt: '1970-01-01T00:00:03.000Z',
      readBytes: 900,
      indexedBytes: 840,
      skippedBytes: 50,
      lostBytes: 10,
      spans: [{ kind: 'skipped' }, { kind: 'lost', reason: 'truncated' }, { kind: 'gap' }],
    },
  ]);
  expect((await scene.get('/api/ledger?path=/etc/passwd')).status).toBe(404);
  expect((await scene.get('/api/ledger')).status).toBe(400);
});

test('GET /api/ledger tells the last spans of a file full of holes, and sums all of them', async () => {
  await using scene = await HttpScene.open([]);
  const holes = Array.from({ length: 50 }, (_, index) => {
    return { start: index * 10, end: index * 10 + 1, kind: 'lost', reason: `${index}` } as const;
  });
  bookGeneration(scene, { number: 1, path: '/a.log' }, holes);
  const { generations } = (await scene.json(
    '/api/ledger?path=/a.log',
  )) as NonNullable<LedgerAnswer>;
  expect(generations).toMatchObject([{ lostBytes: 50, indexedBytes: 950, spanCount: 50 }]);
  expect(generations[0]!.spans.map(({ reason }) => reason)).toEqual(
    Array.from({ length: 20 }, (_, index) => `${30 + index}`),
  );
});
