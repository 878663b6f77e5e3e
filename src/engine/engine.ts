/**
 * The writing side of the store: the head that rows are appended to, and its way into durable segments.
 *
 *     append to `head` → take() → seal(): encode, write, sync, rename → commit(): one catalog row, in the caller's transaction
 *
 * Invariants:
 * - one writer, one thread; a full head is sealed by a thread of its own, and rows go on into a fresh head;
 * - a row is visible from the commit on, never sooner; a head that could not be written can be tried again;
 * - a sealed head whose transaction failed is part of the next one: nothing sealed is lost while the process lives;
 * - sequence numbers grow with every row and are never given twice, through restarts and retention.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import { type Disk, systemDisk } from '../base/disk.ts';
import { META_SCHEMA, readMeta, writeMeta } from '../base/state-meta.ts';
import { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import {
  type CatalogRow,
  deleteSegment,
  ENGINE_SCHEMA,
  forgetRemoved,
  insertDamage,
  insertSegment,
  isListed,
  noteDense,
  noteRemoved,
  openIdentity,
  readCatalog,
  readDense,
  readInlineBytes,
  type StoreIdentity,
  writeIdentity,
} from './catalog.ts';
import { segmentsToMerge, segmentToDensify } from './compaction.ts';
import { Heads, type TakenHead } from './heads.ts';
import { type Damage, OpenSegments } from './open-segments.ts';
import { type Recovery, recover } from './recovery.ts';
import { EXPIRED_THROUGH_US, type RetentionPolicy, segmentsToExpire } from './retention.ts';
import { type Retiming, type RetimingResult, retimeSegments } from './retiming.ts';
import type { MergeInput, SealedSegment, SealStamp } from './seal.ts';
import { NEED, SEGMENT_LIMITS, type SegmentLimits } from './segment-format.ts';
import { NO_HOLDS, type SegmentHolds } from './segment-holds.ts';
import { SegmentStore } from './segment-store.ts';
import { StoreReader } from './store-reader.ts';
import { Thinner } from './thinning.ts';

export type EngineOptions = Readonly<{
  disk: Disk;
  clock: Clock;
  /** Write access; the engine makes its tables. */
  database: Database;
  /** The segments folder, made if missing; null keeps all segments in the database. */
  folder: string | null;
  names?: ColumnNames;
  limits?: Partial<SegmentLimits>;
  /** Seal full heads and merge on a thread. Default: where the segments are files of the real disk. */
  onThread?: boolean;
  /** Told of every segment that turns out damaged. */
  onDamage?: (damage: Damage) => void;
  /** Who else needs segments. Default: nobody. */
  holds?: SegmentHolds;
}>;

