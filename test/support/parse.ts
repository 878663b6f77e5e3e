/** Parses text as the daemon would parse a file, and gives the entries as objects. */
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import { FileParser } from '../../src/parse/file-parser.ts';
import type { FileParserOptions } from '../../src/parse/file-parser-options.ts';
import { type ParsedRecord, parsedRecordAt } from '../../src/parse/parse-file.ts';

/** 20 November 2026, noon: the age of the file where a stamp has no year. */
export const FILE_TIME_MS = Date.UTC(2026, 10, 20, 12);

export const PARSER_OPTIONS: FileParserOptions = {
  source: 'app',
  path: '/logs/app.log',
  tags: [],
  format: null,
  timezone: 'UTC',
  encoding: 'utf-8',
  multiline: 'auto',
  generation: 1,
  fileTimeMs: FILE_TIME_MS,
};

/** An entry with what tests look at besides: format, original bytes, flags. */
export type ParsedEntry = ParsedRecord &
  Readonly<{ format: string; raw: string; flags: number; severity: number; offset: number }>;

/** The table of a process's names is large, and made anew only now and then: what is parsed fills it with odd keys. */
const PARSES_PER_TABLE = 500;
let names = new ColumnNames();
let parseCount = 0;

function namesOfTests(): ColumnNames {
  parseCount += 1;
  if (parseCount % PARSES_PER_TABLE === 0) names = new ColumnNames();
  return names;
}

/** Parse the chunks of one file; `flush` at the end. */
export function parseChunks(
  chunks: readonly (string | Buffer)[],
  options: Partial<FileParserOptions> = {},
): ParsedEntry[] {
  const columns = new EntryColumns(namesOfTests());
  const parser = FileParser.open(columns.names, { ...PARSER_OPTIONS, ...options });
  let offsetBytes = 0;
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk as string);
    parser.push(columns, bytes, 0, bytes.length, offsetBytes);
    offsetBytes += bytes.length;
  }
  parser.flush(columns);
  return entriesOf(columns);
}

export function parseText(
  text: string | Buffer,
  options: Partial<FileParserOptions> = {},
): ParsedEntry[] {
  return parseChunks([text], options);
}

export function entriesOf(columns: EntryColumns): ParsedEntry[] {
  const entries: ParsedEntry[] = [];
  for (let row = 0; row < columns.count; row += 1) {
    entries.push({
      ...parsedRecordAt(columns, row),
      format: columns.names.formats.valueOf(columns.format[row]!),
      raw: columns.rawBytes(row).toString('latin1'),
      flags: columns.flags[row]!,
      severity: columns.severity[row]!,
      offset: columns.offset[row]!,
    });
  }
  return entries;
}
