/**
 * Entries in columns: what parsers write, the head is, segments decode to, and rules and queries look at.
 *
 * One representation everywhere, so there is one matcher and one search path. No object and no string
 * exists per entry; text is a span (start, length) of `bytes`. `bytes` holds the original bytes of each
 * entry as read, and behind them texts that had to be made (unescaped JSON, transcoded UTF-16).
 *
 * Invariants:
 * - arrays hold at least `count` rows (`fieldEnd` too); spans lie inside `bytes[0, bytesLength)`;
 * - the fields of row r are `fieldEnd[r-1] (0 for r = 0) .. fieldEnd[r]` of the field arrays;
 * - `bytes` has `BYTES_SLACK` readable bytes behind `bytesLength`, so loops may read 4 or 8 bytes at a time;
 * - growing replaces arrays: hot loops copy them to locals and take them anew after `reserve…`.
 *
 * It lives in `model` although it has behaviour (growing): parse, query, engine and alert share it.
 */
import { bytesOfLength, grown, release } from './column-memory.ts';
import { Dictionary } from './dictionary.ts';
import { LEVEL_NONE, SEVERITY_DEFAULT } from './level.ts';

export const BYTES_SLACK = 16;

/** Names shared by all columns of one process; a segment stores its own. */
export class ColumnNames {
  readonly sources = new Dictionary();
  readonly paths = new Dictionary();
  /** Field keys, nested ones joined with dots. Bounded by the parsers. */
  readonly keys = new Dictionary();
  /** Tag lists, each as the tags joined with a newline; `''` is no tag. */
  readonly tagSets = new Dictionary();
  /** Parse formats by name, e.g. `json:pino`, `syslog:rfc3164`, `plain`. */
  readonly formats = new Dictionary();
  /** Machines, where entries come from several; `''` is this one. */
  readonly hosts = new Dictionary();

  /** The name of this machine, where it is the host of its entries; null: they have none but their own field. */
  readonly machine: string | null;

  constructor(machine: string | null = null) {
    this.machine = machine;
    this.tagSets.idOf('');
    this.hosts.idOf('');
  }

  /** Of an id in `hosts`; null: nobody has said. */
  machineOf(host: number): string | null {
    return host === 0 ? this.machine : this.hosts.valueOf(host);
  }
}

/** Bits of `flags`. */
export const FLAG = {
  /** The line has no stamp; `timestampUs` is NaN until ingest sets arrival time. */
  TIMESTAMP_NONE: 1,
  YEAR_ASSUMED: 2,
  DATE_ASSUMED: 4,
  /** The severity is implied by the format (an HTTP status), no level is printed. */
  SEVERITY_DERIVED: 8,
  /** The line is longer than the limit: `rawLength` is what was kept, `originLength` what is in the file. */
  TRUNCATED: 16,
  /** Bytes that are not valid UTF-8; the original bytes are kept as they are. */
  INVALID_UTF8: 32,
  /** The stamp lies more than a minute after the arrival clock. */
  FUTURE: 64,
  /** Written while its file was followed already, and read long after: for that time the file could not be read. */
  OWED: 128,
} as const;

/** Stamps later than the arrival clock by more than this lie in the future: clocks of two machines differ by less. */
export const FUTURE_MS = 60_000;

/** How the bytes of a field value are meant. */
export const FIELD = { STRING: 0, NUMBER: 1, BOOLEAN: 2, NULL: 3, JSON: 4 } as const;

const ROWS_INITIAL = 1024;
const FIELDS_INITIAL = 8192;
const BYTES_INITIAL = 256 * 1024;

/** A row somewhere. */
export type RowPlace = Readonly<{ columns: EntryColumns; row: number }>;

export class EntryColumns {
  readonly names: ColumnNames;
  readonly #isShared: boolean;
  count = 0;
  /** Arrival number of each row. */
  sequence: Float64Array = new Float64Array(ROWS_INITIAL);

  bytes: Buffer = Buffer.allocUnsafeSlow(BYTES_INITIAL + BYTES_SLACK);
  bytesLength = 0;

  timestampUs: Float64Array = new Float64Array(ROWS_INITIAL);
  level: Uint8Array = new Uint8Array(ROWS_INITIAL);
  severity: Uint8Array = new Uint8Array(ROWS_INITIAL);
  flags: Uint16Array = new Uint16Array(ROWS_INITIAL);
  /** Ids in `names`. */
  format: Int32Array = new Int32Array(ROWS_INITIAL);
  source: Int32Array = new Int32Array(ROWS_INITIAL);
  path: Int32Array = new Int32Array(ROWS_INITIAL);
  tagSet: Int32Array = new Int32Array(ROWS_INITIAL);
  /** Only rows of a cluster have another than 0. */
  host: Int32Array = new Int32Array(ROWS_INITIAL);

  generation: Int32Array = new Int32Array(ROWS_INITIAL);
  offset: Float64Array = new Float64Array(ROWS_INITIAL);
  /** Bytes in the file, the newline included. */
  originLength: Float64Array = new Float64Array(ROWS_INITIAL);
  /** 1-based line number of the entry's first line in its generation; 0 unknown. */
  line: Float64Array = new Float64Array(ROWS_INITIAL);

