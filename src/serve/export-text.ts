/**
 * Entries as text that leaves the program: NDJSON and CSV, whole or piece by piece. For downloads and `export`.
 *
 * CSV has one row an entry and one column a part of it; the fields are one JSON object, because entries differ in them.
 * What a spreadsheet would run is disarmed (`base/escape.ts`).
 */
import { escapeCsvField, jsonLine } from '../base/escape.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { Table } from '../query/table.ts';

export const CSV_COLUMNS = [
  'timestamp',
  'level',
  'severity',
  'source',
  'message',
  'tags',
  'metadata',
  'file',
  'offset',
] as const satisfies readonly (keyof EntryRecord)[];

export const CSV_HEAD = `${CSV_COLUMNS.join(',')}\n`;

export function csvLine(record: EntryRecord): string {
  const cells = [
    record.timestamp,
    record.level ?? '',
    String(record.severity),
    record.source,
    record.message,
    record.tags.join(' '),
    jsonLine(record.metadata),
    record.file,
    String(record.offset),
  ];
  return `${cells.map(escapeCsvField).join(',')}\n`;
}

export function ndjsonLine(record: EntryRecord): string {
  return `${jsonLine(record)}\n`;
}

/** A table that stages made, as CSV. */
export function tableCsv({ columns, rows }: Table): string {
  const lines = [columns, ...rows].map((cells) =>
    cells.map((cell) => escapeCsvField(cell === null ? '' : String(cell))).join(','),
  );
  return `${lines.join('\n')}\n`;
}

/** A table that stages made, one JSON object a row, its keys in the order of the columns. */
export function tableNdjson({ columns, rows }: Table): string {
  return rows
    .map((row) => {
      const cells = columns.map((column, index) => [column, row[index] ?? null] as const);
      return `${jsonLine(Object.fromEntries(cells))}\n`;
    })
    .join('');
}
