/**
 * Entries → `RowBinary` of the sent columns of `schema.ts`, in their order.
 *
 * The same entry always gives the same bytes; `ROW_ENCODING_VERSION` counts what "the same" means. No string is made for a
 * row: names are encoded once each and kept by their number, texts are copied as bytes, valid UTF-8 or not.
 */

import type { Dictionary } from '../model/dictionary.ts';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { levelOf } from '../model/level.ts';
import { TEMPLATE_BYTES_MAX, TemplateMasker } from '../pattern/template.ts';
import { encodedText, encodedTexts, LENGTH_BYTES_MAX, RowWriter } from './row-writer.ts';
import { STORED_FLAG, TIMESTAMP_US_MAX } from './schema.ts';

/** All fixed columns of a row, and the lengths before its texts. */
const ROW_FIXED_BYTES = 256;

/** The number of a batch. */
const BATCH_BYTES = 8;

export type RowOrigin = Readonly<{
  host: string;
  writer: string;
  batch: number;
}>;

export class RowEncoder {
  readonly #names: ColumnNames;
  readonly #masker = new TemplateMasker();
  readonly #sources: NameBytes;
  readonly #paths: NameBytes;
  readonly #formats: NameBytes;
  readonly #keys: NameBytes;
  readonly #tagSets: NameBytes;
  readonly #levels = Array.from({ length: 8 }, (_, code) => encodedText(levelOf(code) ?? ''));
  #host: Buffer = encodedText('');
  #tail: Buffer = Buffer.alloc(0);

  constructor(names: ColumnNames) {
    this.#names = names;
    this.#sources = new NameBytes(names.sources, encodedText);
    this.#paths = new NameBytes(names.paths, encodedText);
    this.#formats = new NameBytes(names.formats, encodedText);
    this.#keys = new NameBytes(names.keys, encodedText);
    this.#tagSets = new NameBytes(names.tagSets, (joined) =>
      encodedTexts(joined === '' ? [] : joined.split('\n')),
    );
  }

  /** What the rows from here on have in common. */
  begin({ host, writer, batch }: RowOrigin): void {
    this.#host = encodedText(host);
    const name = encodedText(writer);
    const tail = new RowWriter(name.length + BATCH_BYTES);
    tail.copy(name);
    tail.uint64(batch);
    this.#tail = Buffer.from(tail.bytes.subarray(0, tail.length));
  }

  /** `template`: that of the message as it stands in a row; null: it is made here. */
  encode(
    columns: EntryColumns,
    row: number,
    { out, template }: Readonly<{ out: RowWriter; template: Buffer | null }>,
  ): void {
    const { bytes, names } = columns;
    if (names !== this.#names) throw new TypeError('an encoder belongs to the names of its rows');
    const messageStart = columns.messageStart[row]!;
    const messageLength = columns.messageLength[row]!;
    const rawStart = columns.rawStart[row]!;
    const rawLength = columns.rawLength[row]!;
    const us = columns.timestampUs[row]!;
    const clampedUs = Math.min(TIMESTAMP_US_MAX, Math.max(0, us));
    const tags = this.#tagSets.of(columns.tagSet[row]!);
    const source = this.#sources.of(columns.source[row]!);
    const path = this.#paths.of(columns.path[row]!);
    out.reserve(
      ROW_FIXED_BYTES + messageLength + rawLength + tags.length + source.length + path.length,
    );
    out.nanoseconds(clampedUs);
    out.copy(this.#levels[columns.level[row]!]!);
    out.copy(source);
    out.text(bytes, messageStart, messageLength);
    const repeats = this.#fields(columns, row, out);
    out.reserve(
      ROW_FIXED_BYTES +
        rawLength +
        tags.length +
        path.length +
        this.#host.length +
        (template?.length ?? TEMPLATE_BYTES_MAX),
    );
    out.copy(this.#host);
    out.copy(tags);
    out.uint8(columns.severity[row]!);
    if (template === null) {
      this.#masker.mask(bytes, messageStart, messageStart + messageLength);
      out.text(this.#masker.bytes, 0, this.#masker.length);
    } else {
      out.copy(template);
    }
    out.uint64(columns.sequence[row]!);
    out.copy(path);
    out.uint32(columns.generation[row]!);
    out.uint64(columns.offset[row]!);
    out.uint32(columns.originLength[row]!);
    out.uint64(columns.line[row]!);
    out.copy(this.#formats.of(columns.format[row]!));
    const rawIsBody = rawStart === messageStart && rawLength === messageLength;
    out.uint16(
      columns.flags[row]! |
        (repeats ? STORED_FLAG.REPEATED_KEY : 0) |
        (rawIsBody ? STORED_FLAG.RAW_IS_BODY : 0),
    );
    this.#kinds(columns, row, out);
    out.reserve(rawLength + ROW_FIXED_BYTES);
    if (rawIsBody) out.count(0);
    else out.text(bytes, rawStart, rawLength);
    out.int64(us === clampedUs ? 0 : Math.round(us));
    out.copy(this.#tail);
  }

  /** The map of fields. Returns whether a key comes twice. */
  #fields(columns: EntryColumns, row: number, out: RowWriter): boolean {
    const { bytes, fieldKey, fieldStart, fieldLength } = columns;
    const first = columns.fieldFirst(row);
    const end = columns.fieldEnd[row]!;
    let repeats = false;
    out.reserve(LENGTH_BYTES_MAX);
    out.count(end - first);
    for (let field = first; field < end; field += 1) {
      const keyId = fieldKey[field]!;
      const key = this.#keys.of(keyId);
      const length = fieldLength[field]!;
      out.reserve(key.length + length + LENGTH_BYTES_MAX);
      out.copy(key);
      out.text(bytes, fieldStart[field]!, length);
      for (let other = first; other < field && !repeats; other += 1) {
        repeats = fieldKey[other] === keyId;
      }
    }
    return repeats;
  }

  /** The kind of each field as a digit; nothing where all are texts. */
  #kinds(columns: EntryColumns, row: number, out: RowWriter): void {
    const { fieldKind } = columns;
    const first = columns.fieldFirst(row);
    const end = columns.fieldEnd[row]!;
    let some = 0;
    for (let field = first; field < end; field += 1) some |= fieldKind[field]!;
    out.reserve(end - first + LENGTH_BYTES_MAX);
    if (some === 0) {
      out.count(0);
      return;
    }
    out.count(end - first);
    for (let field = first; field < end; field += 1) out.uint8(DIGIT_ZERO + fieldKind[field]!);
  }
}

export const DIGIT_ZERO = 0x30;

/** Names of a dictionary as they stand in a row, each encoded when it is first met. */
class NameBytes {
  readonly #dictionary: Dictionary;
  readonly #encode: (name: string) => Buffer;
  readonly #known: Buffer[] = [];

  constructor(dictionary: Dictionary, encode: (name: string) => Buffer) {
    this.#dictionary = dictionary;
    this.#encode = encode;
  }

  of(id: number): Buffer {
    const known = this.#known[id];
    if (known !== undefined) return known;
    const encoded = this.#encode(this.#dictionary.valueOf(id));
    this.#known[id] = encoded;
    return encoded;
  }
}
