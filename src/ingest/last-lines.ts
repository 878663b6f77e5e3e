/**
 * Last lines without newline that were taken as entries: when one grows later, its entry is replaced by the whole line.
 *
 * Such an entry is a segment of its own, which is not merged, so that it can be taken back in the transaction that commits
 * the whole one: at no moment are both there, or none. After `KEPT_MS`, or when there are too many, it is an entry like any
 * other, and so it is from the beginning where entries are copied to a cluster, from which nothing is taken back; what then
 * still follows becomes an entry of its own.
 *
 * A rule that counted the shorter entry does not count the whole one again (`look`).
 */
import type { Database, Schema } from '../base/database.ts';
import type { CatalogRow } from '../engine/catalog.ts';
import type { SegmentHolds } from '../engine/segment-holds.ts';
import { copyRow, EntryColumns, type RowPlace } from '../model/entry-columns.ts';

export const LAST_LINES_SCHEMA: Schema = {
  room: 'last-lines',
  steps: [
    `CREATE TABLE ingest_last_line (
       generation INTEGER PRIMARY KEY,
       segment INTEGER NOT NULL,
       start_offset INTEGER NOT NULL,
       end_offset INTEGER NOT NULL,
       line INTEGER NOT NULL,
       taken_at_ms REAL NOT NULL
     ) STRICT;`,
  ],
};

/** Programs that finish a line later do so within a day; whoever reads the index should not open its segment for ever. */
export const KEPT_MS = 24 * 3_600_000;

/** Each is a segment that every search may have to open: some ten milliseconds for all. */
export const KEPT_MAX = 64;

/** A longer line is not put together: its segment would be a file, and the parser would hold it twice. */
export const LINE_BYTES_MAX = 64 * 1024;

export type LastLine = {
  readonly generation: number;
  /** First byte of its entry, and the end of what was taken. */
  readonly startOffset: number;
  readonly endOffset: number;
  /** Number of the entry's first line. */
  readonly line: number;
  readonly takenAtMs: number;
  /** Null: not committed. */
  segment: number | null;
  /** The entry, until it is committed. */
  entry: RowPlace | null;
};

/** One that goes on: `earlier` is what it was, `isOut` whether the whole entry is in the head. */
type Growing = { readonly last: LastLine; readonly earlier: RowPlace; isOut: boolean };

/** What belongs to one commit. */
export type TakenLastLines = Readonly<{
  /** Rows of the head that get a segment each. */
  rows: readonly number[];
  begun: readonly Readonly<{ last: LastLine; sequence: number }>[];
  replaced: readonly LastLine[];
}>;

export class LastLines {
  readonly #database: Database;
  #isOn = true;
  /** By generation, the oldest first. */
  readonly #current = new Map<number, LastLine>();
  #growing: Growing[] = [];
  /** Where the entries of those are, in columns of all of them: columns of one row would take half a megabyte each. */
  #earlier: EntryColumns | null = null;
  /** Not taken yet, with their rows of the head. */
  #begun: { last: LastLine; row: number }[] = [];
  /** Their entries. */
  #entries: EntryColumns | null = null;

