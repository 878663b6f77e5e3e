/** What a former process left: lines that were read and not committed, and files that went on after they were archived. */
import { lookOrNothing } from '../watch/file-look.ts';
import type { Watcher } from '../watch/watcher.ts';
import type { ArchiveBook } from './archive-book.ts';
import type { FileFeed } from './file-feed.ts';
import type { IngestParts } from './ingest-parts.ts';
import { OWN_GENERATION } from './own-entries.ts';
import type { OwnSource } from './own-source.ts';

/** A program that was not told of a rotation is started again within a day or so; files archived before are let be. */
const ARCHIVED_LOOKED_AT_MS = 48 * 3_600_000;

/** Read again what a crash kept from being committed; the files go on behind it. `onTaken`: rows are new in the head. */
export async function replayIntake(
  { intake, engine }: Pick<IngestParts, 'intake' | 'engine'>,
  { own, feed }: Readonly<{ own: OwnSource; feed: FileFeed }>,
  onTaken: () => Promise<void> | void,
): Promise<void> {
  for (const frame of intake?.replay() ?? []) {
    const isOwn = frame.generation === OWN_GENERATION;
    const taken = isOwn ? own.replay(frame, engine.head) : feed.replay(frame);
    if (taken) await onTaken();
  }
}

/** A program may have gone on in a file that was archived, while nobody was there to see it. */
export function followArchived(book: ArchiveBook, watcher: Watcher, nowMs: number): void {
  for (const archived of book.movedWhole(nowMs - ARCHIVED_LOOKED_AT_MS)) {
    const { generation, archivePath, sizeBytes } = archived;
    // Thousands may have been archived: of most a look at the file is all it takes.
    const look = lookOrNothing(archivePath);
    if (look === undefined || look.sizeBytes <= sizeBytes) continue;
    watcher.followArchived(generation, archivePath);
  }
}