/** A head on its way: durable, and not visible yet. */
export type SealedHead = Readonly<{ rowCount: number; segments: readonly SealedSegment[] }>;

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
  readonly #heads: Heads;
  readonly #onDamage: ((damage: Damage) => void) | undefined;
  readonly #holds: SegmentHolds;
  /** Sealed, and perhaps not committed: the catalog knows. */
  #sealed: readonly SealedSegment[] = [];
  #nextSegment: number;
  /** Numbers given to segments that are not committed. */
  readonly #openNumbers = new Set<number>();
  #nextSequence: number;
  #merging = false;
  #isClosed = false;
  readonly #thinner = new Thinner();

  private constructor(
    options: EngineOptions,
    parts: Readonly<{ store: SegmentStore | null; identity: StoreIdentity; recovery: Recovery }>,
  ) {
    const { disk, clock, database, folder } = options;
    this.names = options.names ?? new ColumnNames();
    this.recovery = parts.recovery;
    this.#disk = disk;
    this.#clock = clock;
    this.#database = database;
    this.#store = parts.store;
    this.#onDamage = options.onDamage;
    this.#holds = options.holds ?? NO_HOLDS;
    this.#storeId = parts.identity.storeId;
    this.#nextSegment = parts.identity.nextSegment;
    this.#nextSequence = parts.identity.nextSequence;
    this.#limits = { ...SEGMENT_LIMITS, ...options.limits };
    const context = { storeId: this.#storeId, folder, limits: this.#limits };
    const onThread = options.onThread ?? (disk === systemDisk && folder !== null);
    this.#heads = new Heads(disk, context, { names: this.names, onThread });
  }

  static open(options: EngineOptions): Engine {
    const { disk, database, folder } = options;
    database.migrate(META_SCHEMA);
    database.migrate(ENGINE_SCHEMA);
    const kept = database.transaction(() => openIdentity(database));
    // A merged segment may have a higher number than one that was being sealed when the process ended.
    const highest = readCatalog(database).at(-1)?.number ?? 0;
    const identity = { ...kept, nextSegment: Math.max(kept.nextSegment, highest + 1) };
    if (folder === null) {
      const recovery = { deleted: [], setAside: [], missing: [] };
      return new Engine(options, { store: null, identity, recovery });
    }
    disk.makeFolder(folder);
    const store = new SegmentStore(disk, folder);
    const recovery = recover(disk, store, { database, identity: kept });
    const engine = new Engine(options, { store, identity, recovery });
    const missing = new Set(recovery.missing);
    for (const segment of readCatalog(database)) {
      if (missing.has(segment.number)) engine.setAside({ segment, reason: 'its file is missing' });
    }
    return engine;
  }

  /** Where rows are appended. Replaced by `seal`: ask for it each time. */
  get head(): EntryColumns {
    return this.#heads.head;
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
    return this.head.count >= segmentRows || this.head.bytesLength >= segmentTextBytes;
  }

  /**
   * Take the head, to be sealed; null where it is empty. Rows may be appended to the fresh head at once. Rows of `apart` get a
   * segment each, so that they can be replaced (`commit`).
   */
  take(apart: readonly number[] = []): TakenHead | null {
    return this.head.count === 0 ? null : this.#heads.take((count) => this.#stamp(count), apart);
  }

  /** Make a taken head durable. Where it fails, it throws, and the same head can be tried again. One at a time. */
  async seal(taken: TakenHead): Promise<SealedHead> {
    return this.#toCommit(await this.#heads.seal(taken));
  }

  /**
   * Take the head and make it durable, here and now; null where there is nothing to commit. Where it fails, it throws
   * and the head is as before.
   */
  sealNow(): SealedHead | null {
    const taken = this.take();
    if (taken === null) {
      const left = this.#toCommit([]);
      return left.rowCount === 0 ? null : left;
    }
    try {
      return this.#toCommit(this.#heads.sealNow(taken));
    } catch (thrown) {
      for (const index of taken.ends.keys()) this.#openNumbers.delete(taken.stamp.number + index);
      this.#heads.putBack(taken);
      throw thrown;
    }
  }

  /**
   * Make a sealed head visible, inside the caller's transaction; the segments of `replaced` go, or never come, as if their
   * entries had never been there.
   */
  commit(sealed: SealedHead, replaced: ReadonlySet<number> = new Set()): void {
    this.#database.transaction(() => {
      for (const { row, inlineBytes } of sealed.segments) {
        if (!replaced.has(row.number)) insertSegment(this.#database, row, inlineBytes);
        this.#openNumbers.delete(row.number);
        this.nextSequence = row.maxSequence + 1;
      }
      if (replaced.size > 0) this.#takeBack(sealed, replaced);
      this.#writeIdentity();
    });
  }

  /** Segments that others replace in the same transaction. Where one is a file, it is unlinked at the next start. */
  #takeBack({ segments }: SealedHead, replaced: ReadonlySet<number>): void {
    const listed = readCatalog(this.#database).filter(({ number }) => replaced.has(number));
    for (const row of listed) deleteSegment(this.#database, row.number);
    const unseen = segments.map(({ row }) => row).filter(({ number }) => replaced.has(number));
    for (const { file } of [...listed, ...unseen]) {
      if (file !== null) noteRemoved(this.#database, file);
    }
    this.#forgetSealed([...listed, ...unseen]);
  }

  /** Seal and commit: for callers that have nothing else to commit. */
  flush(): void {
    const sealed = this.sealNow();
    if (sealed !== null) this.commit(sealed);
  }

  /**
   * Merge small segments, if enough have come together; `eagerly`: any two. Returns whether it did: then there may be more.
   */
  async compact(eagerly = false): Promise<boolean> {
    const held = this.#holds.held();
    const free = readCatalog(this.#database).filter(({ number }) => !held.has(number));
    const inputs = segmentsToMerge(free, this.#limits, eagerly);
    if (inputs.length === 0) return false;
    return this.#rewrite(inputs, (withBytes, stamp) => this.#heads.merge(withBytes, stamp, null));
  }

  /**
   * Write one segment anew with dense texts, a third smaller (`dense-text.ts`), if there is one that is old enough;
   * `eagerly`: of any age. Returns whether it did: then there may be more.
   */
  async densify(eagerly = false): Promise<boolean> {
    const held = this.#holds.held();
    const free = readCatalog(this.#database).filter(({ number }) => !held.has(number));
    const dense = readDense(this.#database);
    const row = segmentToDensify(free, this.#limits, { dense, eagerly });
    if (row === null) return false;
    return this.#rewrite(
      [row],
      ([input], stamp) => this.#heads.densify(input!, stamp),
      (number) => noteDense(this.#database, number),
    );
  }

  /** Remove whole segments that the policy gives up. Returns them. */
  expire(policy: RetentionPolicy): CatalogRow[] {
    const expired = this.#holds.mayExpire(segmentsToExpire(readCatalog(this.#database), policy));
    if (expired.length === 0) return [];
    const throughUs = expired.reduce((latest, { maxUs }) => Math.max(latest, maxUs), -Infinity);
    this.#removeWith(expired, () => {
      this.#noteExpired(throughUs);
      this.#holds.removed(expired, 'retention let go of it');
    });
    return [...expired];
  }

  /**
   * Write one segment anew without the entries that the policy gives up; those of other generations than the given ones stay
   * in any case. Returns how many entries went: more than none, then there may be more.
   */
  async thin(
    policy: RetentionPolicy,
    generations: readonly number[] | null = null,
  ): Promise<number> {
    using segments = this.#openSegments((damage) => this.setAside(damage));
    const held = this.#holds.held();
    const catalog = segments.catalog().filter(({ number }) => !held.has(number));
    const found = this.#merging
      ? null
      : this.#thinner.next(segments, catalog, { policy, generations });
    if (found === null) return 0;
    const { row, dropped, rowCount } = found;
    if (rowCount < row.rowCount) {
      const isDone = await this.#rewrite(
        [row],
        (inputs, stamp) => this.#heads.merge(inputs, stamp, dropped),
        () => this.#noteExpired(row.maxUs),
      );
      return isDone ? rowCount : 0;
    }
    this.#removeWith([row], () => {
      this.#noteExpired(row.maxUs);
      this.#holds.removed([row], 'retention let go of it');
    });
    return rowCount;
  }

  /**
   * Give entries other times, all of them in one transaction with `besides`, or none. Without `besides` only what would change is
   * counted. For a store that nobody else writes to meanwhile.
   */
  async retime(retiming: Retiming, besides: (() => void) | null): Promise<RetimingResult> {
    using segments = this.#openSegments((damage) => this.setAside(damage));
    const done = await retimeSegments(segments, retiming, (row) => {
      const stamp = besides === null ? null : this.#stamp(1);
      try {
        return this.#heads.retime(this.#withBytes(row), stamp, retiming);
      } catch (thrown) {
        if (!this.#setDamagedAside([row])) throw thrown;
        return null;
      }
    });
    if (besides !== null) {
      const replaced = done.segments.map(({ row }) => row);
      this.#removeWith(replaced, () => {
        for (const { sealed } of done.segments) {
          if (sealed !== null) insertSegment(this.#database, sealed.row, sealed.inlineBytes);
        }
        this.#openNumbers.clear();
        this.#writeIdentity();
        // What left the index had the wrong time as well.
        const expiredUs = readMeta(this.#database, EXPIRED_THROUGH_US);
        if (expiredUs !== null) this.#noteExpired(expiredUs + Math.max(0, done.shiftUsMax));
        besides();
      });
    }
    return { segmentCount: done.segments.length, entryCount: done.entryCount };
  }

  /** Take a damaged segment out of sight: its file is moved aside, its row noted as damage. Safe to call twice. */
  setAside({ segment, reason }: Damage): void {
    if (!isListed(this.#database, segment.number)) return;
    if (segment.file !== null) this.#store?.setAside(segment.file);
    else this.#keepInlineBytes(segment);
    this.#forgetSealed([segment]);
    this.#database.transaction(() => {
      deleteSegment(this.#database, segment.number);
      insertDamage(this.#database, { ...segment, foundAtMs: this.#clock.nowMs(), reason });
      this.#holds.removed([segment], `it is damaged: ${reason}`);
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

  /** The entry of a segment that holds one, in row 0; null where it is gone or damaged. */
  onlyEntryOf(number: number): EntryColumns | null {
    const row = readCatalog(this.#database).find((segment) => segment.number === number);
    if (row === undefined) return null;
    using segments = this.#openSegments((damage) => this.setAside(damage), this.names);
    const reader = segments.open(row);
    if (reader === null) return null;
    return segments.guard(row, () => {
      const columns = new EntryColumns(this.names);
      reader.readRows(0, columns, NEED.ALL);
      reader.readTexts(0, columns);
      return columns;
    });
  }

  /** What a burst of rows left in memory. The head must be empty and none be taken. Returns bytes. */
  letGo(): number {
    return this.#heads.letGo();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#heads[Symbol.dispose]();
  }

  /** Numbers for so many segments. */
  #stamp(count: number): SealStamp {
    const number = this.#nextSegment;
    this.#nextSegment += count;
    for (let given = number; given < this.#nextSegment; given += 1) this.#openNumbers.add(given);
    return { number, nowMs: this.#clock.nowMs() };
  }

  /** Segments that the catalog lists are committed, so that they are not taken for uncommitted when it does so no more. */
  #forgetSealed(listed: readonly CatalogRow[]): void {
    const numbers = new Set(listed.map(({ number }) => number));
    this.#sealed = this.#sealed.filter(({ row }) => !numbers.has(row.number));
  }

  /** What was just sealed, and what was sealed before and never committed. */
  #toCommit(sealed: readonly SealedSegment[]): SealedHead {
    const left = this.#sealed.filter(({ row }) => !isListed(this.#database, row.number));
    this.#sealed = [...left, ...sealed];
    const rowCount = this.#sealed.reduce((sum, { row }) => sum + row.rowCount, 0);
    return { rowCount, segments: this.#sealed };
  }

  /** One segment in the place of others. `besides` is part of the transaction. False where nothing came of it. */
  async #rewrite(
    rows: readonly CatalogRow[],
    write: (inputs: MergeInput[], stamp: SealStamp) => SealedSegment | Promise<SealedSegment>,
    besides: (number: number) => void = () => {},
  ): Promise<boolean> {
    if (this.#merging) return false;
    this.#merging = true;
    const stamp = this.#stamp(1);
    try {
      const inputs = rows.map((row) => this.#withBytes(row));
      const written = await write(inputs, stamp);
      return this.#replace(rows, written, () => besides(written.row.number));
    } catch (thrown) {
      // Its thread ended with the engine: nothing is wrong with the segments.
      if (this.#isClosed) return false;
      if (!this.#setDamagedAside(rows)) throw thrown;
      return true;
    } finally {
      this.#openNumbers.delete(stamp.number);
      this.#merging = false;
    }
  }

  #withBytes(row: CatalogRow): MergeInput {
    const isInline = row.file === null;
    return {
      row,
      inlineBytes: isInline ? (readInlineBytes(this.#database, row.number) ?? null) : null,
    };
  }

  /** Put a merged segment in the place of its inputs; false where one of them is gone meanwhile. */
  #replace(
    inputs: readonly CatalogRow[],
    merged: SealedSegment,
    besides: () => void = () => {},
  ): boolean {
    const { row, inlineBytes } = merged;
    if (!inputs.every(({ number }) => isListed(this.#database, number))) {
      if (row.file !== null) this.#store?.remove(row.file);
      return false;
    }
    this.#removeWith(inputs, () => {
      insertSegment(this.#database, row, inlineBytes);
      this.#openNumbers.delete(row.number);
      this.#writeIdentity();
      besides();
    });
    return true;
  }

  /** Entries up to here may be missing from now on. */
  #noteExpired(throughUs: number): void {
    const before = readMeta(this.#database, EXPIRED_THROUGH_US) ?? -Infinity;
    writeMeta(this.#database, EXPIRED_THROUGH_US, Math.max(before, throughUs));
  }

  /** Remove segments in one transaction with `change`; their files go when it is durable. */
  #removeWith(rows: readonly CatalogRow[], change: () => void = () => {}): void {
    const files = rows.flatMap(({ file }) => (file === null ? [] : [file]));
    this.#forgetSealed(rows);
    this.#database.transaction(() => {
      for (const { number } of rows) deleteSegment(this.#database, number);
      for (const file of files) noteRemoved(this.#database, file);
      change();
    });
    if (files.length === 0) return;
    this.#store?.removeDurably(files);
    this.#database.transaction(() => {
      for (const file of files) forgetRemoved(this.#database, file);
    });
  }

  /** Whether any of these segments is damaged; those that are, are set aside. */
  #setDamagedAside(rows: readonly CatalogRow[]): boolean {
    let found = false;
    using segments = this.#openSegments((damage) => {
      found = true;
      this.setAside(damage);
    });
    for (const row of rows) {
      const reader = segments.open(row);
      if (reader !== null) segments.guard(row, () => reader.verify());
    }
    return found;
  }

  #openSegments(
    onDamage: (damage: Damage) => void,
    names: ColumnNames = new ColumnNames(),
  ): OpenSegments {
    return new OpenSegments({
      disk: this.#disk,
      database: this.#database,
      folder: this.#store?.folder ?? null,
      names,
      onDamage,
    });
  }

  #keepInlineBytes(segment: CatalogRow): void {
    const bytes = readInlineBytes(this.#database, segment.number);
    const name = `${segment.number}-${this.#storeId.slice(0, 8)}.inline-segment`;
    if (bytes !== undefined) this.#store?.keepAside(name, bytes);
  }

  /** A segment file from this number on that the catalog does not list was never committed. */
  #writeIdentity(): void {
    writeIdentity(this.#database, {
      nextSegment: Math.min(this.#nextSegment, ...this.#openNumbers),
      nextSequence: this.#nextSequence,
    });
  }
}
