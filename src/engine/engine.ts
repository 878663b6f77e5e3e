/**
 * The writing side of the store: the head that rows are appended to, and its way into durable segments.
 *
 *     append to `head` → take() → seal(): encode, write, sync, rename → commit(): one catalog row, in the caller's transaction
 *
 * What becomes of segments later is in `segment-upkeep.ts`; numbers are given in `store-numbers.ts`, what was sealed is kept in
 * `sealed-segments.ts` until it is committed.
 *
 * Invariants:
 * - one writer, one thread; a full head is sealed by a thread of its own, and rows go on into a fresh head;
 * - a row is visible from the commit on, never sooner; a head that could not be written can be tried again.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import { type Disk, systemDisk } from '../base/disk.ts';
import { META_SCHEMA } from '../base/state-meta.ts';
import { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import {
  type CatalogRow,
  deleteSegment,
  ENGINE_SCHEMA,
  insertSegment,
  noteRemoved,
  openIdentity,
  readCatalog,
  type StoreIdentity,
} from './catalog.ts';
import { Heads, type TakenHead } from './heads.ts';
import { ListedSegments } from './listed-segments.ts';
import type { Sealing } from './meanwhile-sealer.ts';
import type { Damage } from './open-segments.ts';
import { type Recovery, recover } from './recovery.ts';
import type { RetentionPolicy } from './retention.ts';
import type { Retiming, RetimingResult } from './retiming.ts';
import type { SealedSegment } from './seal.ts';
import { type SealedHead, SealedSegments } from './sealed-segments.ts';
import { NEED, SEGMENT_LIMITS, type SegmentLimits } from './segment-format.ts';
import { NO_HOLDS, type SegmentHolds } from './segment-holds.ts';
import { SegmentStore } from './segment-store.ts';
import { SegmentUpkeep } from './segment-upkeep.ts';
import { StoreNumbers } from './store-numbers.ts';
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
  /** Seal full heads and merge on a thread. Default: where the segments are files of the real disk. */
  onThread?: boolean;
  /** Told of every segment that turns out damaged, inside the transaction that records it. */
  onDamage?: (damage: Damage) => void;
  /** Who else needs segments. Default: nobody. */
  holds?: SegmentHolds;
}>;

export class Engine implements Disposable {
  readonly names: ColumnNames;
  /** What the start found and did. */
  readonly recovery: Recovery;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #database: Database;
  readonly #folder: string | null;
  readonly #limits: SegmentLimits;
  readonly #heads: Heads;
  readonly #numbers: StoreNumbers;
  readonly #sealed: SealedSegments;
  readonly #listed: ListedSegments;
  readonly #upkeep: SegmentUpkeep;

