/**
 * The writing side of the store: the head that rows are appended to, and its way into durable segments.
 *
 *     append to `head` → seal(): encode, write, sync, rename → commit(): one catalog row, in the caller's transaction
 *
 * Invariants:
 * - one writer, one thread; sealed heads are committed in the order in which they were sealed;
 * - a row is visible from the commit on, never sooner; a head that could not be written is the head again;
 * - sequence numbers grow with every row and are never given twice, through restarts and retention.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { ColumnNames, copyRow, EntryColumns } from '../model/entry-columns.ts';
import {
  type CatalogRow,
  deleteSegment,
  ENGINE_SCHEMA,
  forgetRemoved,
  insertDamage,
  insertSegment,
  noteRemoved,
  openIdentity,
  readCatalog,
  readInlineBytes,
  type StoreIdentity,
  writeIdentity,
} from './catalog.ts';
import type { Damage } from './open-segments.ts';
import { type Recovery, recover } from './recovery.ts';
import { type RetentionPolicy, segmentsToExpire } from './retention.ts';
import { segmentFile } from './segment-files.ts';
import { SEGMENT_LIMITS, type SegmentLimits } from './segment-format.ts';
import { SegmentStore } from './segment-store.ts';
import { type EncodedSegment, SegmentEncoder } from './segment-writer.ts';
import { StoreReader } from './store-reader.ts';

export type EngineOptions = Readonly<{
  disk: Disk;
  clock: Clock;
  /** Write access; the engine makes its tables. */
  database: Database;
  /** The segments folder, made if missing; null keeps all segments in the database. */
  folder: string | null;
  names?: ColumnNames;
  limits?: Partial<SegmentLimits>;
  /** Told of every segment that turns out damaged. */
  onDamage?: (damage: Damage) => void;
}>;

/** A head on its way: durable, and not visible yet. */
export type SealedHead = Readonly<{
  rowCount: number;
  maxSequence: number;
  segments: readonly SealedSegment[];
}>;

export type SealedSegment = Readonly<{ row: CatalogRow; inlineBytes: Uint8Array | null }>;

export class Engine implements Disposable {
  readonly names: ColumnNames;
  /** What the start found and did. */
  readonly recovery: Recovery;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #database: Database;
  readonly #store: SegmentStore | null;
  readonly #storeId: string;
  readonly #limits: SegmentLimits;
  readonly #encoder: SegmentEncoder;
  readonly #onDamage: ((damage: Damage) => void) | undefined;
  #head: EntryColumns;
  #spare: EntryColumns | null = null;
  #nextSegment: number;
  #committedSegment: number;
  #nextSequence: number;

  private constructor(
    options: EngineOptions,
    parts: Readonly<{ store: SegmentStore | null; identity: StoreIdentity; recovery: Recovery }>,
  ) {
    this.names = options.names ?? new ColumnNames();
    this.recovery = parts.recovery;
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#database = options.database;
    this.#store = parts.store;
    this.#onDamage = options.onDamage;
    this.#storeId = parts.identity.storeId;
    this.#nextSegment = parts.identity.nextSegment;
    this.#committedSegment = parts.identity.nextSegment - 1;
    this.#nextSequence = parts.identity.nextSequence;
    this.#head = new EntryColumns(this.names);
    this.#limits = { ...SEGMENT_LIMITS, ...options.limits };
    this.#encoder = new SegmentEncoder(this.#limits);
  }

  static open(options: EngineOptions): Engine {
    const { disk, database, folder } = options;
    database.migrate(ENGINE_SCHEMA);
    const identity = database.transaction(() => openIdentity(database));
    if (folder === null) {
      const recovery = { deleted: [], setAside: [], missing: [] };
      return new Engine(options, { store: null, identity, recovery });
    }
    disk.makeFolder(folder);
    const store = new SegmentStore(disk, folder);
    const recovery = recover(disk, store, { database, identity });
    const engine = new Engine(options, { store, identity, recovery });
    const missing = new Set(recovery.missing);
    for (const segment of readCatalog(database)) {
      if (missing.has(segment.number)) engine.setAside({ segment, reason: 'its file is missing' });
    }
    return engine;
  }

  /** Where rows are appended. Replaced by `seal`: ask for it each time. */
  get head(): EntryColumns {
    return this.#head;
  }

  /** The arrival number of the next row. Whoever numbers rows sets it to the number after the last. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  set nextSequence(sequence: number) {
    this.#nextSequence = Math.max(this.#nextSequence, sequence);
  }

  /** Whether the head makes a full segment. */
  get headIsFull(): boolean {
    const { segmentRows, segmentTextBytes } = this.#limits;
    return this.#head.count >= segmentRows || this.#head.bytesLength >= segmentTextBytes;
  }

  /** Make the head durable on this thread; null where it is empty. Where that fails, it throws and the head is as before. */
  sealNow(): SealedHead | null {
    const head = this.#head;
    if (head.count === 0) return null;
    this.#head = this.#spare ?? new EntryColumns(this.names);
    this.#spare = null;
    try {
      const sealed = this.#write(head);
      head.clear();
      this.#spare = head;
      return sealed;
    } catch (thrown) {
      this.#putBack(head);
      throw thrown;
    }
  }

  async seal(): Promise<SealedHead | null> {
    return this.sealNow();
  }

