/** A generation as a row of the ledger, and back. */
import type { Packing } from '../base/unpacking.ts';
import type { FileKey } from './file-look.ts';
import type { Encoding, GenerationState, Milestone } from './generation.ts';
import { TAIL_BYTES } from './limits.ts';

/** A row of `watch_generation`. `insideLine` and `committedTail` belong to the committed offset. */
export type GenerationRow = Readonly<{
  number: number;
  watch: string;
  source: string;
  path: string;
  firstPath: string;
  key: FileKey;
  birthMs: number;
  encoding: Encoding;
  state: GenerationState;
  wasReplaced: boolean;
  skipReason: string | null;
  packed: Packing | null;
  head: Uint8Array;
  headOffset: number;
  milestones: readonly Milestone[];
  startOffset: number;
  committedOffset: number;
  committedLine: number;
  committedTail: Uint8Array;
  insideLine: boolean;
  siblingsAtMs: number;
  sizeBytes: number;
  modifiedAtMs: number;
  firstSeenAtMs: number;
  lastReadAtMs: number;
  endedAtMs: number | null;
}>;

export const COLUMNS = `number, watch, source, path, first_path, file_key, birth_ms, encoding, state, was_replaced, skip_reason, packed, head,
  head_offset, milestones, start_offset, committed_offset, committed_line, committed_tail, inside_line, siblings_at_ms, size_bytes,
  modified_at_ms, first_seen_at_ms, last_read_at_ms, ended_at_ms`;

/** Takes `valuesOf`. */
export const SAVE = `INSERT INTO watch_generation (${COLUMNS})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (number) DO UPDATE SET watch = excluded.watch, source = excluded.source, path = excluded.path,
    file_key = excluded.file_key, birth_ms = excluded.birth_ms, encoding = excluded.encoding,
    state = excluded.state, was_replaced = excluded.was_replaced, skip_reason = excluded.skip_reason, packed = excluded.packed, head = excluded.head,
    head_offset = excluded.head_offset, milestones = excluded.milestones, start_offset = excluded.start_offset,
    committed_offset = excluded.committed_offset, committed_line = excluded.committed_line,
    committed_tail = excluded.committed_tail, inside_line = excluded.inside_line,
    siblings_at_ms = excluded.siblings_at_ms, size_bytes = excluded.size_bytes, modified_at_ms = excluded.modified_at_ms,
    last_read_at_ms = excluded.last_read_at_ms, ended_at_ms = excluded.ended_at_ms`;

const MILESTONE_BYTES = 8 + TAIL_BYTES;

/** As SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** In the order of `COLUMNS`. */
export function valuesOf(row: GenerationRow): (string | number | Uint8Array | null)[] {
  return [
    row.number,
    row.watch,
    row.source,
    row.path,
    row.firstPath,
    row.key,
    row.birthMs,
    row.encoding,
    row.state,
    row.wasReplaced ? 1 : 0,
    row.skipReason,
    row.packed,
    row.head,
    row.headOffset,
    packMilestones(row.milestones),
    row.startOffset,
    row.committedOffset,
    row.committedLine,
    row.committedTail,
    row.insideLine ? 1 : 0,
    row.siblingsAtMs,
    row.sizeBytes,
    row.modifiedAtMs,
    row.firstSeenAtMs,
    row.lastReadAtMs,
    row.endedAtMs,
  ];
}

export function rowOf(row: Row): GenerationRow {
  return {
    number: Number(row.number),
    watch: String(row.watch),
    source: String(row.source),
    path: String(row.path),
    firstPath: String(row.first_path),
    key: String(row.file_key) as FileKey,
    birthMs: Number(row.birth_ms),
    encoding: String(row.encoding) as Encoding,
    state: String(row.state) as GenerationState,
    wasReplaced: row.was_replaced === 1,
    skipReason: row.skip_reason === null ? null : String(row.skip_reason),
    packed: row.packed === null ? null : (String(row.packed) as Packing),
    head: bytesOf(row.head),
    headOffset: Number(row.head_offset),
    milestones: unpackMilestones(bytesOf(row.milestones)),
    startOffset: Number(row.start_offset),
    committedOffset: Number(row.committed_offset),
    committedLine: Number(row.committed_line),
    committedTail: bytesOf(row.committed_tail),
    insideLine: row.inside_line === 1,
    siblingsAtMs: Number(row.siblings_at_ms),
    sizeBytes: Number(row.size_bytes),
    modifiedAtMs: Number(row.modified_at_ms),
    firstSeenAtMs: Number(row.first_seen_at_ms),
    lastReadAtMs: Number(row.last_read_at_ms),
    endedAtMs: row.ended_at_ms === null ? null : Number(row.ended_at_ms),
  };
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

/** Each as its offset (8 bytes, floating point) and its `TAIL_BYTES` bytes. */
function packMilestones(milestones: readonly Milestone[]): Uint8Array {
  const packed = Buffer.alloc(milestones.length * MILESTONE_BYTES);
  milestones.forEach(({ offset, tail }, index) => {
    packed.writeDoubleLE(offset, index * MILESTONE_BYTES);
    tail.copy(packed, index * MILESTONE_BYTES + 8);
  });
  return packed;
}

function unpackMilestones(packed: Uint8Array): Milestone[] {
  const bytes = Buffer.from(packed);
  const milestones: Milestone[] = [];
  for (let at = 0; at + MILESTONE_BYTES <= bytes.length; at += MILESTONE_BYTES) {
    const tail = bytes.subarray(at + 8, at + MILESTONE_BYTES);
    milestones.push({ offset: bytes.readDoubleLE(at), tail });
  }
  return milestones;
}
