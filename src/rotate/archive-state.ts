/** What the book says of the archive and the settings of its limits, as retention and verification look at it. */
import type { Database } from '../base/database.ts';
import type { Settings } from '../config/settings.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import { generationFacts } from '../watch/generation-facts.ts';
import type { ArchivePolicy } from './archive-retention.ts';
import { forgottenThroughUs, isIndexed } from './archive-search.ts';
import type { ArchiveState } from './archive-upkeep.ts';

export function archiveStateOf(
  database: Database,
  at: Readonly<{ nowMs: number; verifyEveryMs: number | null }>,
): ArchiveState {
  const book = ArchiveBook.read(database);
  const forgottenUs = forgottenThroughUs(database);
  const everything = { text: null, source: null, fromUs: null, untilUs: null };
  const files = [...book.find(everything)].map((row) => ({
    row,
    watch: generationFacts(database, row.generation)?.watch ?? null,
    isIndexed: isIndexed(row, forgottenUs),
  }));
  const { nowMs, verifyEveryMs } = at;
  return {
    files,
    plannedRemovals: book.plannedRemovals(),
    dueForLook: verifyEveryMs === null ? [] : book.dueForLook(nowMs - verifyEveryMs),
  };
}

export function archivePolicyOf({ retention, watches }: Settings): ArchivePolicy {
  const own = watches.map(({ name, rotation }) => {
    const { archiveAgeMs: ageMs, archiveBytesMax: bytesMax } = rotation;
    return [name, { ageMs, bytesMax }] as const;
  });
  return { ...retention.archive, watches: new Map(own) };
}
