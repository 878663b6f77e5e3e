/**
 * One file's life under rotation: not a path, but the bytes that one program wrote into one file until it
 * was truncated or left alone.
 *
 * Invariants: `startOffset <= committedOffset <= readOffset <= seenOffset`; `tail` are the bytes before
 * `seenOffset`; every byte before `readOffset` was handed over, skipped or lost, and the ledger says which.
 */
import type { Packing } from '../base/unpacking.ts';
import type { WatchSettings } from '../config/settings.ts';
import type { FileKey } from './file-look.ts';

export type Encoding = 'utf-8' | 'latin1' | 'utf-16le' | 'utf-16be';

export type GenerationState =
  /** A watched path leads to it. */
  | 'live'
  /** Its path leads elsewhere or nowhere; read to the end, then kept for late writes. */
  | 'rotated'
  /** Its file was truncated or overwritten; only a copy can hold what was not read. */
  | 'replaced'
  /** Neither a path nor a handle leads to it. */
  | 'missing'
  /** Nothing more is expected. */
  | 'ended'
  /** Moved away by our own rotation. */
  | 'archived';

/** What the sink, status and rotation see of a generation. Always the current state, never a copy. */
export type Generation = Readonly<{
  number: number;
  watch: WatchSettings;
  source: string;
  /** The path it was last seen under. */
  path: string;
  firstPath: string;
  firstSeenAtMs: number;
  encoding: Encoding;
  state: GenerationState;
  /** Why it is not read as text; null: it is. */
  skipReason: string | null;
  /** Where reading began: 0, or the size it had when it was first seen. */
  startOffset: number;
  /** Everything before it was handed over or skipped. */
  readOffset: number;
  committedOffset: number;
  /** Line number at `committedOffset`, counted from 1; 0 unknown. */
  committedLine: number;
  sizeBytes: number;
  modifiedAtMs: number;
}>;

/** The bytes before `offset`. */
export type Milestone = Readonly<{ offset: number; tail: Buffer }>;

/** The same, for those who keep it. */
export type GenerationRecord = {
  readonly number: number;
  firstPath: string;
  readonly firstSeenAtMs: number;
  watch: WatchSettings;
  source: string;
  path: string;
  key: FileKey;
  /** 0 where the file system does not know. */
  birthMs: number;
  encoding: Encoding;
  state: GenerationState;
  /** Whether its file was truncated, overwritten, or deleted while nobody but us had it: what is left of it can only be in a copy. */
  wasReplaced: boolean;
  /** Whether our own rotation moved it away. */
  wasArchived: boolean;
  skipReason: string | null;
  /** How its file is compressed; offsets are those of the content. */
  packed: Packing | null;
  /** Up to `HEAD_BYTES` from `headOffset`, which lies behind a hole of NULs at the start. */
  head: Buffer;
  headOffset: number;
  /** Bytes before each power of two that was passed: by them a shorter copy is known. */
  milestones: Milestone[];
  startOffset: number;
  readOffset: number;
  /** End of what was read; behind `readOffset` by the unfinished line. */
  seenOffset: number;
  tail: Buffer;
  /** Whether `readOffset` lies inside a line whose beginning was handed over as finished. */
  insideLine: boolean;
  /** Whether lines were handed over, so that it is known to be text. */
  probed: boolean;
  /** Whether `readOffset` lies inside a hole of NULs. */
  insideHole: boolean;
  /** End of the NULs behind `seenOffset` that are room a writer made ahead, as far as is known; 0: there are none. */
  roomEnd: number;
  /** Ends of partial lines that were taken, behind `committedOffset`. */
  cuts: number[];
  /** End of the last bytes that were handed over; what lies between it and `readOffset` was skipped. */
  handedOffset: number;
  committedOffset: number;
  committedLine: number;
  /** Bytes before `committedOffset`; empty where they could not be had. */
  committedTail: Buffer;
  /** When all rotated forms of its path were known: what appeared since may be its unseen successors. */
  siblingsAtMs: number;
  sizeBytes: number;
  modifiedAtMs: number;
  lastReadAtMs: number;
  endedAtMs: number | null;
  error: string | null;
  /** Whether the row in the ledger differs from this record. */
  changed: boolean;
};

/** What has to be known to begin a generation. */
export type GenerationStart = Pick<
  GenerationRecord,
  'number' | 'watch' | 'source' | 'path' | 'key' | 'birthMs' | 'encoding'
> &
  Readonly<{ atMs: number }>;

/** What `encoding` is while the file is read by that section: a file in UTF-16 has said so itself, any other is what its section says. */
export function encodingUnder(encoding: Encoding, watch: WatchSettings): Encoding {
  return isWide(encoding) ? encoding : watch.encoding;
}

/** UTF-16. */
export function isWide(encoding: Encoding): boolean {
  return encoding === 'utf-16le' || encoding === 'utf-16be';
}

export const NO_BYTES: Buffer = Buffer.alloc(0);

export function beginGeneration(start: GenerationStart): GenerationRecord {
  const { number, watch, source, path, key, birthMs, encoding, atMs } = start;
  return {
    number,
    watch,
    source,
    path,
    key,
    birthMs,
    encoding,
    firstPath: path,
    firstSeenAtMs: atMs,
    state: 'live',
    wasReplaced: false,
    wasArchived: false,
    skipReason: null,
    packed: null,
    head: NO_BYTES,
    headOffset: 0,
    milestones: [],
    startOffset: 0,
    readOffset: 0,
    seenOffset: 0,
    tail: NO_BYTES,
    insideLine: false,
    probed: false,
    insideHole: false,
    roomEnd: 0,
    cuts: [],
    handedOffset: 0,
    committedOffset: 0,
    committedLine: 1,
    committedTail: NO_BYTES,
    siblingsAtMs: atMs,
    sizeBytes: 0,
    modifiedAtMs: 0,
    lastReadAtMs: atMs,
    endedAtMs: null,
    error: null,
    changed: true,
  };
}
