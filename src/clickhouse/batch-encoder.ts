/**
 * One batch of the cluster book → the bytes of its inserts: one insert for each day (UTC), because a server takes an insert into
 * one partition whole or not at all.
 */
import type { CatalogRow } from '../engine/catalog.ts';
import type { OpenSegments } from '../engine/open-segments.ts';
import { NEED } from '../engine/segment-format.ts';
import { templatesOf } from '../engine/segment-parts.ts';
import type { SegmentReader } from '../engine/segment-reader.ts';
import type { SequenceSpan } from '../ingest/cluster-book.ts';
import type { ClusterBatch } from '../ingest/cluster-queue.ts';
import { EntryColumns } from '../model/entry-columns.ts';
import { RowEncoder } from './row-encoder.ts';
import { encodedText, RowWriter } from './row-writer.ts';
import { TIMESTAMP_US_MAX } from './schema.ts';

const DAY_US = 86_400_000_000;
/** Batches are of a size: room for this much more than the last one took saves growing, which copies. */
const GROWTH_SHARE = 1 / 8;
const NO_NUMBERS = new Float64Array(0);

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
  /** What the longest part of the last batch took, and some more. */
  #partBytes: number | undefined;

  constructor(segments: OpenSegments, host: string) {
    this.#segments = segments;
    this.#encoder = new RowEncoder(segments.names);
    this.#columns = new EntryColumns(segments.names);
    this.#host = host;
  }

  /**
   * Its parts, oldest day first; they hold memory of their own. Segments that are gone or damaged are left out: the book
   * names that gap. `spans` are the arrival numbers that a backfill leaves out.
   */
  encode(batch: ClusterBatch, spans: readonly SequenceSpan[]): BatchPart[] {
    const { pieces, kind, number, writer } = batch;
    this.#encoder.begin({ host: this.#host, writer, batch: number });
    const parts = new Map<number, OpenPart>();
    const wanted = new Set(pieces.map(({ segment }) => segment));
    for (const row of this.#segments.catalog()) {
      if (!wanted.has(row.number)) continue;
      const segment = this.#segments.open(row);
      if (segment === null) continue;
      const left = kind === 'backfill' ? spansWithin(spans, row) : [];
      const templates = this.#segments.guard(row, () => encodedTemplatesOf(segment));
      for (let chunk = 0; chunk < segment.chunkCount; chunk += 1) {
        const numbers = this.#segments.guard(row, () => {
          segment.readRows(chunk, this.#columns, NEED.ALL);
          segment.readTexts(chunk, this.#columns);
          return templates === null ? NO_NUMBERS : segment.readTemplateNumbers(chunk);
        });
        if (numbers === null) break;
        this.#take(parts, left, (index) => templates?.[numbers[index]!] ?? null);
      }
    }
    const lengths = [...parts.values()].map(({ out }) => out.length);
    if (lengths.length > 0) this.#partBytes = Math.ceil(Math.max(...lengths) * (1 + GROWTH_SHARE));
    return [...parts.values()]
      .sort((a, b) => a.day - b.day)
      .map(({ out, ...part }) => ({ ...part, body: out.bytes.subarray(0, out.length) }));
  }

  #take(
    parts: Map<number, OpenPart>,
    left: readonly SequenceSpan[],
    templateOf: (row: number) => Buffer | null,
  ): void {
    const columns = this.#columns;
    for (let row = 0; row < columns.count; row += 1) {
      const sequence = columns.sequence[row]!;
      if (left.length > 0 && left.some(({ from, until }) => sequence >= from && sequence < until))
        continue;
      const us = Math.min(TIMESTAMP_US_MAX, Math.max(0, columns.timestampUs[row]!));
      const part = partOf(parts, Math.floor(us / DAY_US), this.#partBytes);
      part.rowCount += 1;
      part.minUs = Math.min(part.minUs, us);
      part.maxUs = Math.max(part.maxUs, us);
      this.#encoder.encode(columns, row, { out: part.out, template: templateOf(row) });
    }
  }
}

/** By the number that rows have, as they stand in a row; null where the segment is older than templates are. */
function encodedTemplatesOf(segment: SegmentReader): readonly (Buffer | null)[] | null {
  const part = templatesOf(segment);
  return part === null ? null : [null, ...part.templates.map(({ text }) => encodedText(text))];
}

function spansWithin(
  spans: readonly SequenceSpan[],
  { minSequence, maxSequence }: CatalogRow,
): readonly SequenceSpan[] {
  return spans.filter(({ from, until }) => from <= maxSequence && until > minSequence);
}

/** Most batches lie in one day; where one does not, its parts grow like any first one. */
function partOf(parts: Map<number, OpenPart>, day: number, bytesExpected?: number): OpenPart {
  const known = parts.get(day);
  if (known !== undefined) return known;
  const out = new RowWriter(parts.size === 0 ? bytesExpected : undefined);
  const part = { day, rowCount: 0, minUs: Infinity, maxUs: -Infinity, out };
  parts.set(day, part);
  return part;
}
