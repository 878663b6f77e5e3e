/**
 * Makes skip indexes while the index still knows the entries: one pass over the index for many files, then one over
 * each file's bytes, and what the two do not agree on is written down.
 *
 * Runs after files were archived, on the rotation thread. A file that cannot be read now gets its skip index from a
 * later run.
 */
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import type { WatchSettings } from '../config/settings.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import type { ArchiveTimes } from '../ingest/archive-times.ts';
import { ColumnNames, type EntryColumns } from '../model/entry-columns.ts';
import { collectWordHashes } from '../query/words.ts';
import { generationFacts } from '../watch/generation-facts.ts';
import { sectionOf } from '../watch/patterns.ts';
import {
  Corrections,
  forEachArchivedEntry,
  keepsHoles,
  settleWithoutIndex,
} from './archive-entries.ts';
import { copiedFrom } from './copied-from.ts';
import { Gathering, type IndexedRows, indexedRowsOf, signatureOf } from './indexed-rows.ts';
import {
  type CopiedFrom,
  type ParserFacts,
  type SkipIndex,
  skipPath,
  type TimeRun,
  writeSkipIndex,
} from './skip-index.ts';
import { filterOf } from './skip-words.ts';

export type SkipParts = Readonly<{
  disk: Disk;
  database: Database;
  reader: StoreReader;
  watches: readonly WatchSettings[];
  stateDir: string;
  /** Enter in the book from when to when the entries of a file are. */
  enterTimes(times: ArchiveTimes): Promise<void>;
}>;

/**
 * The book has what the index knew when the file moved; what that had forgotten by then, only the file has. Entered before the
 * skip index is there: a run that is killed in between does both again.
 */
async function widenTimes(
  { enterTimes }: SkipParts,
  { id, firstAtUs, lastAtUs }: ArchiveRow,
  { entryCount, firstUs, lastUs }: SkipIndex,
): Promise<void> {
  if (entryCount === 0) return;
  const times = {
    id,
    firstUs: Math.min(firstUs, firstAtUs ?? firstUs),
    lastUs: Math.max(lastUs, lastAtUs ?? lastUs),
  };
  if (times.firstUs !== firstAtUs || times.lastUs !== lastAtUs) await enterTimes(times);
}

/** Entries held at once while they are compared: 120 MB. */
const ROWS_HELD_MAX = 4_000_000;

/** Make the skip indexes of these files. Returns those that could not be made, with the reason. */
export async function buildSkipIndexes(
  parts: SkipParts,
  rows: readonly ArchiveRow[],
): Promise<{ path: string; cause: unknown }[]> {
  const failed: { path: string; cause: unknown }[] = [];
  let batch: ArchiveRow[] = [];
  let held = 0;
  const build = async (): Promise<void> => {
    if (batch.length === 0) return;
    const copied = new Map(
      batch.map((row) => [row.id, copiedFrom(parts.database, row.generation)]),
    );
    const asked = batch.map((row) => ({ ...row, readAs: copied.get(row.id)?.generation ?? null }));
    const indexed = held > ROWS_HELD_MAX ? new Map() : indexedRowsOf(parts.reader, asked);
    for (const row of batch) {
      try {
        const from = copied.get(row.id) ?? null;
        const known = { copied: from, indexed: indexed.get(from?.generation ?? row.generation) };
        const skip = await skipIndexOf(parts, row, known);
        await widenTimes(parts, row, skip);
        writeSkipIndex(parts.disk, skipPath(parts.stateDir, row.id), skip);
      } catch (cause) {
        failed.push({ path: row.archivePath, cause });
      }
    }
    batch = [];
    held = 0;
  };
  for (const row of rows) {
    const lines = row.stored?.lines ?? 0;
    if (held + lines > ROWS_HELD_MAX) await build();
    batch.push(row);
    held += lines;
  }
  await build();
  return failed;
}

type Known = Readonly<{ copied: CopiedFrom | null; indexed: IndexedRows | undefined }>;

async function skipIndexOf(
  parts: SkipParts,
  row: ArchiveRow,
  { copied, indexed }: Known,
): Promise<SkipIndex> {
  const asked = { parser: parserFactsOf(parts, row, indexed), indexed, copied };
  const first = await compared(parts.disk, row, { ...asked, breaks: [] });
  if (first.missing.length === 0) return first.skip;
  return (await compared(parts.disk, row, { ...asked, breaks: first.missing })).skip;
}

