/**
 * `EntryColumns` as another thread sees them: the arrays are shared, not copied.
 *
 * Names go along as what was added since the last time, so that ids mean the same on both sides.
 */
import { assert } from '../base/assert.ts';
import type { Dictionary } from '../model/dictionary.ts';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';

const ARRAYS = [
  'sequence',
  'timestampUs',
  'level',
  'severity',
  'flags',
  'format',
  'source',
  'path',
  'tagSet',
  'generation',
  'offset',
  'originLength',
  'line',
  'rawStart',
  'rawLength',
  'messageStart',
  'messageLength',
  'fieldEnd',
  'fieldKey',
  'fieldStart',
  'fieldLength',
  'fieldKind',
] as const;

type Arrays = Pick<EntryColumns, (typeof ARRAYS)[number]>;

export type SentColumns = Readonly<{
  count: number;
  bytesLength: number;
  fieldCount: number;
  bytes: Uint8Array;
  arrays: Arrays;
}>;

/** What to send. The columns must be shared ones, and are not to be touched until the other side is done. */
export function sentColumns(columns: EntryColumns): SentColumns {
  const { count, bytesLength, fieldCount, bytes } = columns;
  assert(bytes.buffer instanceof SharedArrayBuffer, 'columns that are sent are shared');
  const arrays = Object.fromEntries(ARRAYS.map((name) => [name, columns[name]])) as Arrays;
  return { count, bytesLength, fieldCount, bytes, arrays };
}

/** Make `columns` a view of what was received: new ones each time would be half a megabyte of garbage. */
export function receiveColumns(sent: SentColumns, columns: EntryColumns): void {
  const { bytes } = sent;
  Object.assign(columns, sent.arrays);
  columns.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  columns.count = sent.count;
  columns.bytesLength = sent.bytesLength;
  columns.fieldCount = sent.fieldCount;
}

const DICTIONARIES = ['sources', 'paths', 'keys', 'tagSets', 'formats'] as const;

export type SentNames = Readonly<Record<(typeof DICTIONARIES)[number], readonly string[]>>;

/** Remembers what the other side has. */
export class NamesSender {
  readonly #names: ColumnNames;
  readonly #sizes = new Map<string, number>();

  constructor(names: ColumnNames) {
    this.#names = names;
  }

  /** What was added since the last call. */
  added(): SentNames {
    const { sources, paths, keys, tagSets, formats } = this.#names;
    return {
      sources: this.#rest('sources', sources),
      paths: this.#rest('paths', paths),
      keys: this.#rest('keys', keys),
      tagSets: this.#rest('tagSets', tagSets),
      formats: this.#rest('formats', formats),
    };
  }

  #rest(name: string, { values }: Dictionary): readonly string[] {
    const from = this.#sizes.get(name) ?? 0;
    this.#sizes.set(name, values.length);
    return values.slice(from);
  }
}

export function addNames(names: ColumnNames, added: SentNames): void {
  for (const name of DICTIONARIES) {
    const dictionary: Dictionary = names[name];
    for (const value of added[name]) dictionary.idOf(value);
  }
}
