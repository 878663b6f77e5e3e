/**
 * Entries as a Parquet file, row group by row group: what is held is one group. The one door to `hyparquet-writer`.
 *
 * `timestamp` is µs since the epoch, in UTC; `tags` and `metadata` are JSON; columns are compressed with zstd.
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { zstdCompressSync } from '../base/compression.ts';
import { VERSION } from '../base/version.ts';
import type { Entry, FieldValue } from '../model/entry.ts';

/** Rows of a group: some ten megabytes of usual lines. */
const GROUP_ROWS = 50_000;
/** And of unusual ones. */
const GROUP_CHARACTERS = 32 * 1024 * 1024;

const REQUIRED = { repetition_type: 'REQUIRED' } as const;
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const JSON_TEXT = { type: 'BYTE_ARRAY', converted_type: 'JSON' } as const;

const SCHEMA: SchemaElement[] = [
  { name: 'entries', num_children: 9 },
  {
    name: 'timestamp',
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    ...REQUIRED,
  },
  { name: 'level', ...TEXT, repetition_type: 'OPTIONAL' },
  { name: 'severity', type: 'INT32', ...REQUIRED },
  { name: 'source', ...TEXT, ...REQUIRED },
  { name: 'message', ...TEXT, ...REQUIRED },
  { name: 'tags', ...JSON_TEXT, ...REQUIRED },
  { name: 'metadata', ...JSON_TEXT, ...REQUIRED },
  { name: 'file', ...TEXT, ...REQUIRED },
  { name: 'offset', type: 'INT64', ...REQUIRED },
];

const COLUMNS: readonly Readonly<{ name: string; of: (entry: Entry) => unknown }>[] = [
  { name: 'timestamp', of: (entry) => BigInt(Math.round(entry.timestampUs)) },
  { name: 'level', of: (entry) => entry.level },
  { name: 'severity', of: (entry) => entry.severity },
  { name: 'source', of: (entry) => entry.source.toWellFormed() },
  { name: 'message', of: (entry) => entry.message.toWellFormed() },
  { name: 'tags', of: (entry) => entry.tags },
  { name: 'metadata', of: (entry) => entry.metadata },
  { name: 'file', of: (entry) => entry.origin.path.toWellFormed() },
  { name: 'offset', of: (entry) => BigInt(entry.origin.offsetBytes) },
];

export class ParquetFile {
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #entries: Entry[] = [];
  #characterCount = 0;

  constructor() {
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: SCHEMA,
      codec: 'ZSTD',
      compressors: { ZSTD: (input: Uint8Array) => zstdCompressSync(input) },
      createdBy: `Logstead ${VERSION}`,
    });
  }

  /** The bytes that are ready after it; often none. */
  add(entry: Entry): Buffer | null {
    this.#entries.push(entry);
    this.#characterCount += charactersOf(entry);
    const isFull = this.#entries.length === GROUP_ROWS || this.#characterCount >= GROUP_CHARACTERS;
    return isFull ? this.#group() : null;
  }

  /** The rest, with the footer that makes it a file. */
  finish(): Buffer {
    const rest = this.#entries.length === 0 ? [] : [this.#group()];
    void this.#writer.finish();
    return Buffer.concat([...rest, this.#taken()]);
  }

  #group(): Buffer {
    const entries = this.#entries;
    this.#entries = [];
    this.#characterCount = 0;
    const columnData = COLUMNS.map(({ name, of }) => ({ name, data: entries.map(of) }));
    void this.#writer.write({ columnData, rowGroupSize: entries.length });
    return this.#taken();
  }

  /** A copy of what was written since the last call; offsets in the file go on. */
  #taken(): Buffer {
    const bytes = Buffer.from(this.#bytes.getBytes());
    this.#bytes.index = 0;
    return bytes;
  }
}

/** About what an entry holds: a stack trace may be a field as well as the message. */
function charactersOf({ message, metadata }: Entry): number {
  const fields = Object.values(metadata);
  return fields.reduce<number>((sum, value) => sum + lengthOf(value), message.length + 100);
}

function lengthOf(value: FieldValue): number {
  if (typeof value === 'string') return value.length;
  return Array.isArray(value) ? JSON.stringify(value).length : 8;
}
