/**
 * The columns of one segment, a chunk or a few rows of it at a time; see `column-codec.ts`.
 *
 * They are kept as they are stored (a few bytes a row), and decoded as they are asked for. Names of the segment become ids of
 * this process.
 */
import { kept } from '../base/thread-memory.ts';
import type { Dictionary } from '../model/dictionary.ts';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { Malformed } from './byte-reader.ts';
import { decodeColumn, type StoredColumn, TRANSFORM } from './column-codec.ts';
import { levelOfClass, severityOfClass } from './entry-class.ts';
import type { StoredFooter } from './segment-footer.ts';
import { COLUMN, type ColumnId, NEED, type PartPlace } from './segment-format.ts';

/** Rows of a chunk. */
export type RowRange = Readonly<{ from: number; until: number }>;

/** Source of a run of rows, and the row behind its last. */
type SourceRun = Readonly<{ source: number; end: number }>;

/** The values decoded last, of any segment: whoever asks for them takes them at once. One for each thread. */
let scratch = new Float64Array(1024);

export class SegmentColumns {
  readonly #footer: StoredFooter;
  readonly #names: ColumnNames;
  readonly #readPart: (place: PartPlace) => Buffer;
  readonly #stored = new Map<ColumnId, StoredColumn>();
  #storedBytes = 0;
  #pathIds: readonly number[] | undefined;
  #tagSetIds: readonly number[] | undefined;
  #formatIds: readonly number[] | undefined;
  #runs: readonly SourceRun[] | undefined;

  /** `readPart` gives the bytes of a part, or throws `Malformed`. */
  constructor(footer: StoredFooter, names: ColumnNames, readPart: (place: PartPlace) => Buffer) {
    this.#footer = footer;
    this.#names = names;
    this.#readPart = readPart;
  }

  /** What is kept. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** Forget what is kept; it is read anew when asked for. */
  drop(): void {
    this.#stored.clear();
    this.#storedBytes = 0;
  }

  /** Forget what was made of the footer as well. */
  dropDescriptions(): void {
    this.#pathIds = undefined;
    this.#tagSetIds = undefined;
    this.#formatIds = undefined;
    this.#runs = undefined;
  }

  /** Set the number of rows of `out` to those of a chunk, and fill the columns that `need` (`NEED`) names, of all rows or a range. */
  read(chunk: number, out: EntryColumns, need: number, range?: RowRange): void {
    const { rowCount } = this.#footer.chunks[chunk]!;
    out.reserveRows(rowCount);
    out.count = rowCount;
    const rows = range ?? { from: 0, until: rowCount };
    const { from } = rows;
    const decode = (id: ColumnId): Float64Array => this.#decode(id, chunk, rows);
    if (need & NEED.SOURCE) this.#fillSources(chunk, out.source);
    if (need & NEED.TIMESTAMP) out.timestampUs.set(decode(COLUMN.TIMESTAMP), from);
    if (need & NEED.SEQUENCE) out.sequence.set(decode(COLUMN.SEQUENCE), from);
    if (need & NEED.CLASS) {
      const classes = decode(COLUMN.CLASS);
      for (let index = 0; index < classes.length; index += 1) {
        const entryClass = classes[index]!;
        out.level[from + index] = levelOfClass(entryClass);
        out.severity[from + index] = severityOfClass(entryClass);
      }
    }
    if (need & NEED.FLAGS) out.flags.set(decode(COLUMN.FLAGS), from);
    if (need & NEED.GENERATION) out.generation.set(decode(COLUMN.GENERATION), from);
    if (need & NEED.PATH) {
      this.#pathIds ??= idsOf(this.#footer.names.paths, this.#names.paths);
      fillIds(out.path.subarray(from), decode(COLUMN.PATH), this.#pathIds);
    }
    if (need & NEED.TAG_SET) {
      this.#tagSetIds ??= idsOf(this.#footer.names.tagSets, this.#names.tagSets);
      fillIds(out.tagSet.subarray(from), decode(COLUMN.TAG_SET), this.#tagSetIds);
    }
    if (need & NEED.FORMAT) {
      this.#formatIds ??= idsOf(this.#footer.names.formats, this.#names.formats);
      fillIds(out.format.subarray(from), decode(COLUMN.FORMAT), this.#formatIds);
    }
  }

  /** The template number of each row of a chunk, until any column is decoded; only where `templates` are. */
  templateNumbers(chunk: number): Float64Array {
    const { rowCount } = this.#footer.chunks[chunk]!;
    return this.#decode(COLUMN.TEMPLATE, chunk, { from: 0, until: rowCount });
  }

  /** The values of rows of one chunk, until any are decoded; names are as the segment numbers them. */
  #decode(id: ColumnId, chunk: number, rows: RowRange): Float64Array {
    let column = this.#stored.get(id);
    if (column === undefined) {
      const found = this.#footer.columns.find((candidate) => candidate.column === id);
      if (found === undefined) throw new Malformed(`it lacks column ${id}`);
      column = {
        head: found.head,
        payload: kept(this.#readPart(found.place)),
        count: this.#footer.rowCount,
      };
      this.#stored.set(id, column);
      this.#storedBytes += column.payload.length;
    }
    const place = this.#footer.chunks[chunk]!;
    const start = this.#footer.chunkStarts[chunk]!;
    const first = id === COLUMN.TIMESTAMP ? place.firstUs : place.firstSequence;
    if (scratch.length < place.rowCount) scratch = new Float64Array(place.rowCount);
    // Differences add up from the chunk's first row on.
    const skipped = column.head.transform === TRANSFORM.DELTA ? 0 : rows.from;
    const range = { from: start + skipped, until: start + rows.until, first };
    decodeColumn(column, range, scratch);
    return scratch.subarray(rows.from - skipped, rows.until - skipped);
  }

  #fillSources(chunk: number, target: Int32Array): void {
    const from = this.#footer.chunkStarts[chunk]!;
    const until = from + this.#footer.chunks[chunk]!.rowCount;
    let row = from;
    this.#runs ??= this.#sourceRuns();
    for (const { source, end } of this.#runs) {
      if (end <= row) continue;
      const last = Math.min(end, until);
      target.fill(source, row - from, last - from);
      row = last;
      if (row === until) break;
    }
  }

  #sourceRuns(): SourceRun[] {
    const { names, sourceRuns } = this.#footer;
    const ids = idsOf(names.sources, this.#names.sources);
    let end = 0;
    return sourceRuns.map((run) => {
      end += run.rowCount;
      const source = ids[run.source];
      if (source === undefined) throw new Malformed('it uses a name it has not');
      return { source, end };
    });
  }
}

function idsOf(texts: readonly string[], dictionary: Dictionary): number[] {
  return texts.map((text) => dictionary.idOf(text));
}

function fillIds(target: Int32Array, locals: Float64Array, ids: readonly number[]): void {
  for (let row = 0; row < locals.length; row += 1) {
    const id = ids[locals[row]!];
    if (id === undefined) throw new Malformed('a row has a name its segment has not');
    target[row] = id;
  }
}

/** Throws `Malformed`. */
export function nameAt(list: readonly string[], local: number): string {
  const name = list[local];
  if (name === undefined) throw new Malformed('it uses a name it has not');
  return name;
}
