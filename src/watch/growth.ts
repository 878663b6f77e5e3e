/** Sizes of followed files beside what was read of them. */
import { FileFailure } from './byte-source.ts';
import { lookOrNothing } from './file-look.ts';
import type { Tail } from './tail.ts';

/** Whether the file behind an open handle is longer than what was seen of it. */
export function hasGrown(tail: Tail): boolean {
  return (sizeOfOpen(tail) ?? 0) > knownEnd(tail);
}

/**
 * The same of a file whose handle is closed: handles are few, files may be many. One that may not even be looked at any more
 * (its folder was closed) has not grown: the pass over all folders names it, and reads it again once it may.
 */
export function hasGrownOnPath(tail: Tail): boolean {
  const { generation, retryAtMs } = tail;
  if (generation.state !== 'live' || generation.packed !== null || retryAtMs > 0) return false;
  const look = lookOrNothing(generation.path);
  return look !== undefined && look.sizeBytes > knownEnd(tail);
}

/** How much waits in a file that is not read now: people ask for it, and the ledger says it is lost where the file is emptied. */
export function noteSize(tail: Tail): void {
  const { generation, reads } = tail;
  if (reads !== 'own' || generation.packed !== null) return;
  generation.sizeBytes = Math.max(generation.sizeBytes, sizeOfOpen(tail) ?? sizeOnPath(tail));
}

/** Null: it is not open, or cannot be asked. */
function sizeOfOpen({ source }: Tail): number | null {
  try {
    return source?.sizeBytes ?? null;
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    return null;
  }
}

function sizeOnPath({ generation }: Tail): number {
  const look = lookOrNothing(generation.path);
  return look?.key === generation.key ? look.sizeBytes : 0;
}

/** End of what was seen of a file, the room behind its text with it. */
function knownEnd({ generation }: Tail): number {
  return Math.max(generation.seenOffset, generation.roomEnd);
}
