/** Whether and how entries are copied to a cluster, as the settings say; apart from the book, which the control thread does not load. */
import type { Settings } from '../config/settings.ts';

/** How entries are copied; null: they are not. */
export type Copying = Readonly<{ shardCount: number; delayMs: number; holdBytesMax: number }>;

export function copyingOf({ store, clickhouse }: Settings): Copying | null {
  if (store.engine === 'local' || clickhouse === null) return null;
  const { shards, delayMs, holdBytesMax } = clickhouse;
  return { shardCount: shards.length, delayMs, holdBytesMax };
}
