/**
 * A checksum of everything an entry is, the same computed here and by a server over its columns: what `verify` compares.
 *
 * CRC-32 over the texts and numbers with zero bytes between them. Sums and exclusive ors of it do not depend on the order of
 * rows, and both together miss a difference once in 10^19.
 */
import { crc32 } from 'node:zlib';
import type { EntryColumns } from '../model/entry-columns.ts';
import { levelOf } from '../model/level.ts';
import { DIGIT_ZERO } from './row-encoder.ts';
import { EXACT_US, STORED_FLAG, TIMESTAMP_US_MAX } from './schema.ts';

/** The checksum as the server computes it. */
export const ROW_HASH_SQL = `CRC32(concat(${[
  'Body',
  'SeverityText',
  'ServiceName',
  'Path',
  "arrayStringConcat(Tags, '\\n')",
  'Host',
  'Raw',
  "arrayStringConcat(mapKeys(LogAttributes), '\\x01')",
  "arrayStringConcat(mapValues(LogAttributes), '\\x01')",
  'AttributeKinds',
  `toString(${EXACT_US})`,
  'toString(Sequence)',
  'toString(Generation)',
  'toString(Offset)',
  'toString(OriginLength)',
  'toString(Line)',
  'toString(Severity)',
  'toString(Flags)',
  'Format',
].join(", '\\0', ")}))`;

const BETWEEN_VALUES = Buffer.from([1]);

/** The checksum of a row of ours, as it was sent from `host`. */
export function rowHash(columns: EntryColumns, row: number, host: string): number {
  const { bytes, names } = columns;
  const messageStart = columns.messageStart[row]!;
  const messageLength = columns.messageLength[row]!;
  const rawStart = columns.rawStart[row]!;
  const rawLength = columns.rawLength[row]!;
  const rawIsBody = rawStart === messageStart && rawLength === messageLength;
  const level = levelOf(columns.level[row]!) ?? '';
  const source = names.sources.valueOf(columns.source[row]!);
  const path = names.paths.valueOf(columns.path[row]!);
  const tags = names.tagSets.valueOf(columns.tagSet[row]!);
  let hash = crc32(bytes.subarray(messageStart, messageStart + messageLength));
  hash = crc32(`\0${[level, source, path, tags, host, ''].join('\0')}`, hash);
  if (!rawIsBody) hash = crc32(bytes.subarray(rawStart, rawStart + rawLength), hash);
  const fields = fieldsOf(columns, row);
  hash = crc32(`\0${fields.keys.join('\x01')}\0`, hash);
  for (const [index, value] of fields.values.entries()) {
    if (index > 0) hash = crc32(BETWEEN_VALUES, hash);
    hash = crc32(value, hash);
  }
  const us = columns.timestampUs[row]!;
  const exactUs = us >= 0 && us <= TIMESTAMP_US_MAX ? us : Math.round(us);
  const flags =
    columns.flags[row]! |
    (new Set(fields.keys).size < fields.keys.length ? STORED_FLAG.REPEATED_KEY : 0) |
    (rawIsBody ? STORED_FLAG.RAW_IS_BODY : 0);
  const rest = [
    fields.kinds,
    exactUs,
    columns.sequence[row]!,
    columns.generation[row]!,
    columns.offset[row]!,
    columns.originLength[row]!,
    columns.line[row]!,
    columns.severity[row]!,
    flags,
    names.formats.valueOf(columns.format[row]!),
  ];
  return crc32(`\0${rest.join('\0')}`, hash);
}

function fieldsOf(
  columns: EntryColumns,
  row: number,
): { keys: string[]; values: Buffer[]; kinds: string } {
  const keys: string[] = [];
  const values: Buffer[] = [];
  let kinds = '';
  let some = 0;
  for (let field = columns.fieldFirst(row); field < columns.fieldEnd[row]!; field += 1) {
    const start = columns.fieldStart[field]!;
    keys.push(columns.names.keys.valueOf(columns.fieldKey[field]!));
    values.push(columns.bytes.subarray(start, start + columns.fieldLength[field]!));
    kinds += String.fromCharCode(DIGIT_ZERO + columns.fieldKind[field]!);
    some |= columns.fieldKind[field]!;
  }
  return { keys, values, kinds: some === 0 ? '' : kinds };
}
