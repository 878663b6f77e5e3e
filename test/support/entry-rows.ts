/** Rows for engine tests: an entry described as an object, put into `EntryColumns` as a parser would, and read back. */
import type { EntryColumns } from '../../src/model/entry-columns.ts';
import { FIELD, FLAG } from '../../src/model/entry-columns.ts';
import { type Level, levelCodeOf, severityOf } from '../../src/model/level.ts';

export type TestField = Readonly<{
  key: string;
  value: string;
  kind?: number;
  /** The value is not in the original bytes (it was unescaped). */
  made?: boolean;
}>;

export type TestEntry = Readonly<{
  timestampUs: number;
  level: Level | null;
  severity?: number;
  source: string;
  message: string;
  messageMade?: boolean;
  tags?: readonly string[];
  fields?: readonly TestField[];
  path?: string;
  generation?: number;
  offset?: number;
  line?: number;
  format?: string;
  flags?: number;
}>;

/** The original bytes: a header, the fields, the message last; made values stand escaped. */
export function rawTextOf(entry: TestEntry): string {
  const fields = (entry.fields ?? []).map((field) =>
    field.made ? `${field.key}="<escaped>"` : `${field.key}="${field.value}"`,
  );
  const message = entry.messageMade ? '<escaped>' : entry.message;
  return `${entry.level ?? '-'} ${fields.join(' ')}: ${message}`;
}

/** Append an entry as a parser does: original bytes once, spans into them, made texts behind. */
export function appendEntry(columns: EntryColumns, entry: TestEntry, sequence: number): number {
  const { names } = columns;
  const row = columns.addRow();
  const raw = Buffer.from(rawTextOf(entry));
  const rawStart = columns.appendBytes(raw, 0, raw.length);
  const rawEnd = rawStart + raw.length;
  // Files have a newline behind each entry; it is not part of it.
  columns.appendBytes(Buffer.from('\n'), 0, 1);
  const level = levelCodeOf(entry.level);
  columns.sequence[row] = sequence;
  columns.timestampUs[row] = entry.timestampUs;
  columns.level[row] = level;
  columns.severity[row] = entry.severity ?? severityOf(level);
  columns.flags[row] = entry.flags ?? FLAG.YEAR_ASSUMED;
  columns.format[row] = names.formats.idOf(entry.format ?? 'plain');
  columns.source[row] = names.sources.idOf(entry.source);
  columns.path[row] = names.paths.idOf(entry.path ?? `/var/log/${entry.source}.log`);
  columns.tagSet[row] = names.tagSets.idOf((entry.tags ?? []).join('\n'));
  columns.generation[row] = entry.generation ?? 1;
  columns.offset[row] = entry.offset ?? sequence * 100;
  columns.originLength[row] = raw.length + 1;
  columns.line[row] = entry.line ?? sequence;
  columns.rawStart[row] = rawStart;
  columns.rawLength[row] = raw.length;

  let at = rawStart + Buffer.byteLength(`${entry.level ?? '-'} `);
  const place = (text: string, made: boolean): { start: number; length: number } => {
    const bytes = Buffer.from(text);
    if (made) return { start: columns.appendBytes(bytes, 0, bytes.length), length: bytes.length };
    const start = columns.bytes.indexOf(bytes, at);
    if (start < 0 || start + bytes.length > rawEnd) throw new Error('the text is not in the line');
    return { start, length: bytes.length };
  };
  for (const field of entry.fields ?? []) {
    const made = field.made ?? false;
    at += Buffer.byteLength(`${field.key}="`);
    const { start, length } = place(field.value, made);
    at += made ? Buffer.byteLength('<escaped>" ') : length + 2;
    columns.addField(names.keys.idOf(field.key), start, length, field.kind ?? FIELD.STRING);
  }
  const messageBytes = Buffer.byteLength(entry.messageMade ? '<escaped>' : entry.message);
  at = rawEnd - messageBytes;
  const message = place(entry.message, entry.messageMade ?? false);
  columns.messageStart[row] = message.start;
  columns.messageLength[row] = message.length;
  return row;
}

/** Everything a row holds, for comparing. */
export function describeRow(columns: EntryColumns, row: number): object {
  const { names } = columns;
  const fields: object[] = [];
  for (let field = columns.fieldFirst(row); field < columns.fieldEnd[row]!; field += 1) {
    fields.push({
      key: names.keys.valueOf(columns.fieldKey[field]!),
      value: columns.fieldText(field),
      kind: columns.fieldKind[field],
    });
  }
  return {
    sequence: columns.sequence[row],
    timestampUs: columns.timestampUs[row],
    level: columns.level[row],
    severity: columns.severity[row],
    flags: columns.flags[row],
    format: names.formats.valueOf(columns.format[row]!),
    source: names.sources.valueOf(columns.source[row]!),
    path: names.paths.valueOf(columns.path[row]!),
    tags: columns.tagsOf(row),
    generation: columns.generation[row],
    offset: columns.offset[row],
    originLength: columns.originLength[row],
    line: columns.line[row],
    raw: columns.rawBytes(row).toString('utf8'),
    message: columns.messageText(row),
    fields,
  };
}
