/**
 * What the index has of a file that is to be imported: by which names its entries are known, and which of its bytes they cover.
 *
 * Entries are known by the number of their generation: that of the watched file they were read from, of the file in the
 * archive, or of an earlier import of the same bytes.
 */
import { NEED } from '../engine/segment-format.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { importGenerationOf } from '../model/generation-numbers.ts';
import type { HeldGeneration } from '../watch/held-generations.ts';
import type { FileHashes, ImportBook, ImportedFile } from './import-book.ts';

export type KnownFile = Readonly<{
  /** Where from, for people; null: it is not known. */
  where: string | null;
  /** Of the entries that came from it. */
  generations: ReadonlySet<number>;
  /** Whether some may be missing: a segment was set aside or lost, reading began at the end of the file, or it is not followed any more. */
  mayMiss: boolean;
  /** What a watch knows of it. */
  held: HeldGeneration | null;
  /** An import of the same bytes that broke off. */
  unfinished: ImportedFile | null;
}>;

export function knownFile(
  book: ImportBook,
  { path, ...hashes }: Readonly<FileHashes & { path: string }>,
): KnownFile {
  const imports = book.ofBytes(hashes);
  const archived = book.archivedAs(hashes);
  const inFile = book.generationsIn(path);
  const inArchive = archived === null ? undefined : book.generation(archived.generation);
  const held = inFile[0] ?? inArchive ?? null;
  const generations = new Set(imports.map(({ id }) => importGenerationOf(id)));
  if (archived !== null) generations.add(archived.generation);
  for (const { number, copyOf } of held === null ? inFile : [...inFile, held]) {
    generations.add(number);
    if (copyOf !== null) generations.add(copyOf);
  }
  for (const generation of [...generations]) {
    for (const id of book.fillingOf(generation)) generations.add(importGenerationOf(id));
  }
  const [last] = imports;
  const done = imports.find(({ doneAtMs }) => doneAtMs !== null);
  let where: string | null = null;
  if (inFile.length > 0) where = `Logstead ${inFile[0]!.isFollowed ? 'follows' : 'followed'} it`;
  if (archived !== null) where = `it is in the archive, "${archived.path}"`;
  if (done !== undefined && inFile.length === 0) where = `as "${done.path}"`;
  const beganLate = held !== null && held.startOffset > 0 && held.copyOf === null;
  const hasMore = held?.hasMore ?? false;
  const hasGap = held?.hasGap ?? false;
  return {
    ...{ where, generations, held },
    mayMiss: book.hasDamage || beganLate || hasMore || hasGap,
    unfinished: last?.doneAtMs === null ? last : null,
  };
}

type Range = { start: number; end: number };

/** Bytes of a file that entries in the index were made of. */
export class CoveredBytes {
  /** In order, apart from each other. */
  readonly #ranges: readonly Range[];
  /** The one that was found last: the next question is about the bytes behind it. */
  #at = 0;

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  /** One pass over the index. */
  static by(generations: ReadonlySet<number>, reader: StoreReader): CoveredBytes {
    if (generations.size === 0) return new CoveredBytes([]);
    const look = { need: NEED.GENERATION, withText: false, withOrigins: true };
    const found = reader.fold(
      { query: { kind: 'everything' } },
      () => {
        const ranges: Range[] = [];
        return {
          take({ columns, rows, count }) {
            for (let index = 0; index < count; index += 1) {
              const row = rows[index]!;
              if (generations.has(columns.generation[row]!))
                addRange(ranges, rangeOf(columns, row));
            }
          },
          result: () => ranges,
        };
      },
      look,
    );
    const merged: Range[] = [];
    for (const range of found.toSorted((a, b) => a.start - b.start)) addRange(merged, range);
    return new CoveredBytes(merged);
  }

  /** Whether any of these bytes is in an entry. Asked in the order of the file. */
  has({ start, end }: Range): boolean {
    while (this.#at < this.#ranges.length && this.#ranges[this.#at]!.end <= start) this.#at += 1;
    const range = this.#ranges[this.#at];
    return range !== undefined && range.start < end;
  }
}

export function rangeOf({ offset, originLength }: EntryColumns, row: number): Range {
  return { start: offset[row]!, end: offset[row]! + Math.max(1, originLength[row]!) };
}

/** Most entries begin where the one before them ends. */
function addRange(ranges: Range[], { start, end }: Range): void {
  const last = ranges.at(-1);
  if (last !== undefined && start >= last.start && start <= last.end) {
    last.end = Math.max(last.end, end);
  } else {
    ranges.push({ start, end });
  }
}
