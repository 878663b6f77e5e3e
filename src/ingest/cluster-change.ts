/** What others (the sender, the command line) ask of the cluster book: plain data, so that it crosses threads. */
import { unreachable } from '../base/assert.ts';
import type { CatalogRow } from '../engine/catalog.ts';
import type { ClusterBook, SequenceSpan } from './cluster-book.ts';

export type ClusterChange =
  | Readonly<{ kind: 'acknowledge'; numbers: readonly number[] }>
  | Readonly<{ kind: 'close-due' }>
  | Readonly<{ kind: 'encode-anew'; number: number }>
  /** What the cluster has, where the record of it was lost. */
  | Readonly<{ kind: 'found'; spans: readonly SequenceSpan[] }>
  | Readonly<{ kind: 'plan-backfill'; shardCount: number }>;

export function applyClusterChange(
  book: ClusterBook,
  change: ClusterChange,
  store: Readonly<{ catalog: () => readonly CatalogRow[]; nextSequence: number }>,
): void {
  switch (change.kind) {
    case 'acknowledge':
      book.acknowledge(change.numbers);
      return;
    case 'close-due':
      book.closeDue();
      return;
    case 'encode-anew':
      book.encodeAnew(change.number);
      return;
    case 'found':
      book.found(change.spans);
      return;
    case 'plan-backfill': {
      const { shardCount } = change;
      book.planBackfill(store.catalog(), { shardCount, nextSequence: store.nextSequence });
      return;
    }
    default:
      unreachable(change);
  }
}