  rawStart: Int32Array = new Int32Array(ROWS_INITIAL);
  rawLength: Int32Array = new Int32Array(ROWS_INITIAL);
  messageStart: Int32Array = new Int32Array(ROWS_INITIAL);
  messageLength: Int32Array = new Int32Array(ROWS_INITIAL);

  fieldCount = 0;
  fieldEnd: Int32Array = new Int32Array(ROWS_INITIAL);
  fieldKey: Int32Array = new Int32Array(FIELDS_INITIAL);
  fieldStart: Int32Array = new Int32Array(FIELDS_INITIAL);
  fieldLength: Int32Array = new Int32Array(FIELDS_INITIAL);
  fieldKind: Uint8Array = new Uint8Array(FIELDS_INITIAL);

  /** `isShared`: another thread may be given the arrays to read. */
  constructor(names: ColumnNames, { isShared = false } = {}) {
    this.names = names;
    this.#isShared = isShared;
    if (!isShared) return;
    this.#resizeRows(ROWS_INITIAL);
    this.#resizeFields(FIELDS_INITIAL);
    this.#resizeBytes(this.bytes.length);
  }

  /** Forget all rows; the arrays are kept for the next ones. */
  clear(): void {
    this.count = 0;
    this.bytesLength = 0;
    this.fieldCount = 0;
  }

  /** Bytes that the arrays take, used or not. */
  get heldBytes(): number {
    const arrays = Object.values(this).filter((value) => ArrayBuffer.isView(value));
    return arrays.reduce((sum, array) => sum + array.byteLength, 0);
  }

  /** Nobody needs the rows any more, or has a view of them: their memory is free at once. */
  [Symbol.dispose](): void {
    for (const array of Object.values(this)) if (ArrayBuffer.isView(array)) release(array);
  }

