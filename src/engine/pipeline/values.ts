/** What a name stands for in an entry: `level`, `source`, `tag`, `file`, `message`, `timestamp`, or a field. */
import type { EntryColumns } from '../../model/entry-columns.ts';
import { timestampText } from '../../model/entry-record.ts';
import { type Cell, cellOf } from '../../query/table.ts';
import { attributeOf } from '../attribute.ts';
import { NEED } from '../segment-format.ts';

/** All values of a name in a row: several for tags, none where the entry has no such field. */
export type ValuesOf = (columns: EntryColumns, row: number) => readonly string[];

export const TIMESTAMP = 'timestamp';

export function valuesReader(name: string): ValuesOf {
  if (name === TIMESTAMP) return (columns, row) => [timestampText(columns.timestampUs[row]!)];
  return attributeOf(name).valuesOf;
}

/** One value of a name: several tags joined, numbers as such. */
export function cellReader(name: string): (columns: EntryColumns, row: number) => Cell {
  const valuesOf = valuesReader(name);
  return (columns, row) => {
    const values = valuesOf(columns, row);
    if (values.length === 0) return null;
    return values.length === 1 ? cellOf(values[0]!) : values.join(',');
  };
}

/** What of an entry has to be read for the values of some names. */
export function needsOf(names: readonly string[]): Readonly<{ need: number; withText: boolean }> {
  const attributes = names.filter((name) => name !== TIMESTAMP).map(attributeOf);
  const timestamp = names.includes(TIMESTAMP) ? NEED.TIMESTAMP : 0;
  return {
    need: attributes.reduce((need, attribute) => need | attribute.need, timestamp),
    withText: attributes.some(({ needsText }) => needsText),
  };
}
