/** Rows for alert tests: as few columns as rules look at, in arrival order. */
import { ColumnNames, EntryColumns, FIELD } from '../../src/model/entry-columns.ts';
import type { Level } from '../../src/model/level.ts';
import { levelCodeOf, severityOf } from '../../src/model/level.ts';

export type AlertRow = Readonly<{
  /** Event time, µs. */
  etUs: number;
  level?: Level | null;
  source?: string;
  message?: string;
  fields?: Readonly<Record<string, string | number>>;
  flags?: number;
  /** File and place in it. */
  generation?: number;
  offset?: number;
}>;

/** Columns that hold these rows; the first has arrival number `sequence`. */
export function columnsOf(
  rows: readonly AlertRow[],
  options: Readonly<{ names?: ColumnNames; sequence?: number }> = {},
): EntryColumns {
  const { names = new ColumnNames(), sequence = 1 } = options;
  const columns = new EntryColumns(names);
  for (const [index, line] of rows.entries()) {
    const row = columns.addRow();
    const level = levelCodeOf(line.level ?? null);
    columns.sequence[row] = sequence + index;
    columns.timestampUs[row] = line.etUs;
    columns.flags[row] = line.flags ?? 0;
    columns.generation[row] = line.generation ?? 0;
    columns.offset[row] = line.offset ?? 0;
    columns.level[row] = level;
    columns.severity[row] = severityOf(level);
    columns.source[row] = names.sources.idOf(line.source ?? 'app');
    columns.path[row] = names.paths.idOf('/logs/app.log');
    const message = Buffer.from(line.message ?? 'something happened');
    columns.messageStart[row] = columns.appendBytes(message, 0, message.length);
    columns.messageLength[row] = message.length;
    columns.rawStart[row] = columns.messageStart[row]!;
    columns.rawLength[row] = message.length;
    for (const [key, value] of Object.entries(line.fields ?? {})) {
      const bytes = Buffer.from(String(value));
      const start = columns.appendBytes(bytes, 0, bytes.length);
      const kind = typeof value === 'number' ? FIELD.NUMBER : FIELD.STRING;
      columns.addField(names.keys.idOf(key), start, bytes.length, kind);
    }
  }
  return columns;
}
