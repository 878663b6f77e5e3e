/**
 * Files that were deleted while they are still open here: nobody can see them, and they take room on the disk until
 * they are closed. So they are counted, and they may take only so much.
 */
import type { Tail } from './tail.ts';

export type DeletedFiles = Readonly<{ count: number; sizeBytes: number }>;

export function deletedAmong(tails: Iterable<Tail>): DeletedFiles {
  let count = 0;
  let sizeBytes = 0;
  for (const tail of tails) {
    if (!isDeleted(tail)) continue;
    count += 1;
    sizeBytes += tail.generation.sizeBytes;
  }
  return { count, sizeBytes };
}

/** Those to let go of so that the others take `bytesMax` at most: first what is read to its end, the quietest first. */
export function deletedBeyond(tails: Iterable<Tail>, bytesMax: number): Tail[] {
  const held = [...tails].filter(isDeleted);
  let sizeBytes = held.reduce((sum, { generation }) => sum + generation.sizeBytes, 0);
  if (sizeBytes <= bytesMax) return [];
  held.sort((a, b) => Number(b.atEnd) - Number(a.atEnd) || a.grewAtMs - b.grewAtMs);
  const beyond: Tail[] = [];
  for (const tail of held) {
    if (sizeBytes <= bytesMax) break;
    beyond.push(tail);
    sizeBytes -= tail.generation.sizeBytes;
  }
  return beyond;
}

function isDeleted(tail: Tail): boolean {
  return tail.source !== null && tail.reads === 'own' && tail.linkCount === 0;
}
