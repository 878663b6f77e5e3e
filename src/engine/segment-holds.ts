/**
 * Who else still needs segments (a copy on a cluster): asked before they are merged or let go of, told when they go.
 *
 * A held segment keeps its number and its rows until its holder lets go, so that a row range of it means the same rows for
 * as long as it is written down anywhere.
 */
import type { CatalogRow } from './catalog.ts';

export type SegmentHolds = Readonly<{
  /** Numbers of the segments that must stay as they are. */
  held(): ReadonlySet<number>;
  /** Of segments that retention gives up, oldest first, those that may go now. */
  mayExpire(rows: readonly CatalogRow[]): readonly CatalogRow[];
  /** Told in the transaction that removes them, whatever the reason. */
  removed(rows: readonly CatalogRow[], reason: string): void;
}>;

/** Nobody else needs any. */
export const NO_HOLDS: SegmentHolds = {
  held: () => new Set(),
  mayExpire: (rows) => rows,
  removed: () => {},
};
