/** How long whoever writes to a file is waited for, before what it left is taken as it is. */
import type { writersOf } from '../base/open-writers.ts';
import { isSetAside } from './copied-moves.ts';
import { identityOf } from './file-look.ts';
import {
  DELETED_IDLE_MS,
  ROOM_QUIET_MS,
  ROOM_UNKNOWN_MS,
  ROTATED_IDLE_MS,
  UNFINISHED_HELD_MS,
  UNFINISHED_UNKNOWN_MS,
} from './limits.ts';
import type { Tail } from './tail.ts';

/** Who has files open for writing, as far as it can be known. */
export type Writers = ReturnType<typeof writersOf>;

/** Whether a handle that left its path was quiet for so long that nothing more is expected. */
export function mayBeLeft(tail: Tail, nowMs: number): boolean {
  const { state, seenOffset, readOffset } = tail.generation;
  if (state === 'live' || state === 'ended' || !tail.atEnd || seenOffset !== readOffset)
    return false;
  const idleMs = tail.linkCount === 0 ? DELETED_IDLE_MS : ROTATED_IDLE_MS;
  const isIdle = nowMs - Math.max(tail.grewAtMs, tail.heldAtMs) > idleMs;
  return isIdle && !isSetAside(tail.generation);
}

/** Whether a last line without newline has waited long enough for whoever may still write to it. */
export function isFinished(tail: Tail, nowMs: number, writers: Writers): boolean {
  const quietMs = nowMs - tail.grewAtMs;
  switch (writers(identityOf(tail.generation.key))) {
    case 'free':
      return true;
    case 'held':
      return quietMs >= UNFINISHED_HELD_MS;
    case 'unknown':
      return quietMs >= UNFINISHED_UNKNOWN_MS;
  }
}

/** Whether nobody is taken to fill the room behind the text any more. */
export function isRoomLeft(tail: Tail, nowMs: number, writers: Writers): boolean {
  const quietMs = nowMs - tail.grewAtMs;
  if (quietMs <= ROOM_QUIET_MS) return false;
  const held = writers(identityOf(tail.generation.key));
  return held === 'free' || (held === 'unknown' && quietMs > ROOM_UNKNOWN_MS);
}
