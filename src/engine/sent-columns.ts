/**
 * `EntryColumns` on their way to another thread and back: the arrays are handed over, not copied.
 *
 * Names go along as what was added since the last time, so that ids mean the same on both sides.
 */
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
  bytes: Uint8Array<ArrayBuffer>;
  arrays: Arrays;
}>;

/** What to send, and the memory to hand over. The columns are of no use to the sender afterwards. */
export function sendColumns(columns: EntryColumns): { sent: SentColumns; transfer: ArrayBuffer[] } {
  const { count, bytesLength, fieldCount } = columns;
  const bytes = new Uint8Array(columns.bytes.buffer as ArrayBuffer);
  const arrays = Object.fromEntries(ARRAYS.map((name) => [name, columns[name]])) as Arrays;
  const transfer = [bytes.buffer, ...ARRAYS.map((name) => columns[name].buffer)];
  return { sent: { count, bytesLength, fieldCount, bytes, arrays }, transfer };
}

/** Put what was received into columns that were sent away: making new ones each time would be half a megabyte of garbage. */
export function receiveColumns(sent: SentColumns, columns: EntryColumns): void {
  Object.assign(columns, sent.arrays);
  columns.bytes = Buffer.from(sent.bytes.buffer);
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
