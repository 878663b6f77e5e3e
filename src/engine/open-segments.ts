/**
 * Opens segments for reading and remembers what is wrong with them.
 *
 * - A segment that was removed meanwhile (retention, compaction) throws `SegmentGone`: the caller reads the catalog anew.
 * - A damaged one is reported once and left out from then on; the rest keeps answering.
 * - A segment whose words rule it out is not opened: its word index is asked, where the catalog says it is. What is wrong
 *   with that is found when the segment is opened then.
 * - Readers are kept for the next query, at most `OPEN_MAX` of them: a footer costs more to read than to keep. Those of
 *   segments that are no longer listed are closed with the next look at the catalog: an open file keeps its disk space.
 */
import { join } from 'node:path';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import type { ColumnNames } from '../model/entry-columns.ts';
import { Malformed } from './byte-reader.ts';
import { BufferSource, type ByteSource, FileSource } from './byte-source.ts';
import {
  type BytesPlace,
  type CatalogRow,
  hasWordPlaces,
  isListed,
  readCatalog,
  readInlineBytes,
} from './catalog.ts';
import type { WordScreen } from './prune.ts';
import { ScoutThread } from './scout-thread.ts';
import { openReadTools, SegmentReader } from './segment-reader.ts';
import { WordIndexReader } from './word-index-reader.ts';

/** Open files of one reader: 60 million entries. Where more segments are read in turn, each is opened anew. */
const OPEN_MAX = 1024;

/** Columns kept as they are stored, of all readers: those of some 20 full segments, the newest million lines, or of 70 where only time is looked at. */
const COLUMN_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Readers whose footer and span classes stay described, 40 KB each: 33 million entries, 20 MB. To describe one anew takes
 * several times as long as to read a chunk's details, up to 0.35 ms on a slow machine.
 */
const DESCRIBED_MAX = 512;

export class SegmentGone extends Error {
  override name = 'SegmentGone';
}

export type Damage = Readonly<{ segment: CatalogRow; reason: string }>;

export type OpenSegmentsOptions = Readonly<{
  disk: Disk;
  database: Database;
  /** The segments folder; null where all segments are in the database. */
  folder: string | null;
  names: ColumnNames;
  onDamage?: ((damage: Damage) => void) | undefined;
  /** Scans that have read so much text get a second thread (`lookahead.ts`). */
  scoutAfterBytes?: number | undefined;
}>;

/** A file of which only the word index is open. */
type Peeked = Readonly<{ source: ByteSource; index: WordIndexReader }>;

export class OpenSegments implements Disposable {
  readonly names: ColumnNames;
  readonly #disk: Disk;
  readonly #database: Database;
  readonly #folder: string | null;
  readonly #onDamage: ((damage: Damage) => void) | undefined;
  readonly #tools = openReadTools();
  #hasWordPlaces = false;
  /** In order of use, the latest last. */
  readonly #readers = new Map<number, SegmentReader>();
  /** In order of opening. */
  readonly #peeked = new Map<number, Peeked>();
  /** Bytes of columns that each was seen to keep, in order of use, the latest last. */
  readonly #decoded = new Map<SegmentReader, number>();
  #columnBytes = 0;
  /** In order of use, the latest last. */
  readonly #described = new Set<SegmentReader>();
  /** When a scan gets a scout. It reads files, so there is none where all is in the database. */
  readonly scoutAfterBytes: number;
  #scout: ScoutThread | null = null;
  readonly #damaged = new Map<number, Damage>();

  constructor(options: OpenSegmentsOptions) {
    this.names = options.names;
    this.#disk = options.disk;
    this.#database = options.database;
    this.#folder = options.folder;
    this.#onDamage = options.onDamage;
    const { folder, scoutAfterBytes = Number.POSITIVE_INFINITY } = options;
    this.scoutAfterBytes = folder === null ? Number.POSITIVE_INFINITY : scoutAfterBytes;
  }

  /** Started when it is first wanted, kept for the next question. */
  scout(): ScoutThread {
    this.#scout ??= new ScoutThread(this.names.machine);
    return this.#scout;
  }

  get hasScout(): boolean {
    return this.#scout !== null;
  }

