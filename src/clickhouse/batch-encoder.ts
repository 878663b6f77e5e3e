/**
 * One batch of the cluster book → the bytes of its inserts: one insert for each day (UTC), because a server takes an insert into
 * one partition whole or not at all.
 */
import type { OpenSegments } from '../engine/open-segments.ts';
import { NEED } from '../engine/segment-format.ts';
import type { SequenceSpan } from '../ingest/cluster-book.ts';
import type { ClusterBatch } from '../ingest/cluster-queue.ts';
import { EntryColumns } from '../model/entry-columns.ts';
import { RowEncoder } from './row-encoder.ts';
import { RowWriter } from './row-writer.ts';
import { TIMESTAMP_US_MAX } from './schema.ts';

const DAY_US = 86_400_000_000;

/** The rows of a batch that lie in one day. */
export type BatchPart = Readonly<{
  /** Days since the epoch. */
  day: number;
  rowCount: number;
  minUs: number;
  maxUs: number;
  body: Buffer;
}>;

type OpenPart = { day: number; rowCount: number; minUs: number; maxUs: number; out: RowWriter };

export class BatchEncoder {
  readonly #segments: OpenSegments;
  readonly #encoder: RowEncoder;
  readonly #columns: EntryColumns;
  readonly #host: string;
  readonly #writer: string;

  constructor(segments: OpenSegments, names: Readonly<{ host: string; writer: string }>) {
    this.#segments = segments;
    this.#encoder = new RowEncoder(segments.names);
    this.#columns = new EntryColumns(segments.names);
    this.#host = names.host;
    this.#writer = names.writer;
  }

  /**
   * Its parts, oldest day first; they hold memory of their own. Segments that are gone or damaged are left out: the book
   * names that gap. `spans` are the arrival numbers that a backfill leaves out.
   */
  encode(batch: ClusterBatch, spans: readonly SequenceSpan[]): BatchPart[] {
    const { pieces, kind, number } = batch;
    this.#encoder.begin({ host: this.#host, writer: this.#writer, batch: number });
    const parts = new Map<number, OpenPart>();
    const wanted = new Set(pieces.map(({ segment }) => segment));
    const left = kind === 'backfill' ? spans : [];
    for (const row of this.#segments.catalog()) {
      if (!wanted.has(row.number)) continue;
      const segment = this.#segments.open(row);
      if (segment === null) continue;
      for (let chunk = 0; chunk < segment.footer.chunks.length; chunk += 1) {
        const isRead = this.#segments.guard(row, () => {
          segment.readRows(chunk, this.#columns, NEED.ALL);
          segment.readTexts(chunk, this.#columns);
          return true;
        });
        if (isRead === null) break;
        this.#take(parts, left);
      }
    }
    return [...parts.values()]
      .sort((a, b) => a.day - b.day)
      .map(({ out, ...part }) => ({ ...part, body: out.bytes.subarray(0, out.length) }));
  }

  #take(parts: Map<number, OpenPart>, left: readonly SequenceSpan[]): void {
    const columns = this.#columns;
    for (let row = 0; row < columns.count; row += 1) {
      const sequence = columns.sequence[row]!;
      if (left.length > 0 && left.some(({ from, until }) => sequence >= from && sequence < until))
        continue;
      const us = Math.min(TIMESTAMP_US_MAX, Math.max(0, columns.timestampUs[row]!));
      const part = partOf(parts, Math.floor(us / DAY_US));
      part.rowCount += 1;
      part.minUs = Math.min(part.minUs, us);
      part.maxUs = Math.max(part.maxUs, us);
      this.#encoder.encode(columns, row, part.out);
    }
  }
}

function partOf(parts: Map<number, OpenPart>, day: number): OpenPart {
  const known = parts.get(day);
  if (known !== undefined) return known;
  const out = new RowWriter();
  const part = { day, rowCount: 0, minUs: Infinity, maxUs: -Infinity, out };
  parts.set(day, part);
  return part;
}
