/**
 * Search that reaches into archives: what the index has forgotten is read from the archived files that may match, and
 * stands beside what the index still has, in one store in memory that answers like any other.
 *
 * An archive whose entries are all in the index is not opened, nor one whose skip index rules it out. An entry that
 * both have is taken from the index.
 */
import type { Clock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import { readMeta } from '../base/state-meta.ts';
import { Engine } from '../engine/engine.ts';
import { EXPIRED_THROUGH_US } from '../engine/retention.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { copyRow, EntryColumns } from '../model/entry-columns.ts';
import { compileFilter } from '../query/compile-filter.ts';
import type { Filter } from '../query/query-tree.ts';
import {
  Corrections,
  forEachArchivedEntry,
  keepsHoles,
  settleWithoutIndex,
} from './archive-entries.ts';
import {
  compileSkipTest,
  type ParserFacts,
  readSkipIndex,
  type SkipIndex,
  skipPath,
} from './skip-index.ts';

export type ArchiveSearchParts = Readonly<{
  disk: Disk;
  clock: Clock;
  database: Database;
  reader: StoreReader;
  stateDir: string;
}>;

export type ArchiveSearch = Disposable &
  Readonly<{
    /** Over what matches, in index and archives together. */
    reader: StoreReader;
    /** Archived files there are, and those that had to be opened. */
    archiveCount: number;
    openedCount: number;
    /** Opened without knowing for certain how they were indexed: times of lines without a stamp may differ. */
    inexactCount: number;
    unreadable: readonly Readonly<{ path: string; reason: string }>[];
  }>;

/** Rows of the store in memory that are sealed at once. */
const SEAL_ROWS = 65_536;

export async function searchArchives(
  parts: ArchiveSearchParts,
  filter: Filter,
): Promise<ArchiveSearch> {
  const { archives, opened } = candidatesOf(parts, filter);
  const found = new Found(parts.reader, filter);
  const unreadable: { path: string; reason: string }[] = [];
  for (const { row, skip } of opened) {
    try {
      await found.addArchive(parts.disk, row, skip);
    } catch (cause) {
      unreadable.push({ path: row.archivePath, reason: messageOf(cause) });
    }
  }
  const counts = {
    archiveCount: archives,
    openedCount: opened.length,
    inexactCount: opened.filter(({ skip }) => skip?.isExact !== true).length,
    unreadable,
  };
  if (opened.length === 0) return { reader: parts.reader, ...counts, [Symbol.dispose]() {} };
  const store = found.store(parts);
  return {
    reader: store.reader,
    ...counts,
    [Symbol.dispose]() {
      store.close();
    },
  };
}

type Opened = Readonly<{ row: ArchiveRow; skip: SkipIndex | null }>;

function candidatesOf(
  { disk, database, stateDir }: ArchiveSearchParts,
  filter: Filter,
): { archives: number; opened: Opened[] } {
  const forgottenUs = forgottenThroughUs(database);
  const mayMatch = compileSkipTest(filter);
  const opened: Opened[] = [];
  let archives = 0;
  const everything = { text: null, source: null, fromUs: null, untilUs: null };
  for (const row of ArchiveBook.read(database).find(everything)) {
    archives += 1;
    if (isIndexed(row, forgottenUs)) continue;
    const skip = readSkipIndex(disk, skipPath(stateDir, row.id));
    if (skip === null || mayMatch(skip)) opened.push({ row, skip });
  }
  return { archives, opened: opened.reverse() };
}

/** Entries up to this time may not be in the index any more: retention took them, or a segment was damaged. */
export function forgottenThroughUs(database: Database): number {
  const expired = readMeta(database, EXPIRED_THROUGH_US) ?? Number.NEGATIVE_INFINITY;
  const damaged = database.prepare('SELECT max(max_us) AS latest FROM engine_damage').get();
  return Math.max(expired, damaged?.latest === null ? -Infinity : Number(damaged?.latest));
}

/** Whether every entry of an archived file is still in the index. */
export function isIndexed(row: ArchiveRow, forgottenUs: number): boolean {
  if (forgottenUs === Number.NEGATIVE_INFINITY) return true;
  return row.firstAtUs !== null && row.firstAtUs > forgottenUs;
}

/** Matching rows of archives and index. */
class Found {
  readonly #reader: StoreReader;
  readonly #filter: Filter;
  readonly #matches: ReturnType<typeof compileFilter>;
  readonly #rows: EntryColumns;
  /** `generation:offset` of what was taken. */
  readonly #known = new Set<string>();
  #isIndexTaken = false;

  constructor(reader: StoreReader, filter: Filter) {
    this.#reader = reader;
    this.#filter = filter;
    this.#matches = compileFilter(filter, reader.names);
    this.#rows = new EntryColumns(reader.names);
  }

  async addArchive(disk: Disk, row: ArchiveRow, skip: SkipIndex | null): Promise<void> {
    this.#takeIndex();
    const corrections = skip === null ? null : new Corrections(skip);
    const facts = {
      parser: skip?.parser ?? guessedFacts(row),
      generation: row.generation,
      breaks: skip?.breaks ?? [],
      keepsHoles: keepsHoles(skip),
      copied: skip?.copied ?? null,
    };
    await forEachArchivedEntry(disk, row, facts, {
      names: this.#reader.names,
      take: (columns, firstRow) => {
        settleWithoutIndex(columns, row, firstRow);
        corrections?.apply(columns, firstRow);
        for (let index = 0; index < columns.count; index += 1) {
          if (!this.#matches(columns, index)) continue;
          const place = placeOf(columns, index);
          if (this.#known.has(place)) continue;
          // A file and its compressed copy may both be in the archive.
          this.#known.add(place);
          copyRow(columns, index, this.#rows);
        }
      },
    });
  }

  /** All of it in the order of arrival, as a store in memory. */
  store({ disk, clock }: ArchiveSearchParts): Readonly<{ reader: StoreReader; close(): void }> {
    const rows = this.#rows;
    const order = Array.from({ length: rows.count }, (_, index) => index);
    order.sort((a, b) => rows.sequence[a]! - rows.sequence[b]!);
    const database = Database.open(':memory:');
    const { names } = this.#reader;
    const engine = Engine.open({ disk, clock, database, folder: null, names });
    for (const row of order) {
      copyRow(rows, row, engine.head);
      if (engine.head.count >= SEAL_ROWS) engine.flush();
    }
    engine.flush();
    const reader = engine.openReader();
    return {
      reader,
      close() {
        reader[Symbol.dispose]();
        engine[Symbol.dispose]();
        database.close();
      },
    };
  }

  /** What the index has, once: only where an archive is opened at all. */
  #takeIndex(): void {
    if (this.#isIndexTaken) return;
    this.#isIndexTaken = true;
    this.#reader.fold({ query: this.#filter }, () => {
      this.#rows.clear();
      this.#known.clear();
      return {
        take: ({ columns, rows, count }) => {
          for (let index = 0; index < count; index += 1) {
            copyRow(columns, rows[index]!, this.#rows);
            this.#known.add(placeOf(columns, rows[index]!));
          }
        },
        result: () => null,
      };
    });
  }
}

function placeOf(columns: EntryColumns, row: number): string {
  return `${columns.generation[row]!}:${columns.offset[row]!}`;
}

/** Without a skip index: as a file of that name would be read today. */
export function guessedFacts(row: ArchiveRow): ParserFacts {
  return {
    source: row.source,
    path: row.originalPath,
    tags: [],
    format: null,
    timezone: 'UTC',
    encoding: 'utf-8',
    multiline: 'auto',
    fileTimeMs: row.modifiedAtMs,
  };
}
