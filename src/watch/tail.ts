/** A generation as it is followed in this process: its handle, and when it is to be looked at next. */
import type { ByteSource } from './byte-source.ts';
import type { GenerationRecord } from './generation.ts';

export type Tail = {
  readonly generation: GenerationRecord;
  /** Null: closed, or not found yet. */
  source: ByteSource | null;
  /** What `source` is: its own file, a copy that holds what the file itself lost, or the content of a compressed one. */
  reads: 'own' | 'copy' | 'unpacked';
  /** The generation that all that was skipped of it is a copy of, as long as nothing was read; null: none. */
  copyOf: number | null;
  /** Whether its content is being unpacked. */
  isUnpacking: boolean;
  /** Whether its file was seen in this process. */
  found: boolean;
  /** Watched paths that lead to it. */
  readonly paths: Set<string>;
  /** Generations whose lines come first. */
  waitsFor: Tail[];
  /** Whether it waits for its turn to be read. */
  ready: boolean;
  /** Whether the last read came to the end. */
  atEnd: boolean;
  /** When bytes were last found in it, by the monotonic clock. */
  grewAtMs: number;
  /** When somebody was last seen to have it open for writing after it left its path, by the same clock; 0: never. */
  heldAtMs: number;
  /** When to ask again whether its unfinished line is finished; null: it has none. */
  offerAtMs: number | null;
  /** When to look again into the room that its writer made ahead; null: there is none. */
  roomAtMs: number | null;
  /** Nobody fills that room any more: it is passed. */
  passesRoom: boolean;
  /** When to try again after a failure; 0: nothing failed. */
  retryAtMs: number;
  failureCount: number;
  /** Names that led to the file when it was last looked at. */
  linkCount: number;
};

export function tailOf(generation: GenerationRecord, nowMs: number): Tail {
  return {
    generation,
    source: null,
    reads: 'own',
    copyOf: null,
    isUnpacking: false,
    found: false,
    paths: new Set(),
    waitsFor: [],
    ready: false,
    atEnd: false,
    grewAtMs: nowMs,
    heldAtMs: 0,
    offerAtMs: null,
    roomAtMs: null,
    passesRoom: false,
    retryAtMs: 0,
    failureCount: 0,
    linkCount: 1,
  };
}

/** Whether a generation that comes before it still has lines to give. */
export function isHeldBack(tail: Tail): boolean {
  if (tail.waitsFor.length === 0) return false;
  tail.waitsFor = tail.waitsFor.filter(hasMoreToGive);
  return tail.waitsFor.length > 0;
}

/** One that fails or is not found holds nobody up: its lines come when they can be read. */
function hasMoreToGive(tail: Tail): boolean {
  if (tail.isUnpacking) return true;
  if (tail.generation.state === 'ended' || tail.retryAtMs > 0 || tail.source === null) return false;
  return !tail.atEnd;
}

/** Whether its file is gone and its rest is being looked for. */
export function seeksRest({ generation, source, isUnpacking }: Tail): boolean {
  if (source !== null || generation.packed !== null) return false;
  return isUnpacking || generation.state === 'missing' || generation.state === 'replaced';
}
