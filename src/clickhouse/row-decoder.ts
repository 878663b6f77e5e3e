/**
 * `RowBinary` of the columns below → rows of `EntryColumns`, as a segment would have given them.
 *
 * Bytes come in pieces that end anywhere: a row that is cut is decoded again when the rest is there.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { LEVEL_NONE, LEVELS } from '../model/level.ts';
import { DIGIT_ZERO } from './row-encoder.ts';
import { STORED_FLAG } from './schema.ts';

/** What is asked for where whole entries are wanted, in the order they are decoded. */
export function rowColumns({ withRaw }: Readonly<{ withRaw: boolean }>): string {
  return [
    'toUnixTimestamp64Micro(Timestamp)',
    'ExactUs',
    'toUnixTimestamp64Micro(InsertedAt)',
    'Sequence',
    'Severity',
    'Generation',
    'Offset',
    'OriginLength',
    'Line',
    'Flags',
    'SeverityText',
    'ServiceName',
    'Host',
    'Path',
    'Format',
    'Tags',
    'Body',
    'AttributeKinds',
    'LogAttributes',
    withRaw ? 'Raw' : "''",
  ].join(', ');
}

/** The bytes end inside a row. */
const CUT = new RangeError('the bytes end inside a row');

export class RowDecoder {
  readonly columns: EntryColumns;
  /** When the cluster took each of the rows, in µs: there that is what its followers go by. */
  readonly arrivals: number[] = [];
  readonly #withRaw: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(columns: EntryColumns, options: Readonly<{ withRaw: boolean }>) {
    this.columns = columns;
    this.#withRaw = options.withRaw;
  }

  /** Decode every whole row of what came; they replace the rows before. */
  take(piece: Buffer): void {
    const rest = this.#bytes.subarray(this.#at);
    this.#bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    this.#at = 0;
    const { columns } = this;
    columns.clear();
    while (this.#at < this.#bytes.length) {
      const { count, fieldCount, bytesLength } = columns;
      const start = this.#at;
      try {
        this.#row();
      } catch (thrown) {
        if (thrown !== CUT) throw thrown;
        Object.assign(columns, { count, fieldCount, bytesLength });
        this.#at = start;
        return;
      }
    }
  }

  /** Whether everything that came was decoded: an answer that is whole ends with a whole row. */
  get isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  #row(): void {
    const { columns } = this;
    const { names } = columns;
    const row = columns.addRow();
    const us = this.#number64();
    const exactUs = this.#number64();
    columns.timestampUs[row] = exactUs === 0 ? us : exactUs;
    this.arrivals[row] = this.#number64();
    columns.sequence[row] = this.#number64();
    columns.severity[row] = this.#number(1);
    columns.generation[row] = this.#number(4);
    columns.offset[row] = this.#number64();
    columns.originLength[row] = this.#number(4);
    columns.line[row] = this.#number64();
    const flags = this.#number(2);
    columns.flags[row] = flags & ~(STORED_FLAG.RAW_IS_BODY | STORED_FLAG.REPEATED_KEY);
    const level = (LEVELS as readonly string[]).indexOf(this.#text());
    columns.level[row] = level < 0 ? LEVEL_NONE : level;
    columns.source[row] = names.sources.idOf(this.#text());
    columns.host[row] = names.hosts.idOf(this.#text());
    columns.path[row] = names.paths.idOf(this.#text());
    columns.format[row] = names.formats.idOf(this.#text());
    columns.tagSet[row] = names.tagSets.idOf(this.#tags());
    columns.messageLength[row] = this.#copied();
    columns.messageStart[row] = columns.bytesLength - columns.messageLength[row]!;
    this.#fields(row);
    this.#raw(row, flags);
  }

  #fields(row: number): void {
    const { columns } = this;
    const kinds = this.#text();
    const count = this.#count();
    for (let index = 0; index < count; index += 1) {
      const key = columns.names.keys.idOf(this.#text());
      const length = this.#copied();
      const kind = kinds === '' ? 0 : kinds.charCodeAt(index) - DIGIT_ZERO;
      columns.addField(key, columns.bytesLength - length, length, kind);
    }
    columns.fieldEnd[row] = columns.fieldCount;
  }

  #raw(row: number, flags: number): void {
    const { columns } = this;
    const length = this.#copied();
    const isBody = (flags & STORED_FLAG.RAW_IS_BODY) !== 0 || !this.#withRaw;
    columns.rawLength[row] = isBody ? columns.messageLength[row]! : length;
    columns.rawStart[row] = isBody ? columns.messageStart[row]! : columns.bytesLength - length;
  }

  #number(byteCount: number): number {
    const at = this.#at;
    this.#skip(byteCount);
    return this.#bytes.readUIntLE(at, byteCount);
  }

  /** A signed number; those that a double does not hold exactly do not occur. */
  #number64(): number {
    const at = this.#at;
    this.#skip(8);
    return this.#bytes.readUInt32LE(at) + this.#bytes.readInt32LE(at + 4) * 2 ** 32;
  }

  #count(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#number(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  #text(): string {
    const length = this.#count();
    const at = this.#at;
    this.#skip(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  #tags(): string {
    const count = this.#count();
    let joined = '';
    for (let index = 0; index < count; index += 1) {
      joined += index === 0 ? this.#text() : `\n${this.#text()}`;
    }
    return joined;
  }

  /** Append a text to the bytes of the columns. Returns its length. */
  #copied(): number {
    const length = this.#count();
    const at = this.#at;
    this.#skip(length);
    this.columns.appendBytes(this.#bytes, at, at + length);
    return length;
  }

  #skip(byteCount: number): void {
    if (this.#at + byteCount > this.#bytes.length) throw CUT;
    this.#at += byteCount;
  }
}