function parserFactsOf(
  { database, watches }: SkipParts,
  row: ArchiveRow,
  indexed: IndexedRows | undefined,
): ParserFacts {
  const facts = generationFacts(database, row.generation);
  const named = facts ?? { watch: null, path: row.originalPath };
  const watch = sectionOf(watches, named);
  return {
    source: indexed?.source ?? row.source,
    path: indexed?.path ?? row.originalPath,
    tags: indexed?.tags ?? watch?.tags ?? [],
    format: watch?.format ?? null,
    declared: watch?.declared ?? null,
    timezone: watch?.timezone ?? 'UTC',
    encoding: facts?.encoding ?? watch?.encoding ?? 'utf-8',
    multiline: watch?.multiline ?? 'auto',
    fileTimeMs: row.modifiedAtMs,
  };
}

/**
 * The skip index of a file whose entries get the times that `timeOf` gives, with lines read in `timezone` from now on; null where
 * none changes.
 */
export async function retimedSkipIndex(
  disk: Disk,
  row: ArchiveRow,
  skip: SkipIndex,
  { timezone, timeOf }: Readonly<{ timezone: string; timeOf: TimeOf }>,
): Promise<SkipIndex | null> {
  const { breaks, parser, copied = null } = skip;
  const corrections = new Corrections(skip);
  let gathering: Gathering | null = null;
  let changedCount = 0;
  const facts = {
    ...{ parser, generation: row.generation, breaks, copied },
    keepsHoles: keepsHoles(skip),
  };
  await forEachArchivedEntry(disk, row, facts, {
    names: new ColumnNames(),
    take(columns, firstRow) {
      settleWithoutIndex(columns, row, firstRow);
      corrections.apply(columns, firstRow);
      for (let index = 0; index < columns.count; index += 1) {
        const beforeUs = columns.timestampUs[index]!;
        columns.timestampUs[index] = timeOf(columns, index);
        if (columns.timestampUs[index] !== beforeUs) changedCount += 1;
        gathering ??= new Gathering(columns, index);
        gathering.add(columns, index);
      }
    },
  });
  if (changedCount === 0 || gathering === null) return null;
  const indexed = (gathering as Gathering).rows();
  const asked = { parser: { ...parser, timezone }, indexed, breaks, copied };
  const { skip: made } = await compared(disk, row, asked);
  return { ...made, isExact: made.isExact && skip.isExact };
}

export type TimeOf = (columns: EntryColumns, row: number) => number;

type Asked = Readonly<{
  parser: ParserFacts;
  indexed: IndexedRows | undefined;
  breaks: readonly number[];
  copied: CopiedFrom | null;
}>;

/** `missing`: offsets at which the index has an entry, and reading anew does not. */
async function compared(
  disk: Disk,
  row: ArchiveRow,
  { parser, indexed, breaks, copied }: Asked,
): Promise<{ skip: SkipIndex; missing: number[] }> {
  const words = new WordHashes();
  const summary = new Summary();
  const differences = new Differences(row, indexed);
  const facts = { parser, generation: row.generation, breaks, copied, keepsHoles: false };
  await forEachArchivedEntry(disk, row, facts, {
    names: new ColumnNames(),
    take(columns, firstRow) {
      for (let index = 0; index < columns.count; index += 1) {
        differences.take(columns, index, firstRow + index);
        summary.take(columns, index, differences.timestampUs);
        words.take(columns, index);
      }
    },
  });
  differences.end();
  const { missing, sequences, times, isExact } = differences;
  const { entryCount, firstUs, lastUs, levels, severities } = summary;
  const counts = { entryCount, firstUs, lastUs, levels, severities };
  return {
    skip: {
      ...counts,
      ...{ parser, copied, sequences, times, breaks, leavesHolesOut: true },
      ...{ isExact, words: words.filter() },
    },
    missing,
  };
}

class Summary {
  entryCount = 0;
  firstUs = Number.POSITIVE_INFINITY;
  lastUs = Number.NEGATIVE_INFINITY;
  readonly levels: number[] = Array.from({ length: LEVEL_CODES }, () => 0);
  severities = 0;

  take(columns: EntryColumns, index: number, timestampUs: number): void {
    this.entryCount += 1;
    this.firstUs = Math.min(this.firstUs, timestampUs);
    this.lastUs = Math.max(this.lastUs, timestampUs);
    this.levels[columns.level[index]!]! += 1;
    this.severities |= 1 << (columns.severity[index]! / 10);
  }
}
const LEVEL_CODES = 7;

