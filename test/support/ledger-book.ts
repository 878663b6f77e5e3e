/** The ledger of a scene, written to as a daemon does: a generation, and what of it was skipped or lost. */
import { Database } from '../../src/base/database.ts';
import type { FileKey } from '../../src/watch/file-look.ts';
import type { GenerationRow } from '../../src/watch/generation-row.ts';
import { Ledger, type Span } from '../../src/watch/ledger.ts';
import type { HttpScene } from './http-scene.ts';

export type BookedSpan = Pick<Span, 'start' | 'end' | 'kind' | 'reason'>;

export function bookGeneration(
  scene: HttpScene,
  row: Partial<GenerationRow> & Pick<GenerationRow, 'number' | 'path'>,
  spans: readonly BookedSpan[] = [],
): void {
  using database = Database.open(scene.store.databasePath);

  const ledger = new Ledger(database);
  ledger.save({
    watch: 'main',
    source: 'api',
    firstPath: row.path,
    key: `1:${row.number}` as FileKey,
    birthMs: 0,
    encoding: 'utf-8',
    state: 'live',
    wasReplaced: false,
    skipReason: null,
    packed: null,
    head: new Uint8Array(),
    headOffset: 0,
    milestones: [],
    startOffset: 0,
    committedOffset: 1_000,
    committedLine: 11,
    committedTail: new Uint8Array(),
    insideLine: false,
    siblingsAtMs: 0,
    sizeBytes: 1_000,
    modifiedAtMs: 0,
    firstSeenAtMs: 1_000,
    lastReadAtMs: 2_000,
    endedAtMs: null,
    ...row,
  });
  for (const span of spans) ledger.addSpan({ generation: row.number, atMs: 1_500, ...span });
}
