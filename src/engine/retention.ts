/** Which segments a retention policy gives up: pure, whole segments only, oldest first. */
import type { CatalogRow } from './catalog.ts';

export type RetentionPolicy = Readonly<{
  /** Segments whose newest entry is older go; null: none for age. */
  beforeUs: number | null;
  /** The oldest segments go until the rest is no larger; null: none for size. */
  bytesMax: number | null;
}>;

/** Name in `meta`: entries up to this time may have left the index; later ones never have. */
export const EXPIRED_THROUGH_US = 'expired_through_us';

export function segmentsToExpire(
  catalog: readonly CatalogRow[],
  policy: RetentionPolicy,
): CatalogRow[] {
  const { beforeUs, bytesMax } = policy;
  const oldestFirst = catalog.toSorted((a, b) => a.maxUs - b.maxUs || a.number - b.number);
  let bytesLeft = oldestFirst.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return oldestFirst.filter((row) => {
    const isTooOld = beforeUs !== null && row.maxUs < beforeUs;
    const isTooMuch = bytesMax !== null && bytesLeft > bytesMax;
    if (!isTooOld && !isTooMuch) return false;
    bytesLeft -= row.sizeBytes;
    return true;
  });
}
