/**
 * `logstead check`: whether the segments are what the catalog says, and with `deep` whether each byte matches its checksum.
 *
 * It only reads, so it may run beside the daemon. What is wrong is listed; nothing is moved.
 */
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { type CatalogRow, type DamageRow, readCatalog, readDamage } from './catalog.ts';
import { type Damage, OpenSegments, SegmentGone } from './open-segments.ts';

export type StoreCheck = Readonly<{
  /** Of what is whole. */
  segmentCount: number;
  rowCount: number;
  sizeBytes: number;
  /** Found now. */
  damaged: readonly Damage[];
  /** Found before, and set aside. */
  setAside: readonly DamageRow[];
}>;

export type StoreCheckOptions = Readonly<{
  disk: Disk;
  database: Database;
  folder: string | null;
  deep: boolean;
  /** Called after each segment with the bytes read so far. */
  onProgress?: (doneBytes: number) => void;
}>;

export function checkStore(options: StoreCheckOptions): StoreCheck {
  const { disk, database, folder, deep, onProgress } = options;
  const damaged: Damage[] = [];
  using segments = new OpenSegments({
    disk,
    database,
    folder,
    names: new ColumnNames(),
    onDamage: (damage) => damaged.push(damage),
  });
  const catalog = readCatalog(database);
  const checked: CatalogRow[] = [];
  let doneBytes = 0;
  for (const row of catalog) {
    if (isThere(segments, row, deep)) checked.push(row);
    doneBytes += row.sizeBytes;
    onProgress?.(doneBytes);
  }
  const bad = new Set(damaged.map(({ segment }) => segment.number));
  const whole = checked.filter(({ number }) => !bad.has(number));
  return {
    segmentCount: whole.length,
    rowCount: whole.reduce((sum, { rowCount }) => sum + rowCount, 0),
    sizeBytes: whole.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    damaged,
    setAside: readDamage(database),
  };
}

/** False where it was merged or removed meanwhile: then there is nothing to check. */
function isThere(segments: OpenSegments, row: CatalogRow, deep: boolean): boolean {
  try {
    const reader = segments.open(row);
    if (reader !== null && deep) segments.guard(row, () => reader.verify());
    return true;
  } catch (thrown) {
    if (thrown instanceof SegmentGone) return false;
    throw thrown;
  }
}
