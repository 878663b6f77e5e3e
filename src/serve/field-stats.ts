/**
 * Which fields entries have, how often, and what is in them: for people who look for a name, and for completion.
 *
 * Looks at the newest matches only, `ROWS_DEFAULT` of them unless told otherwise: what a field is called can be told from
 * these. Values are counted up to `VALUES_MAX` a field and `VALUES_BYTES_MAX` of their text; past that a field has "many".
 * Each is whole: a piece of one would be offered as what to look for, and find nothing.
 */

import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';

export type FieldStat = Readonly<{
  name: string;
  /** Entries that have it, of those looked at. */
  count: number;
  /** Different values seen; null: more than were counted. */
  distinct: number | null;
  /** The most frequent values, most frequent first. */
  values: readonly Readonly<{ value: string; count: number }>[];
}>;

export type FieldStats = Readonly<{
  fields: readonly FieldStat[];
  /** Entries looked at. */
  entryCount: number;
}>;

export const ROWS_DEFAULT = 20_000;
const VALUES_MAX = 1_000;
const VALUES_SHOWN = 8;
/** A value is a name here, or a statement, but no document. */
const VALUE_BYTES_MAX = 2_000;
const VALUES_BYTES_MAX = 200_000;

type Seen = { count: number; byteCount: number; values: Map<string, number> | null };

export function fieldStats(
  reader: EntryReader,
  request: SearchRequest,
  rowsMax = ROWS_DEFAULT,
): FieldStats {
  const seen = new Map<number, Seen>();
  let entryCount = 0;
  for (const { columns, rows, count } of reader.matches({ ...request, limit: rowsMax })) {
    for (let index = 0; index < count; index += 1) {
      const row = rows[index]!;
      entryCount += 1;
      for (let field = columns.fieldFirst(row); field < columns.fieldEnd[row]!; field += 1) {
        const key = columns.fieldKey[field]!;
        // Of several of one name in a line the last is the one that is asked.
        if (columns.findField(row, key) !== field) continue;
        note(seen, key, {
          byteCount: columns.fieldLength[field]!,
          text: () => columns.fieldText(field),
        });
      }
    }
  }
  const fields = [...seen]
    .map(([key, { count, values }]) => ({
      name: reader.names.keys.valueOf(key),
      count,
      distinct: values === null ? null : values.size,
      values: mostFrequent(values),
    }))
    .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
  return { fields, entryCount };
}

function note(
  seen: Map<number, Seen>,
  key: number,
  value: Readonly<{ byteCount: number; text: () => string }>,
): void {
  let field = seen.get(key);
  if (field === undefined) {
    field = { count: 0, byteCount: 0, values: new Map() };
    seen.set(key, field);
  }
  field.count += 1;
  if (field.values === null) return;
  if (value.byteCount > VALUE_BYTES_MAX) {
    field.values = null;
    return;
  }
  const text = value.text();
  const before = field.values.get(text) ?? 0;
  if (before === 0) field.byteCount += value.byteCount;
  field.values.set(text, before + 1);
  if (field.values.size > VALUES_MAX || field.byteCount > VALUES_BYTES_MAX) field.values = null;
}

function mostFrequent(values: ReadonlyMap<string, number> | null): FieldStat['values'] {
  if (values === null) return [];
  return [...values]
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, VALUES_SHOWN)
    .map(([value, count]) => ({ value, count }));
}
