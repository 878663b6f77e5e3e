/** What the book says of the archive and the settings of its limits, as retention and verification look at it. */
import type { Database } from '../base/database.ts';
import type { Settings, WatchSettings } from '../config/settings.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import { generationFacts } from '../watch/generation-facts.ts';
import { Patterns } from '../watch/patterns.ts';
import type { ArchivePolicy } from './archive-retention.ts';
import { forgottenThroughUs, isIndexed } from './archive-search.ts';
import type { ArchiveState } from './archive-upkeep.ts';

export function archiveStateOf(
  database: Database,
  at: Readonly<{
    watches: readonly WatchSettings[];
    nowMs: number;
    verifyEveryMs: number | null;
  }>,
): ArchiveState {
  const book = ArchiveBook.read(database);
  const forgottenUs = forgottenThroughUs(database);
  const everything = { text: null, source: null, fromUs: null, untilUs: null };
  const { watches, nowMs, verifyEveryMs } = at;
  const patterns = new Patterns(watches, []);
  const files = [...book.find(everything)].map((row) => {
    const named = generationFacts(database, row.generation);
    const section = patterns.sectionOf(named ?? { watch: null, path: row.originalPath });
    return { row, watch: section?.name ?? null, isIndexed: isIndexed(row, forgottenUs) };
  });
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
