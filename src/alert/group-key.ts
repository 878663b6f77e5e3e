/**
 * Which group of a rule an entry belongs to: the values of the `group_by` fields, as text.
 *
 * A field is `source`, `level`, `file`, `tag` or a metadata key. `1` and `"1"` are one key. A missing field is the
 * group `(none)`. A long value is cut, with a hash of the whole.
 */
import { createHash } from 'node:crypto';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { type FieldReader, fieldReader } from './field-reader.ts';

/** Longer values are told apart by their hash; nobody reads them. */
const VALUE_CHARACTERS_MAX = 200;

/** A field the entry does not have. */
export const GROUP_NONE = '(none)';
/** Where matches go when a rule has too many groups. */
export const GROUP_OTHER = '(other)';

export type GroupFields = Readonly<Record<string, string>>;

export class GroupKeys {
  readonly #fields: readonly string[];
  readonly #readers: readonly FieldReader[];

  constructor(fields: readonly string[], names: ColumnNames) {
    this.#fields = fields;
    this.#readers = fields.map((field) => fieldReader(field, names));
  }

  /** Empty without `group_by`. */
  keyOf(columns: EntryColumns, row: number): string {
    const readers = this.#readers;
    if (readers.length === 0) return '';
    if (readers.length === 1) return shortened(readers[0]!(columns, row) ?? GROUP_NONE);
    return JSON.stringify(readers.map((read) => shortened(read(columns, row) ?? GROUP_NONE)));
  }

  get otherKey(): string {
    if (this.#fields.length <= 1) return GROUP_OTHER;
    return JSON.stringify(this.#fields.map(() => GROUP_OTHER));
  }

  /** The fields and values a key stands for. */
  fieldsOf(key: string): GroupFields {
    const fields = this.#fields;
    if (fields.length === 0) return {};
    const values = fields.length === 1 ? [key] : (JSON.parse(key) as string[]);
    return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? GROUP_NONE]));
  }
}

function shortened(value: string): string {
  if (value.length <= VALUE_CHARACTERS_MAX) return value;
  const hash = createHash('sha256').update(value).digest('hex').slice(0, 16);
  return `${value.slice(0, VALUE_CHARACTERS_MAX).toWellFormed()}…${hash}`;
}
