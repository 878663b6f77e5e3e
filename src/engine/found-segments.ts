/**
 * Which of the segments that a rebuild has found make up the store: each entry once.
 *
 * Folders hold what people put there: segments that were merged or thinned since, copies under another name, those of
 * another store, whose numbers are given anew there. What would be twice is not taken, and said.
 */
import type { CatalogRow } from './catalog.ts';
import { SequenceRuns } from './sequence-runs.ts';

export type Found = Readonly<{
  row: CatalogRow;
  storeId: string;
  sequences: SequenceRuns;
  generations: ReadonlySet<number>;
  /** Of a small segment; null: it is a file. */
  bytes: Uint8Array | null;
}>;

export type Choice = Readonly<{
  taken: readonly Found[];
  refused: readonly Readonly<{ segment: Found; reason: string }>[];
}>;

/** `listed`: those that the catalog has and that can be read. `storeId`: whose catalog it is. */
export function chooseSegments(
  found: readonly Found[],
  { listed, storeId }: Readonly<{ listed: readonly Found[]; storeId: string }>,
): Choice {
  const taken: Found[] = [];
  const refused: { segment: Found; reason: string }[] = [];
  const isForeign = (segment: Found): boolean => segment.storeId !== storeId;
  // The newest first, because a merged segment is newer than what it was made of.
  const inOrder = found.toSorted(
    (a, b) => Number(isForeign(a)) - Number(isForeign(b)) || b.row.number - a.row.number,
  );
  for (const segment of inOrder) {
    const reason = reasonAgainst(segment, { there: [...listed, ...taken], storeId });
    if (reason === null) taken.push(segment);
    else refused.push({ segment, reason });
  }
  return { taken, refused };
}

/** The store that most entries are of; null: there are none. */
export function mainStoreOf(found: readonly Found[]): string | null {
  const counts = new Map<string, number>();
  for (const { row, storeId } of found) {
    counts.set(storeId, (counts.get(storeId) ?? 0) + row.rowCount);
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1]);
  return most?.[0] ?? null;
}

/** Whether numbers of entries may be in both. */
export function overlap(a: CatalogRow, b: CatalogRow): boolean {
  return a.minSequence <= b.maxSequence && a.maxSequence >= b.minSequence;
}

function reasonAgainst(
  { row, sequences, storeId }: Found,
  store: Readonly<{ there: readonly Found[]; storeId: string }>,
): string | null {
  const { there } = store;
  const overlapping = there.filter((other) => overlap(row, other.row));
  const known = SequenceRuns.union(overlapping.map((other) => other.sequences));
  const isNumberTaken = there.some((other) => other.row.number === row.number);
  if (storeId !== store.storeId) {
    const isTwice = isNumberTaken || known.meets(sequences);
    return isTwice ? 'it is of another store, whose numbers are in use here' : null;
  }
  if (known.holds(sequences)) return 'its entries are in another segment';
  if (known.meets(sequences)) return 'some of its entries are in another segment';
  return isNumberTaken ? 'another segment has its number' : null;
}