  /** Null for a segment that is in the database. */
  pathOf({ file }: CatalogRow): string | null {
    return file === null ? null : join(this.#folder ?? '', file);
  }

  /** The visible segments that are not known to be damaged. */
  catalog(): CatalogRow[] {
    // Until it has: a daemon that starts meanwhile brings the tables up to date.
    this.#hasWordPlaces ||= hasWordPlaces(this.#database);
    const rows = readCatalog(this.#database, { withWords: this.#hasWordPlaces });
    this.#closeUnlisted(rows);
    return this.#damaged.size === 0 ? rows : rows.filter((row) => !this.#damaged.has(row.number));
  }

  get damaged(): readonly Damage[] {
    return [...this.#damaged.values()];
  }

  /** The reader of a segment, kept here; null where it is damaged. */
  open(row: CatalogRow): SegmentReader | null {
    if (this.#damaged.has(row.number)) return null;
    const known = this.#readers.get(row.number);
    if (known !== undefined) {
      this.#readers.delete(row.number);
      this.#readers.set(row.number, known);
      this.#useLately(known);
      return known;
    }
    const reader = this.guard(row, () => {
      const peeked = this.#peeked.get(row.number);
      this.#peeked.delete(row.number);
      const source = peeked?.source ?? this.#source(row);
      const opened = SegmentReader.open(source, this.names, this.#tools, peeked?.index);
      if (opened.header.number !== row.number || opened.rowCount !== row.rowCount) {
        opened[Symbol.dispose]();
        throw new Malformed('it is another segment than the catalog says');
      }
      return opened;
    });
    if (reader === null) return null;
    this.#readers.set(row.number, reader);
    this.#keepWithin();
    this.#useLately(reader);
    return reader;
  }

  /** False: its words say that nothing in it can match. True for one that is open: whoever reads it asks the same of it. */
  mayHold(row: CatalogRow, screen: WordScreen): boolean {
    if (row.words === null || this.#readers.has(row.number)) return true;
    try {
      const peeked = this.#peeked.get(row.number) ?? this.#peek(row, row.words);
      return screen(peeked.index);
    } catch (thrown) {
      if (thrown instanceof Malformed || isReadFailure(thrown)) return true;
      throw thrown;
    }
  }

  /** Run a read of a segment; damage is taken note of and gives null. */
  guard<T>(row: CatalogRow, read: () => T): T | null {
    if (this.#damaged.has(row.number)) return null;
    try {
      return read();
    } catch (thrown) {
      if (!(thrown instanceof Malformed) && !isReadFailure(thrown)) throw thrown;
      this.#setAside(row, messageOf(thrown));
      return null;
    }
  }

  [Symbol.dispose](): void {
    this.#scout?.[Symbol.dispose]();
    this.#scout = null;
    for (const reader of this.#readers.values()) reader[Symbol.dispose]();
    for (const { source } of this.#peeked.values()) source[Symbol.dispose]();
    this.#readers.clear();
    this.#peeked.clear();
  }

  #peek(row: CatalogRow, words: BytesPlace): Peeked {
    const source = this.#source(row);
    try {
      const peeked = { source, index: WordIndexReader.open(source, words) };
      this.#peeked.set(row.number, peeked);
      this.#keepWithin();
      return peeked;
    } catch (thrown) {
      source[Symbol.dispose]();
      throw thrown;
    }
  }

  #source(row: CatalogRow): ByteSource {
    const path = this.pathOf(row);
    if (path === null) {
      const bytes = readInlineBytes(this.#database, row.number);
      if (bytes === undefined) throw new SegmentGone();
      return new BufferSource(bytes);
    }
    try {
      return FileSource.open(this.#disk, path);
    } catch (thrown) {
      if (systemCodeOf(thrown) !== 'ENOENT') throw thrown;
      if (!isListed(this.#database, row.number)) throw new SegmentGone();
      throw new Malformed('its file is missing');
    }
  }

  #setAside(row: CatalogRow, reason: string): void {
    const damage = { segment: row, reason };
    this.#damaged.set(row.number, damage);
    this.#close(row.number);
    this.#onDamage?.(damage);
  }

  #useLately(reader: SegmentReader): void {
    this.#described.delete(reader);
    this.#described.add(reader);
    const [longestAgo] = this.#described;
    if (this.#described.size > DESCRIBED_MAX && longestAgo !== undefined) {
      this.#described.delete(longestAgo);
      longestAgo.dropDescriptions();
    }
    this.#forgetColumns(reader);
    this.#decoded.set(reader, reader.columnBytes);
    this.#columnBytes += reader.columnBytes;
    if (this.#columnBytes <= COLUMN_BYTES_MAX) return;
    for (const oldest of this.#decoded.keys()) {
      if (oldest === reader || this.#columnBytes <= COLUMN_BYTES_MAX) return;
      this.#forgetColumns(oldest);
      oldest.dropColumns();
    }
  }

  #forgetColumns(reader: SegmentReader): void {
    this.#columnBytes -= this.#decoded.get(reader) ?? 0;
    this.#decoded.delete(reader);
  }

  #close(number: number): void {
    this.#peeked.get(number)?.source[Symbol.dispose]();
    this.#peeked.delete(number);
    const reader = this.#readers.get(number);
    if (reader === undefined) return;
    this.#forgetColumns(reader);
    this.#described.delete(reader);
    reader[Symbol.dispose]();
    this.#readers.delete(number);
  }

  /** A query under way that still wants one of them finds it gone, and goes on with the present catalog. */
  #closeUnlisted(rows: readonly CatalogRow[]): void {
    if (this.#readers.size + this.#peeked.size === 0) return;
    const listed = new Set(rows.map(({ number }) => number));
    for (const number of [...this.#readers.keys(), ...this.#peeked.keys()]) {
      if (!listed.has(number)) this.#close(number);
    }
  }

  /**
   * Close what costs least to open again: a file of which only the words were asked, else the reader used longest ago.
   * What was opened last is in use.
   */
  #keepWithin(): void {
    if (this.#readers.size + this.#peeked.size <= OPEN_MAX) return;
    const [oldest] = this.#peeked.size > 1 ? this.#peeked.keys() : this.#readers.keys();
    if (oldest !== undefined) this.#close(oldest);
  }
}

/** A sector that cannot be read is damage like any other. */
function isReadFailure(thrown: unknown): boolean {
  return systemCodeOf(thrown) === 'EIO';
}
