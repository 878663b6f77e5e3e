/**
 * Whether a query matches an incident: the incident is looked at as an entry whose source is that of its group, whose
 * message is the rule's name and description, and whose fields are `rule`, `severity` and those of the group.
 */
import { ColumnNames, EntryColumns, FIELD } from '../model/entry-columns.ts';
import { levelCodeOf, severityOf } from '../model/level.ts';
import { compileFilter } from '../query/compile-filter.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Labels } from './holders.ts';

/** Throws QUERY_INVALID; called before a query is taken, so that what was taken can be read. */
export function checkIncidentQuery(text: string): void {
  parseQuery(text, { nowMs: 0, timezone: 'UTC' });
}

export function matchesIncident(query: string, { rule, group }: Labels): boolean {
  const names = new ColumnNames();
  const columns = new EntryColumns(names);
  const row = columns.addRow();
  const put = (text: string): Readonly<{ start: number; length: number }> => {
    const bytes = Buffer.from(text);
    return { start: columns.appendBytes(bytes, 0, bytes.length), length: bytes.length };
  };
  columns.level[row] = levelCodeOf(null);
  columns.severity[row] = severityOf(levelCodeOf(null));
  columns.timestampUs[row] = 0;
  columns.source[row] = names.sources.idOf(group.source ?? '');
  columns.path[row] = names.paths.idOf(group.file ?? '');
  const message = put(`${rule.name} ${rule.description}`);
  columns.messageStart[row] = message.start;
  columns.messageLength[row] = message.length;
  columns.rawStart[row] = message.start;
  columns.rawLength[row] = message.length;
  const fields = { ...group, rule: rule.name, severity: rule.severity };
  for (const [key, value] of Object.entries(fields)) {
    const { start, length } = put(value);
    columns.addField(names.keys.idOf(key), start, length, FIELD.STRING);
  }
  const { filter } = parseQuery(query, { nowMs: 0, timezone: 'UTC' });
  return compileFilter(filter, names)(columns, row);
}