  /** Make a sealed head visible, inside the caller's transaction. */
  commit(sealed: SealedHead): void {
    this.#database.transaction(() => {
      for (const { row, inlineBytes } of sealed.segments) {
        insertSegment(this.#database, row, inlineBytes);
        this.#committedSegment = Math.max(this.#committedSegment, row.number);
      }
      this.#nextSequence = Math.max(this.#nextSequence, sealed.maxSequence + 1);
      this.#writeIdentity();
    });
  }

  /** Seal and commit: for callers that have nothing else to commit. */
  flush(): void {
    const sealed = this.sealNow();
    if (sealed !== null) this.commit(sealed);
  }

  /** Remove whole segments that the policy gives up. Returns them. */
  expire(policy: RetentionPolicy): CatalogRow[] {
    const expired = segmentsToExpire(readCatalog(this.#database), policy);
    this.#remove(expired);
    return expired;
  }

  /** Take a damaged segment out of sight: its file is moved aside, its row noted as damage. Safe to call twice. */
  setAside({ segment, reason }: Damage): void {
    const isListed = readCatalog(this.#database).some(({ number }) => number === segment.number);
    if (!isListed) return;
    if (segment.file !== null) this.#store?.setAside(segment.file);
    else this.#keepInlineBytes(segment);
    this.#database.transaction(() => {
      deleteSegment(this.#database, segment.number);
      insertDamage(this.#database, { ...segment, foundAtMs: this.#clock.nowMs(), reason });
    });
    this.#onDamage?.({ segment, reason });
  }

  /** A reader on this engine's database and names: for the same thread. */
  openReader(): StoreReader {
    return StoreReader.open({
      disk: this.#disk,
      clock: this.#clock,
      database: this.#database,
      folder: this.#store?.folder ?? null,
      names: this.names,
      onDamage: (damage) => this.setAside(damage),
    });
  }

  [Symbol.dispose](): void {
    this.#spare = null;
  }

  #write(head: EntryColumns): SealedHead {
    const segments: SealedSegment[] = [];
    let maxSequence = 0;
    for (let from = 0; from < head.count; ) {
      const until = segmentEnd(head, from, this.#limits);
      const rows = new Int32Array(until - from);
      for (let row = from; row < until; row += 1) rows[row - from] = row;
      const header = {
        storeId: this.#storeId,
        number: this.#nextSegment,
        createdAtMs: this.#clock.nowMs(),
      };
      this.#nextSegment += 1;
      const encoded = this.#encoder.encode(header, head, rows);
      try {
        segments.push(this.#place(encoded));
      } catch (thrown) {
        for (const { row } of segments) if (row.file !== null) this.#store?.remove(row.file);
        throw thrown;
      }
      maxSequence = Math.max(maxSequence, encoded.footer.maxSequence);
      from = until;
    }
    return { rowCount: head.count, maxSequence, segments };
  }

  /** Put the bytes where they will be found: a file, or the catalog row to come. */
  #place({ bytes, header, footer }: EncodedSegment): SealedSegment {
    const isInline = this.#store === null || bytes.length < this.#limits.inlineBytesMax;
    const number = header.number;
    const file = isInline ? null : segmentFile(this.#storeId, { number, maxUs: footer.maxUs });
    if (file !== null) this.#store?.write(file, bytes);
    let levels = 0;
    for (const chunk of footer.chunks) levels |= chunk.levels;
    const row: CatalogRow = {
      number,
      file,
      sizeBytes: bytes.length,
      rawBytes: footer.rawBytes,
      rowCount: footer.rowCount,
      minUs: footer.minUs,
      maxUs: footer.maxUs,
      minSequence: footer.minSequence,
      maxSequence: footer.maxSequence,
      levels,
    };
    return { row, inlineBytes: isInline ? bytes : null };
  }

  /** A head that could not be sealed is the head again, with what was appended since. */
  #putBack(head: EntryColumns): void {
    const since = this.#head;
    for (let row = 0; row < since.count; row += 1) copyRow(since, row, head);
    since.clear();
    this.#spare = since;
    this.#head = head;
  }

  #remove(rows: readonly CatalogRow[]): void {
    if (rows.length === 0) return;
    const files = rows.flatMap(({ file }) => (file === null ? [] : [file]));
    this.#database.transaction(() => {
      for (const { number } of rows) deleteSegment(this.#database, number);
      for (const file of files) noteRemoved(this.#database, file);
    });
    for (const file of files) this.#store?.remove(file);
    this.#database.transaction(() => {
      for (const file of files) forgetRemoved(this.#database, file);
    });
  }

  #keepInlineBytes(segment: CatalogRow): void {
    const bytes = readInlineBytes(this.#database, segment.number);
    const name = `${segment.number}-${this.#storeId.slice(0, 8)}.inline-segment`;
    if (bytes !== undefined) this.#store?.keepAside(name, bytes);
  }

  #writeIdentity(): void {
    writeIdentity(this.#database, {
      nextSegment: this.#committedSegment + 1,
      nextSequence: this.#nextSequence,
    });
  }
}

/** Where the segment that begins at row `from` ends. Most heads are one segment; one that ran over a little, too. */
function segmentEnd(head: EntryColumns, from: number, limits: SegmentLimits): number {
  const { segmentRows, segmentTextBytes } = limits;
  if (head.count - from <= 2 * segmentRows && head.bytesLength <= 2 * segmentTextBytes) {
    return head.count;
  }
  let textBytes = 0;
  let row = from;
  while (row < head.count && row - from < segmentRows && textBytes < segmentTextBytes) {
    textBytes += head.rawLength[row]!;
    row += 1;
  }
  return row;
}