/** What reading anew does not give by itself. */
class Differences {
  readonly missing: number[] = [];
  readonly sequences: [number, number][] = [];
  readonly times: { row: number; count: number; timestampUs: number; flags: number }[] = [];
  isExact: boolean;
  /** Of the row taken last, as the index had it. */
  timestampUs = 0;
  readonly #row: ArchiveRow;
  readonly #indexed: IndexedRows | undefined;
  #at = 0;

  constructor(row: ArchiveRow, indexed: IndexedRows | undefined) {
    this.#row = row;
    this.#indexed = indexed;
    this.isExact = indexed !== undefined;
  }

  take(columns: EntryColumns, index: number, row: number): void {
    const known = this.#indexed;
    const parsedUs = columns.timestampUs[index]!;
    const flags = columns.flags[index]!;
    if (known === undefined) {
      this.timestampUs = Number.isNaN(parsedUs)
        ? Math.floor(this.#row.modifiedAtMs * 1000)
        : parsedUs;
      this.#note({ row, count: 1, timestampUs: this.timestampUs, flags }, parsedUs, flags);
      return;
    }
    const offset = columns.offset[index]!;
    while (this.#at < known.count && known.offset[this.#at]! < offset) {
      this.missing.push(known.offset[this.#at]!);
      this.#at += 1;
    }
    const at = this.#at;
    if (at >= known.count || known.offset[at] !== offset) {
      this.isExact = false;
      this.timestampUs = Number.isNaN(parsedUs)
        ? Math.floor(this.#row.modifiedAtMs * 1000)
        : parsedUs;
      this.#note({ row, count: 1, timestampUs: this.timestampUs, flags }, parsedUs, flags);
      this.#number(-1);
      return;
    }
    this.#at += 1;
    if (known.signature[at] !== signatureOf(columns, index)) this.isExact = false;
    this.timestampUs = known.timestampUs[at]!;
    const found = { row, count: 1, timestampUs: this.timestampUs, flags: known.flags[at]! };
    this.#note(found, parsedUs, flags);
    this.#number(known.sequence[at]!);
  }

  end(): void {
    const known = this.#indexed;
    if (known === undefined) return;
    for (; this.#at < known.count; this.#at += 1) this.missing.push(known.offset[this.#at]!);
    if (this.missing.length > 0) this.isExact = false;
  }

  #number(sequence: number): void {
    const last = this.sequences.at(-1);
    if (last !== undefined && sequence >= 0 && last[0] + last[1] === sequence) last[1] += 1;
    else this.sequences.push([sequence, 1]);
  }

  /** A row whose time or flags the parser does not give; equal ones in a row are one run. */
  #note(found: TimeRun, parsedUs: number, parsedFlags: number): void {
    if (found.timestampUs === parsedUs && found.flags === parsedFlags) return;
    const last = this.times.at(-1);
    const continues =
      last !== undefined &&
      last.row + last.count === found.row &&
      last.timestampUs === found.timestampUs &&
      last.flags === found.flags;
    if (continues) last.count += 1;
    else this.times.push({ ...found });
  }
}

/** Different words of a file; beyond the limit the filter says "perhaps" to everything. */
class WordHashes {
  readonly #hashes = new Set<number>();
  #out = new Int32Array(4096);
  #isFull = false;

  take(columns: EntryColumns, index: number): void {
    if (this.#isFull) return;
    this.#add(columns, columns.messageStart[index]!, columns.messageLength[index]!);
    for (let field = columns.fieldFirst(index); field < columns.fieldEnd[index]!; field += 1) {
      this.#add(columns, columns.fieldStart[field]!, columns.fieldLength[field]!);
    }
    this.#isFull = this.#hashes.size > WORDS_MAX;
  }

  filter(): Uint8Array {
    if (this.#isFull) return new Uint8Array(64).fill(0xff);
    return filterOf(Int32Array.from(this.#hashes));
  }

  #add({ bytes }: EntryColumns, start: number, length: number): void {
    if (this.#out.length < (length >> 1) + 1) this.#out = new Int32Array(length + 2);
    const span = { start, end: start + length };
    const count = collectWordHashes(bytes, span, { out: this.#out, count: 0 });
    for (let index = 0; index < count; index += 1) this.#hashes.add(this.#out[index]!);
  }
}
/** A set of that many numbers takes about 200 MB. */
const WORDS_MAX = 5_000_000;
