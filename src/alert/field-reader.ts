/**
 * The value of a named field of a row, as text: `source`, `level`, `file`, `tag`, `message`, `pattern` (the message
 * without its numbers and names), or a metadata key.
 */
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { levelNameOf } from '../model/level.ts';
import { templateOf } from '../pattern/template.ts';
import { HOST_KEY } from '../query/query-tree.ts';

/** Null where the row has no such field. */
export type FieldReader = (columns: EntryColumns, row: number) => string | null;

export function fieldReader(field: string, names: ColumnNames): FieldReader {
  switch (field) {
    case 'source':
      return (columns, row) => names.sources.valueOf(columns.source[row]!);
    case 'level':
      return (columns, row) => levelNameOf(columns.level[row]!);
    case 'file':
      return (columns, row) => names.paths.valueOf(columns.path[row]!);
    case 'tag':
    case 'tags':
      return (columns, row) => names.tagSets.valueOf(columns.tagSet[row]!).replaceAll('\n', ',');
    case 'message':
      return (columns, row) => columns.messageText(row);
    case 'pattern':
      return (columns, row) => templateOf(columns.messageText(row));
    default:
      return metadataReader(field, names);
  }
}

function metadataReader(field: string, names: ColumnNames): FieldReader {
  let keyId = -1;
  return (columns, row) => {
    if (keyId === -1) keyId = names.keys.find(field);
    const found = keyId === -1 ? -1 : columns.findField(row, keyId);
    if (found !== -1) return columns.fieldText(found);
    return field === HOST_KEY ? columns.machineOf(row) : null;
  };
}
