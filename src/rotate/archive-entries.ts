/**
 * The entries of an archived file, read from its bytes: as its skip index says they were, or as they are read today.
 */
import type { Disk } from '../base/disk.ts';
import { HoleFilter, type TakeBytes } from '../base/nul-holes.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { type ColumnNames, EntryColumns, FLAG } from '../model/entry-columns.ts';
import { FileParser } from '../parse/file-parser.ts';
import { archiveContent } from './archive-content.ts';
import type { CopiedFrom, ParserFacts, SkipIndex } from './skip-index.ts';

/** Rows of one piece, valid until the next. `row`: number of the first in the file. */
export type TakeEntries = (columns: EntryColumns, row: number) => void;

export type ReadingFacts = Readonly<{
  parser: ParserFacts;
  generation: number;
  /** Offsets at which an entry ends although the next line could go on with it. */
  breaks: readonly number[];
  /** Whether holes in front of lines count as entries: the skip indexes of the first releases say so. */
  keepsHoles: boolean;
  /** The generation that its first bytes were read as; null: they are its own. */
  copied: CopiedFrom | null;
}>;

/** Parse what the archive holds, from its first byte to its last. */
export async function forEachArchivedEntry(
  disk: Disk,
  row: ArchiveRow,
  facts: ReadingFacts,
  into: Readonly<{ names: ColumnNames; take: TakeEntries }>,
): Promise<void> {
  const columns = new EntryColumns(into.names);
  const { parser: parserFacts, generation, breaks, copied } = facts;
  const parser = FileParser.open(into.names, { ...parserFacts, generation });
  let rowNumber = 0;
  let nextBreak = 0;
  const handOver = (): void => {
    if (copied !== null) nameOriginal(columns, copied);
    if (columns.count > 0) into.take(columns, rowNumber);
    rowNumber += columns.count;
    columns.clear();
  };
  const push: TakeBytes = (bytes, from, end, offset) => {
    let start = from;
    while (start < end) {
      const breakAt = (breaks[nextBreak] ?? Number.POSITIVE_INFINITY) - offset + from;
      if (breakAt <= start) {
        parser.flush(columns);
        nextBreak += 1;
        continue;
      }
      const stop = Math.min(end, breakAt);
      parser.push(columns, bytes, start, stop, offset + start - from);
      start = stop;
    }
  };
  // As whoever follows a log does.
  const isOff = facts.keepsHoles || parserFacts.encoding.startsWith('utf-16');
  const holes = new HoleFilter(push, { isOff });
  using file = disk.open(row.archivePath, 'read', { noFollow: true });
  for await (const piece of archiveContent(file, row)) {
    holes.take(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    handOver();
  }
  holes.end();
  parser.flush(columns);
  handOver();
}

/** How rows are numbered in a skip index; null: there is none. */
export function keepsHoles(skip: SkipIndex | null): boolean {
  return skip !== null && skip.leavesHolesOut !== true;
}

/** The index knows these entries as those of the file that was copied or compressed. */
function nameOriginal(columns: EntryColumns, { generation, end }: CopiedFrom): void {
  for (let row = 0; row < columns.count; row += 1) {
    if (columns.offset[row]! < end) columns.generation[row] = generation;
  }
}

/** Give rows the arrival numbers and times that the index had given them. */
export class Corrections {
  readonly #skip: SkipIndex;
  #run = 0;
  #runStart = 0;
  #time = 0;

  constructor(skip: SkipIndex) {
    this.#skip = skip;
  }

  /** Rows come in the order of the file. */
  apply(columns: EntryColumns, firstRow: number): void {
    const { sequences, times } = this.#skip;
    for (let index = 0; index < columns.count; index += 1) {
      const row = firstRow + index;
      let run = sequences[this.#run];
      while (run !== undefined && row >= this.#runStart + run[1]) {
        this.#runStart += run[1];
        this.#run += 1;
        run = sequences[this.#run];
      }
      // One that the index did not have any more (-1) keeps the number it has.
      if (run !== undefined && run[0] >= 0) columns.sequence[index] = run[0] + row - this.#runStart;
      let time = times[this.#time];
      while (time !== undefined && row >= time.row + time.count) {
        this.#time += 1;
        time = times[this.#time];
      }
      if (time === undefined || row < time.row) continue;
      columns.timestampUs[index] = time.timestampUs;
      columns.flags[index] = time.flags;
    }
  }
}

/** Without a skip index: lines without a stamp are as old as their file, arrival is the order of the file. */
export function settleWithoutIndex(columns: EntryColumns, row: ArchiveRow, firstRow: number): void {
  for (let index = 0; index < columns.count; index += 1) {
    columns.sequence[index] = firstRow + index;
    if (!Number.isNaN(columns.timestampUs[index]!)) continue;
    columns.timestampUs[index] = Math.floor(row.modifiedAtMs * 1000);
    columns.flags[index] = columns.flags[index]! | FLAG.TIMESTAMP_NONE;
  }
}