  /** Forget all rows, and let go of the room for them. */
  letGo(): void {
    Object.assign(this, new EntryColumns(this.names, { isShared: this.#isShared }));
  }

  /** Make room for `rowCount` more rows. */
  reserveRows(rowCount: number): void {
    const needed = this.count + rowCount;
    if (needed <= this.level.length) return;
    this.#resizeRows(Math.max(needed, this.level.length * 2));
  }

  #resizeRows(capacity: number): void {
    this.sequence = grown(this.sequence, capacity, this.#isShared);
    this.timestampUs = grown(this.timestampUs, capacity, this.#isShared);
    this.level = grown(this.level, capacity, this.#isShared);
    this.severity = grown(this.severity, capacity, this.#isShared);
    this.flags = grown(this.flags, capacity, this.#isShared);
    this.format = grown(this.format, capacity, this.#isShared);
    this.source = grown(this.source, capacity, this.#isShared);
    this.path = grown(this.path, capacity, this.#isShared);
    this.tagSet = grown(this.tagSet, capacity, this.#isShared);
    this.host = grown(this.host, capacity, this.#isShared);
    this.generation = grown(this.generation, capacity, this.#isShared);
    this.offset = grown(this.offset, capacity, this.#isShared);
    this.originLength = grown(this.originLength, capacity, this.#isShared);
    this.line = grown(this.line, capacity, this.#isShared);
    this.rawStart = grown(this.rawStart, capacity, this.#isShared);
    this.rawLength = grown(this.rawLength, capacity, this.#isShared);
    this.messageStart = grown(this.messageStart, capacity, this.#isShared);
    this.messageLength = grown(this.messageLength, capacity, this.#isShared);
    this.fieldEnd = grown(this.fieldEnd, capacity, this.#isShared);
  }

  /** Make room for `fieldCount` more fields. */
  reserveFields(fieldCount: number): void {
    const needed = this.fieldCount + fieldCount;
    if (needed <= this.fieldKey.length) return;
    this.#resizeFields(Math.max(needed, this.fieldKey.length * 2));
  }

  #resizeFields(capacity: number): void {
    this.fieldKey = grown(this.fieldKey, capacity, this.#isShared);
    this.fieldStart = grown(this.fieldStart, capacity, this.#isShared);
    this.fieldLength = grown(this.fieldLength, capacity, this.#isShared);
    this.fieldKind = grown(this.fieldKind, capacity, this.#isShared);
  }

  /** Make room for `byteCount` more bytes; the slack behind them is kept. */
  reserveBytes(byteCount: number): void {
    const needed = this.bytesLength + byteCount + BYTES_SLACK;
    if (needed <= this.bytes.length) return;
    this.#resizeBytes(Math.max(needed, this.bytes.length * 2));
  }

  #resizeBytes(length: number): void {
    const larger = bytesOfLength(length, this.#isShared);
    this.bytes.copy(larger, 0, 0, this.bytesLength);
    this.bytes = larger;
  }

  /** Append bytes and return where they start. */
  appendBytes(from: Uint8Array, start: number, end: number): number {
    this.reserveBytes(end - start);
    const at = this.bytesLength;
    this.bytes.set(from.subarray(start, end), at);
    this.bytesLength = at + end - start;
    return at;
  }

  /** Make room for as much as another has room for: to grow there step by step leaves as much again behind as garbage. */
  reserveAs({ level, fieldKey, bytes }: EntryColumns): void {
    this.reserveRows(level.length - this.count);
    this.reserveFields(fieldKey.length - this.fieldCount);
    this.reserveBytes(bytes.length - this.bytesLength - BYTES_SLACK);
  }

  /**
   * Add one row with nothing but its origin; callers then fill its columns. Returns its index.
   * For edges (library, tests); parsers write the arrays themselves.
   */
  addRow(): number {
    this.reserveRows(1);
    const row = this.count;
    this.count = row + 1;
    this.sequence[row] = 0;
    this.timestampUs[row] = Number.NaN;
    this.level[row] = LEVEL_NONE;
    this.severity[row] = SEVERITY_DEFAULT;
    this.flags[row] = FLAG.TIMESTAMP_NONE;
    this.format[row] = 0;
    this.source[row] = 0;
    this.path[row] = 0;
    this.tagSet[row] = 0;
    this.host[row] = 0;
    this.generation[row] = 0;
    this.offset[row] = 0;
    this.originLength[row] = 0;
    this.line[row] = 0;
    this.rawStart[row] = this.bytesLength;
    this.rawLength[row] = 0;
    this.messageStart[row] = this.bytesLength;
    this.messageLength[row] = 0;
    this.fieldEnd[row] = this.fieldCount;
    return row;
  }

  /** The machine that read an entry; null: nobody has said. */
  machineOf(row: number): string | null {
    return this.names.machineOf(this.host[row]!);
  }

  /** Add a field to the last row. */
  addField(keyId: number, start: number, length: number, kind: number): void {
    this.reserveFields(1);
    const field = this.fieldCount;
    this.fieldCount = field + 1;
    this.fieldKey[field] = keyId;
    this.fieldStart[field] = start;
    this.fieldLength[field] = length;
    this.fieldKind[field] = kind;
    this.fieldEnd[this.count - 1] = this.fieldCount;
  }

  /** Index of the first field of a row; the last is before `fieldEnd[row]`. */
  fieldFirst(row: number): number {
    return row === 0 ? 0 : this.fieldEnd[row - 1]!;
  }

  /** Index in the field arrays of the row's field with this key, or -1. A key given twice: the last. */
  findField(row: number, keyId: number): number {
    const first = this.fieldFirst(row);
    for (let field = this.fieldEnd[row]! - 1; field >= first; field -= 1) {
      if (this.fieldKey[field] === keyId) return field;
    }
    return -1;
  }

  messageText(row: number): string {
    const start = this.messageStart[row]!;
    return this.bytes.toString('utf8', start, start + this.messageLength[row]!);
  }

  rawBytes(row: number): Buffer {
    const start = this.rawStart[row]!;
    return this.bytes.subarray(start, start + this.rawLength[row]!);
  }

  fieldText(field: number): string {
    const start = this.fieldStart[field]!;
    return this.bytes.toString('utf8', start, start + this.fieldLength[field]!);
  }

  tagsOf(row: number): string[] {
    const joined = this.names.tagSets.valueOf(this.tagSet[row]!);
    return joined === '' ? [] : joined.split('\n');
  }
}

/** Copy one row's content to the end of `to` (same process, so the same names). Returns its row there. */
export function copyRow(from: EntryColumns, row: number, to: EntryColumns): number {
  const at = to.addRow();
  to.sequence[at] = from.sequence[row]!;
  to.timestampUs[at] = from.timestampUs[row]!;
  to.level[at] = from.level[row]!;
  to.severity[at] = from.severity[row]!;
  to.flags[at] = from.flags[row]!;
  to.format[at] = from.format[row]!;
  to.source[at] = from.source[row]!;
  to.path[at] = from.path[row]!;
  to.tagSet[at] = from.tagSet[row]!;
  to.host[at] = from.host[row]!;
  to.generation[at] = from.generation[row]!;
  to.offset[at] = from.offset[row]!;
  to.originLength[at] = from.originLength[row]!;
  to.line[at] = from.line[row]!;
  const rawStart = from.rawStart[row]!;
  const rawEnd = rawStart + from.rawLength[row]!;
  const rawAt = to.appendBytes(from.bytes, rawStart, rawEnd);
  to.rawStart[at] = rawAt;
  to.rawLength[at] = from.rawLength[row]!;

  /** A span inside the original bytes moves with them; a made text is copied behind them. */
  const moved = (start: number, length: number): number =>
    start >= rawStart && start + length <= rawEnd
      ? rawAt + start - rawStart
      : to.appendBytes(from.bytes, start, start + length);

  to.messageStart[at] = moved(from.messageStart[row]!, from.messageLength[row]!);
  to.messageLength[at] = from.messageLength[row]!;
  for (let field = from.fieldFirst(row); field < from.fieldEnd[row]!; field += 1) {
    const length = from.fieldLength[field]!;
    const start = moved(from.fieldStart[field]!, length);
    to.addField(from.fieldKey[field]!, start, length, from.fieldKind[field]!);
  }
  return at;
}
