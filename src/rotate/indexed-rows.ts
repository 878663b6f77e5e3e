/** What the index knows of the entries of some files: where each begins, its time, its arrival number. */
import type { StoreReader } from '../engine/store-reader.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import type { EntryColumns } from '../model/entry-columns.ts';

/** In the order of the file. */
export type IndexedRows = Readonly<{
  count: number;
  offset: Float64Array;
  timestampUs: Float64Array;
  sequence: Float64Array;
  flags: Uint16Array;
  signature: Int32Array;
  source: string;
  path: string;
  tags: readonly string[];
}>;

/** One pass over the time that these files cover; by the generation they were read as. Files without entries are not in it. */
export function indexedRowsOf(
  reader: StoreReader,
  rows: readonly (ArchiveRow & Readonly<{ readAs: number | null }>)[],
): Map<number, IndexedRows> {
  const fromUs = Math.min(...rows.map(({ firstAtUs }) => firstAtUs ?? Number.POSITIVE_INFINITY));
  const lastUs = Math.max(...rows.map(({ lastAtUs }) => lastAtUs ?? Number.NEGATIVE_INFINITY));
  // Of a copy it is not known from when its entries are.
  const isAnyTime = rows.some(({ readAs }) => readAs !== null);
  if (!isAnyTime && !(fromUs <= lastUs)) return new Map();
  const range = isAnyTime ? {} : { fromUs: Math.floor(fromUs), untilUs: Math.floor(lastUs) + 1 };
  const wanted = new Set(rows.map(({ generation, readAs }) => readAs ?? generation));
  const gathered = reader.fold({ query: { kind: 'everything' }, ...range }, () => {
    const found = new Map<number, Gathering>();
    return {
      take({ columns, rows: picked, count }) {
        for (let index = 0; index < count; index += 1) {
          const row = picked[index]!;
          const generation = columns.generation[row]!;
          if (!wanted.has(generation)) continue;
          let gathering = found.get(generation);
          if (gathering === undefined) {
            gathering = new Gathering(columns, row);
            found.set(generation, gathering);
          }
          gathering.add(columns, row);
        }
      },
      result: () => found,
    };
  });
  return new Map([...gathered].map(([generation, gathering]) => [generation, gathering.rows()]));
}

/** Enough of an entry to see that it was understood alike. */
export function signatureOf(columns: EntryColumns, row: number): number {
  const fieldCount = columns.fieldEnd[row]! - columns.fieldFirst(row);
  const length = columns.messageLength[row]!;
  return (Math.imul(length, 0x9e3779b1) ^ (fieldCount << 4) ^ columns.level[row]!) | 0;
}

/** Collects them, in any order. */
export class Gathering {
  readonly #source: string;
  readonly #path: string;
  readonly #tags: readonly string[];
  #count = 0;
  #numbers = new Float64Array(3 * 256);
  #small = new Int32Array(2 * 256);

  constructor(columns: EntryColumns, row: number) {
    const { names } = columns;
    this.#source = names.sources.valueOf(columns.source[row]!);
    this.#path = names.paths.valueOf(columns.path[row]!);
    const tags = names.tagSets.valueOf(columns.tagSet[row]!);
    this.#tags = tags === '' ? [] : tags.split('\n');
  }

  add(columns: EntryColumns, row: number): void {
    const at = this.#count;
    if (at * 3 === this.#numbers.length) this.#grow();
    this.#numbers[at * 3] = columns.offset[row]!;
    this.#numbers[at * 3 + 1] = columns.timestampUs[row]!;
    this.#numbers[at * 3 + 2] = columns.sequence[row]!;
    this.#small[at * 2] = columns.flags[row]!;
    this.#small[at * 2 + 1] = signatureOf(columns, row);
    this.#count += 1;
  }

  rows(): IndexedRows {
    const count = this.#count;
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    order.sort((a, b) => this.#numbers[a * 3]! - this.#numbers[b * 3]!);
    const pick = (column: number): Float64Array =>
      Float64Array.from(order, (at) => this.#numbers[at * 3 + column]!);
    return {
      count,
      offset: pick(0),
      timestampUs: pick(1),
      sequence: pick(2),
      flags: Uint16Array.from(order, (at) => this.#small[at * 2]!),
      signature: Int32Array.from(order, (at) => this.#small[at * 2 + 1]!),
      source: this.#source,
      path: this.#path,
      tags: this.#tags,
    };
  }

  #grow(): void {
    const numbers = new Float64Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const small = new Int32Array(this.#small.length * 2);
    small.set(this.#small);
    this.#small = small;
  }
}