  private constructor(database: Database) {
    this.#database = database;
    const rows = database.prepare('SELECT * FROM ingest_last_line ORDER BY taken_at_ms').all();
    for (const row of rows) {
      this.#current.set(Number(row['generation']), {
        generation: Number(row['generation']),
        segment: Number(row['segment']),
        startOffset: Number(row['start_offset']),
        endOffset: Number(row['end_offset']),
        line: Number(row['line']),
        takenAtMs: Number(row['taken_at_ms']),
        entry: null,
      });
    }
  }

  static open(database: Database, isOn: boolean): LastLines {
    database.migrate(LAST_LINES_SCHEMA);
    const lastLines = new LastLines(database);
    lastLines.use(isOn);
    return lastLines;
  }

  /** Whether lines that grow are put together from now on. */
  use(isOn: boolean): void {
    this.#isOn = isOn;
    if (isOn) return;
    this.#database.prepare('DELETE FROM ingest_last_line').run();
    this.#current.clear();
  }

  /** The newest row of the head ends with the last line of a generation, taken up to `endOffset` without its newline. */
  begin(
    head: EntryColumns,
    taken: Readonly<{ generation: number; endOffset: number; nowMs: number }>,
  ): void {
    const row = head.count - 1;
    const { generation, endOffset, nowMs } = taken;
    if (!this.#isOn || row < 0 || head.generation[row] !== generation) return;
    // More than are kept: the first start on a folder of old logs.
    if (this.#begun.length >= KEPT_MAX) return;
    const lengthBytes = head.rawLength[row]!;
    const isWhole = head.offset[row]! + lengthBytes === endOffset;
    if (!isWhole || lengthBytes > LINE_BYTES_MAX) return;
    this.#entries ??= new EntryColumns(head.names);
    const entry = { columns: this.#entries, row: copyRow(head, row, this.#entries) };
    const startOffset = head.offset[row]!;
    const last: LastLine = {
      generation,
      startOffset,
      endOffset,
      line: head.line[row]!,
      takenAtMs: nowMs,
      segment: null,
      entry,
    };
    this.#current.delete(generation);
    this.#current.set(generation, last);
    this.#begun.push({ last, row });
  }

  /**
   * More of a line came, from `offsetBytes` on: its entry as it was, to be read again with what follows. Null: it is too
   * late for that, or nothing of it was taken.
   */
  grow(
    generation: number,
    offsetBytes: number,
    entryOf: (segment: number) => EntryColumns | null,
  ): Readonly<{ last: LastLine; bytes: Buffer }> | null {
    const last = this.#current.get(generation);
    if (last === undefined || last.endOffset !== offsetBytes) return null;
    const stored = last.entry === null ? entryOf(last.segment ?? 0) : null;
    const entry = stored === null ? last.entry : { columns: stored, row: 0 };
    if (entry === null) return null;
    this.#current.delete(generation);
    this.#earlier ??= new EntryColumns(entry.columns.names);
    const row = copyRow(entry.columns, entry.row, this.#earlier);
    this.#growing.push({ last, earlier: { columns: this.#earlier, row }, isOut: false });
    return { last, bytes: this.#earlier.rawBytes(row) };
  }

  /** Which of the new rows `[from, count)` of the head are whole now, each with what it was. */
  look(head: EntryColumns, from: number): ReadonlyMap<number, RowPlace> | null {
    const waiting = this.#growing.filter(({ isOut }) => !isOut);
    if (waiting.length === 0) return null;
    const found = new Map<number, RowPlace>();
    for (let row = from; row < head.count; row += 1) {
      const growing = waiting.find(
        ({ last, isOut }) =>
          !isOut &&
          last.generation === head.generation[row] &&
          last.startOffset === head.offset[row] &&
          !this.#isEntryOf(last, row),
      );
      if (growing === undefined) continue;
      growing.isOut = true;
      found.set(row, growing.earlier);
    }
    return found.size === 0 ? null : found;
  }

  /** After a crash all is read before anybody looks: what a line was, once or several times, and what it became. */
  #isEntryOf(wanted: LastLine, wantedRow: number): boolean {
    return this.#begun.some(({ last, row }) => last === wanted && row === wantedRow);
  }

  /** What goes with the head that is taken now. */
  take(head: EntryColumns): TakenLastLines {
    const begun = this.#begun.map(({ last, row }) => ({ last, sequence: head.sequence[row]! }));
    const rows = this.#begun.map(({ row }) => row);
    const replaced = this.#growing.filter(({ isOut }) => isOut).map(({ last }) => last);
    this.#growing = this.#growing.filter(({ isOut }) => !isOut);
    if (this.#growing.length === 0) this.#earlier = null;
    this.#begun = [];
    this.#entries = null;
    return { rows, begun, replaced };
  }

  /** Inside the transaction that commits `segments`, before they are. Returns the numbers of those that are taken back. */
  record(
    taken: TakenLastLines,
    segments: readonly CatalogRow[],
    nowMs: number,
  ): ReadonlySet<number> {
    const numberOf = numbersBySequence(segments);
    const gone = new Set(taken.replaced);
    const replaced = new Set<number>();
    for (const last of gone) {
      const number = last.segment ?? numberOf.get(sequenceOf(taken, last)) ?? null;
      if (number === null) continue;
      replaced.add(number);
      this.#database.prepare('DELETE FROM ingest_last_line WHERE segment = ?').run(number);
    }
    for (const { last, sequence } of taken.begun) {
      const number = numberOf.get(sequence);
      if (number === undefined || gone.has(last)) continue;
      this.#database
        .prepare('INSERT OR REPLACE INTO ingest_last_line VALUES (?, ?, ?, ?, ?, ?)')
        .run(last.generation, number, last.startOffset, last.endOffset, last.line, last.takenAtMs);
    }
    this.#settleOld(nowMs);
    return replaced;
  }

  /** The transaction is durable. */
  committed(taken: TakenLastLines, segments: readonly CatalogRow[]): void {
    const numberOf = numbersBySequence(segments);
    for (const { last, sequence } of taken.begun) {
      last.segment = numberOf.get(sequence) ?? null;
      // Where it has no segment of its own it cannot be taken back.
      if (last.segment === null && this.#current.get(last.generation) === last) {
        this.#current.delete(last.generation);
      }
      last.entry = null;
    }
  }

  /** For the engine: what must stay as it is. */
  holds(): SegmentHolds {
    return {
      held: () => this.#segments(),
      mayExpire: (rows) => rows,
      removed: (rows) => {
        for (const { number } of rows) this.#forget(number);
      },
    };
  }

  #segments(): Set<number> {
    const rows = this.#database.prepare('SELECT segment FROM ingest_last_line').all();
    return new Set(rows.map((row) => Number(row['segment'])));
  }

  /** Those too old, or too many, are entries like any other from now on. */
  #settleOld(nowMs: number): void {
    let leftCount = this.#current.size;
    for (const { segment, takenAtMs } of this.#current.values()) {
      if (leftCount <= KEPT_MAX && nowMs - takenAtMs < KEPT_MS) return;
      leftCount -= 1;
      if (segment !== null) this.#forget(segment);
    }
  }

  #forget(segment: number): void {
    this.#database.prepare('DELETE FROM ingest_last_line WHERE segment = ?').run(segment);
    for (const last of this.#current.values()) {
      if (last.segment === segment) this.#current.delete(last.generation);
    }
  }
}

/** Segments of one entry, by its arrival number. */
function numbersBySequence(segments: readonly CatalogRow[]): Map<number, number> {
  return new Map(
    segments
      .filter(({ rowCount }) => rowCount === 1)
      .map(({ minSequence, number }) => [minSequence, number]),
  );
}

function sequenceOf({ begun }: TakenLastLines, wanted: LastLine): number {
  return begun.find(({ last }) => last === wanted)?.sequence ?? -1;
}

/** Both of two holders are asked, and told. */
export function bothHold(first: SegmentHolds, second: SegmentHolds): SegmentHolds {
  return {
    held: () => first.held().union(second.held()),
    mayExpire: (rows) => second.mayExpire(first.mayExpire(rows)),
    removed: (rows, reason) => {
      first.removed(rows, reason);
      second.removed(rows, reason);
    },
  };
}
