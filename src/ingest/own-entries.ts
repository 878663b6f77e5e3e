/**
 * Entries that never had a file: an embedding program gave them. Their original bytes are their JSON text.
 *
 * In the intake they are frames of generation 0; the offset is a count of bytes that goes on over restarts.
 */

import type { Entry, FieldValue } from '../model/entry.ts';
import { type EntryColumns, FIELD, FLAG } from '../model/entry-columns.ts';
import { levelCodeOf } from '../model/level.ts';

/** What is known of an entry before it is stored. */
export type OwnEntry = Omit<Entry, 'origin' | 'sequence' | 'timestampKind'>;

/** Generation number of entries without a file. */
export const OWN_GENERATION = 0;

/** One line a entry, as the intake keeps them. */
export function ownEntriesText(entries: readonly OwnEntry[]): Buffer {
  return Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}

export function parseOwnEntries(text: Buffer): OwnEntry[] {
  const lines = text.toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as OwnEntry);
}

/** Add one entry to the end of `columns`, behind its original bytes. */
export function appendOwnEntry(columns: EntryColumns, entry: OwnEntry, offset: number): void {
  const { names } = columns;
  const raw = Buffer.from(`${JSON.stringify(entry)}\n`);
  const row = columns.addRow();
  columns.rawStart[row] = columns.appendBytes(raw, 0, raw.length);
  columns.rawLength[row] = raw.length;
  columns.originLength[row] = raw.length;
  columns.offset[row] = offset;
  columns.timestampUs[row] = entry.timestampUs;
  columns.flags[row] = columns.flags[row]! & ~FLAG.TIMESTAMP_NONE;
  columns.level[row] = levelCodeOf(entry.level);
  columns.severity[row] = entry.severity;
  columns.source[row] = names.sources.idOf(entry.source);
  columns.path[row] = names.paths.idOf('');
  columns.tagSet[row] = names.tagSets.idOf(entry.tags.join('\n'));
  columns.format[row] = names.formats.idOf('library');
  columns.generation[row] = OWN_GENERATION;
  const message = Buffer.from(entry.message);
  columns.messageStart[row] = columns.appendBytes(message, 0, message.length);
  columns.messageLength[row] = message.length;
  for (const [key, value] of Object.entries(entry.metadata)) addValue(columns, key, value);
}

function addValue(columns: EntryColumns, key: string, value: FieldValue): void {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const start = columns.appendBytes(bytes, 0, bytes.length);
  columns.addField(columns.names.keys.idOf(key), start, bytes.length, kindOf(value));
}

function kindOf(value: FieldValue): number {
  switch (typeof value) {
    case 'number':
      return FIELD.NUMBER;
    case 'boolean':
      return FIELD.BOOLEAN;
    case 'string':
      return FIELD.STRING;
    default:
      return value === null ? FIELD.NULL : FIELD.JSON;
  }
}