  private constructor(
    options: EngineOptions,
    parts: Readonly<{ store: SegmentStore | null; identity: StoreIdentity; recovery: Recovery }>,
  ) {
    const { disk, clock, database, folder, holds = NO_HOLDS, onDamage } = options;
    const { store, identity } = parts;
    const { storeId } = identity;
    const limits = { ...SEGMENT_LIMITS, ...options.limits };
    const onThread = options.onThread ?? (disk === systemDisk && folder !== null);
    this.names = options.names ?? new ColumnNames();
    this.recovery = parts.recovery;
    this.#disk = disk;
    this.#clock = clock;
    this.#database = database;
    this.#folder = folder;
    this.#limits = limits;
    this.#heads = new Heads(disk, { storeId, folder, limits }, { names: this.names, onThread });
    this.#numbers = new StoreNumbers(clock, database, identity);
    this.#sealed = new SealedSegments(database);
    this.#listed = new ListedSegments({
      ...{ disk, clock, database, store, storeId, holds, onDamage },
      sealed: this.#sealed,
    });
    this.#upkeep = new SegmentUpkeep({
      ...{ database, limits, holds },
      listed: this.#listed,
      numbers: this.#numbers,
      heads: this.#heads,
    });
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
    return this.#numbers.nextSequence;
  }

  set nextSequence(sequence: number) {
    this.#numbers.nextSequence = sequence;
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
    return this.head.count === 0
      ? null
      : this.#heads.take((count) => this.#numbers.stamp(count), apart);
  }

  /** Do a little of what sealing the head will need, while its thread is busy; false where nothing is left to do. */
  prepare(): boolean {
    return this.#heads.prepare();
  }

  /**
   * Begin to make a taken head durable; a small one is when this returns. Where it fails, begin again with the same head. Others may
   * begin meanwhile, and be durable before it; they are committed (`toCommit`) in the order in which they were taken.
   */
  beginSeal(taken: TakenHead): Sealing {
    return this.#heads.beginSeal(taken);
  }

  /** What is durable of a head, to be committed next. */
  toCommit(durable: readonly SealedSegment[]): SealedHead {
    return this.#sealed.toCommit(durable);
  }

  /** Make a taken head durable. Where it fails, it throws, and the same head can be tried again. One at a time. */
  async seal(taken: TakenHead): Promise<SealedHead> {
    return this.toCommit(await this.beginSeal(taken).durable);
  }

  /**
   * Take the head and make it durable, here and now; null where there is nothing to commit. Where it fails, it throws
   * and the head is as before.
   */
  sealNow(): SealedHead | null {
    const taken = this.take();
    if (taken === null) {
      const left = this.#sealed.toCommit([]);
      return left.rowCount === 0 ? null : left;
    }
    try {
      return this.#sealed.toCommit(this.#heads.sealNow(taken));
    } catch (thrown) {
      for (const index of taken.ends.keys()) this.#numbers.close(taken.stamp.number + index);
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
        this.#numbers.close(row.number);
        this.nextSequence = row.maxSequence + 1;
      }
      if (replaced.size > 0) this.#takeBack(sealed, replaced);
      this.#numbers.write();
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
    this.#sealed.forget([...listed, ...unseen]);
  }

  /** Seal and commit: for callers that have nothing else to commit. */
  flush(): void {
    const sealed = this.sealNow();
    if (sealed !== null) this.commit(sealed);
  }

  /**
   * Merge small segments, if enough have come together; `eagerly`: any two. Returns whether it did: then there may be more.
   */
  compact(eagerly = false): Promise<boolean> {
    return this.#upkeep.compact(eagerly);
  }

  /**
   * Write one segment anew with dense texts, a third smaller (`dense-text.ts`), if there is one that is old enough;
   * `eagerly`: of any age. Returns whether it did: then there may be more.
   */
  densify(eagerly = false): Promise<boolean> {
    return this.#upkeep.densify(eagerly);
  }

  /** Remove whole segments that the policy gives up. Returns them. */
  expire(policy: RetentionPolicy): CatalogRow[] {
    return this.#upkeep.expire(policy);
  }

  /**
   * Write one segment anew without the entries that the policy gives up; those of other generations than the given ones stay
   * in any case. Returns how many entries went: more than none, then there may be more.
   */
  thin(policy: RetentionPolicy, generations: readonly number[] | null = null): Promise<number> {
    return this.#upkeep.thin(policy, generations);
  }

  /**
   * Give entries other times, all of them in one transaction with `besides`, or none. Without `besides` only what would change is
   * counted. For a store that nobody else writes to meanwhile.
   */
  retime(retiming: Retiming, besides: (() => void) | null): Promise<RetimingResult> {
    return this.#upkeep.retime(retiming, besides);
  }

  /** Take a damaged segment out of sight: its file is moved aside, its row noted as damage. Safe to call twice. */
  setAside(damage: Damage): void {
    this.#listed.setAside(damage);
  }

  /** What a reader elsewhere found damaged is set aside, where it is read here and is. */
  setDamagedAside(number: number): void {
    const rows = readCatalog(this.#database).filter((segment) => segment.number === number);
    this.#listed.setDamagedAside(rows);
  }

  /** A reader on this engine's database and names: for the same thread. */
  openReader(): StoreReader {
    return StoreReader.open({
      disk: this.#disk,
      clock: this.#clock,
      database: this.#database,
      folder: this.#folder,
      names: this.names,
      onDamage: (damage) => this.setAside(damage),
    });
  }

  /** The entry of a segment that holds one, in row 0; null where it is gone or damaged. */
  onlyEntryOf(number: number): EntryColumns | null {
    const row = readCatalog(this.#database).find((segment) => segment.number === number);
    if (row === undefined) return null;
    using segments = this.#listed.open(this.names);
    const reader = segments.open(row);
    if (reader === null) return null;
    return segments.guard(row, () => {
      const columns = new EntryColumns(this.names);
      reader.readRows(0, columns, NEED.ALL);
      reader.readTexts(0, columns);
      return columns;
    });
  }

  /** Call it now and then: a sealing thread of which nothing was asked since the last call ends, until there is something. */
  restThread(): void {
    this.#heads.restThread();
  }

  /** What a burst of rows left in memory. The head must be empty and none be taken. Returns bytes. */
  letGo(): number {
    return this.#heads.letGo();
  }

  [Symbol.dispose](): void {
    this.#upkeep[Symbol.dispose]();
    this.#heads[Symbol.dispose]();
  }
}
