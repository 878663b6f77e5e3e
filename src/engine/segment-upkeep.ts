/**
 * What becomes of segments that are there: merged, made dense, thinned out, given other times, or let go of.
 *
 * Which ones is decided in `compaction.ts`, `retention.ts`, `thinning.ts` and `retiming.ts`; here they are written anew and put in
 * the place of the old ones.
 *
 * Invariants:
 * - one is merged, made dense or thinned out at a time, and none that somebody holds;
 * - a new segment and the end of the old ones are one transaction: an entry is there once, whenever somebody looks;
 * - what a damaged segment makes fail is not tried for ever: that one is set aside.
 */
import type { Database } from '../base/database.ts';
import { readMeta, writeMeta } from '../base/state-meta.ts';
import { type CatalogRow, insertSegment, noteDense, readCatalog, readDense } from './catalog.ts';
import { segmentsToMerge, segmentToDensify } from './compaction.ts';
import type { Heads } from './heads.ts';
import type { ListedSegments } from './listed-segments.ts';
import { EXPIRED_THROUGH_US, type RetentionPolicy, segmentsToExpire } from './retention.ts';
import { type Retiming, type RetimingResult, retimeSegments } from './retiming.ts';
import type { MergeInput, SealedSegment, SealStamp } from './seal.ts';
import type { SegmentLimits } from './segment-format.ts';
import type { SegmentHolds } from './segment-holds.ts';
import type { StoreNumbers } from './store-numbers.ts';
import { Thinner } from './thinning.ts';

export type SegmentUpkeepParts = Readonly<{
  database: Database;
  limits: SegmentLimits;
  listed: ListedSegments;
  numbers: StoreNumbers;
  holds: SegmentHolds;
  /** Who writes segments. */
  heads: Heads;
}>;

export class SegmentUpkeep implements Disposable {
  readonly #database: Database;
  readonly #limits: SegmentLimits;
  readonly #listed: ListedSegments;
  readonly #numbers: StoreNumbers;
  readonly #holds: SegmentHolds;
  readonly #heads: Heads;
  readonly #thinner = new Thinner();
  #isWriting = false;
  #isClosed = false;

  constructor(parts: SegmentUpkeepParts) {
    this.#database = parts.database;
    this.#limits = parts.limits;
    this.#listed = parts.listed;
    this.#numbers = parts.numbers;
    this.#holds = parts.holds;
    this.#heads = parts.heads;
  }

  /** One merge; false: there is nothing to merge. */
  async compact(eagerly: boolean): Promise<boolean> {
    const inputs = segmentsToMerge(this.#free(), this.#limits, eagerly);
    if (inputs.length === 0) return false;
    return this.#rewrite(inputs, (withBytes, stamp) => this.#heads.merge(withBytes, stamp, null));
  }

  /** One segment; false: there is none to make dense. */
  async densify(eagerly: boolean): Promise<boolean> {
    const free = this.#free();
    const dense = readDense(this.#database);
    const row = segmentToDensify(free, this.#limits, { dense, eagerly });
    if (row === null) return false;
    return this.#rewrite(
      [row],
      ([input], stamp) => this.#heads.densify(input!, stamp),
      (number) => noteDense(this.#database, number),
    );
  }

  /** Whole segments; those that went. */
  expire(policy: RetentionPolicy): CatalogRow[] {
    const expired = this.#holds.mayExpire(segmentsToExpire(readCatalog(this.#database), policy));
    if (expired.length === 0) return [];
    const throughUs = expired.reduce((latest, { maxUs }) => Math.max(latest, maxUs), -Infinity);
    this.#letGo(expired, throughUs);
    return [...expired];
  }

  /** One segment, which goes as a whole where nothing of it is left; how many entries went. */
  async thin(policy: RetentionPolicy, generations: readonly number[] | null): Promise<number> {
    using segments = this.#listed.open();
    const held = this.#holds.held();
    const catalog = segments.catalog().filter(({ number }) => !held.has(number));
    const found = this.#isWriting
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
    this.#letGo([row], row.maxUs);
    return rowCount;
  }

  /** All segments that change, in one transaction with `besides`; null: nothing is written. */
  async retime(retiming: Retiming, besides: (() => void) | null): Promise<RetimingResult> {
    using segments = this.#listed.open();
    const done = await retimeSegments(segments, retiming, (row) => {
      const stamp = besides === null ? null : this.#numbers.stamp(1);
      try {
        return this.#heads.retime(this.#listed.inputOf(row), stamp, retiming);
      } catch (thrown) {
        if (!this.#listed.setDamagedAside([row])) throw thrown;
        return null;
      }
    });
    if (besides !== null) {
      const replaced = done.segments.map(({ row }) => row);
      this.#listed.remove(replaced, () => {
        for (const { sealed } of done.segments) {
          if (sealed !== null) insertSegment(this.#database, sealed.row, sealed.inlineBytes);
        }
        this.#numbers.closeAll();
        this.#numbers.write();
        // What left the index had the wrong time as well.
        const expiredUs = readMeta(this.#database, EXPIRED_THROUGH_US);
        if (expiredUs !== null) this.#noteExpired(expiredUs + Math.max(0, done.shiftUsMax));
        besides();
      });
    }
    return { segmentCount: done.segments.length, entryCount: done.entryCount };
  }

  /** What is being written comes to nothing: its thread ends. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
  }

  /** Segments that nobody holds. */
  #free(): CatalogRow[] {
    const held = this.#holds.held();
    return readCatalog(this.#database).filter(({ number }) => !held.has(number));
  }

  /** One segment in the place of others. `besides` is part of the transaction. False where nothing came of it. */
  async #rewrite(
    rows: readonly CatalogRow[],
    write: (inputs: MergeInput[], stamp: SealStamp) => SealedSegment | Promise<SealedSegment>,
    besides: (number: number) => void = () => {},
  ): Promise<boolean> {
    if (this.#isWriting) return false;
    this.#isWriting = true;
    const stamp = this.#numbers.stamp(1);
    try {
      const inputs = rows.map((row) => this.#listed.inputOf(row));
      const written = await write(inputs, stamp);
      const { number } = written.row;
      return this.#listed.replace(rows, written, () => {
        this.#numbers.close(number);
        this.#numbers.write();
        besides(number);
      });
    } catch (thrown) {
      // Its thread ended with the engine: nothing is wrong with the segments.
      if (this.#isClosed) return false;
      if (!this.#listed.setDamagedAside(rows)) throw thrown;
      return true;
    } finally {
      this.#numbers.close(stamp.number);
      this.#isWriting = false;
    }
  }

  /** Segments without anything that the policy keeps. */
  #letGo(rows: readonly CatalogRow[], throughUs: number): void {
    this.#listed.remove(rows, () => {
      this.#noteExpired(throughUs);
      this.#holds.removed(rows, 'retention let go of it');
    });
  }

  /** Entries up to here may be missing from now on. */
  #noteExpired(throughUs: number): void {
    const before = readMeta(this.#database, EXPIRED_THROUGH_US) ?? -Infinity;
    writeMeta(this.#database, EXPIRED_THROUGH_US, Math.max(before, throughUs));
  }
}
