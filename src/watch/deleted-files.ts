/**
 * Files that were deleted while they are still open here: nobody can see them, and they take room on the disk until
 * they are closed. So they are counted, and they may take only so much.
 */
import type { Clock } from '../base/clock.ts';
import { DELETED_CHECK_MS } from './limits.ts';
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

/** How much of the disk they may take, looked at now and then. */
export class DeletedFilesBound {
  readonly #clock: Clock;
  readonly #bytesMax: number;
  #lookAtMs = 0;

  constructor(clock: Clock, bytesMax: number) {
    this.#clock = clock;
    this.#bytesMax = bytesMax;
  }

  /** Those to let go of now; none until the next look is due. */
  beyond(tails: Iterable<Tail>): Tail[] {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#lookAtMs) return [];
    this.#lookAtMs = nowMs + DELETED_CHECK_MS;
    return deletedBeyond(tails, this.#bytesMax);
  }
}

/** Those to let go of so that the others take `bytesMax` at most: first what is read to its end, the quietest first. */
function deletedBeyond(tails: Iterable<Tail>, bytesMax: number): Tail[] {
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
