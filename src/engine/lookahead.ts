/**
 * Which rows of the segments to come match, found out by two threads: the one that scans, and a scout (`scout-thread.ts`).
 *
 * A scan asks for one segment after the other. Null: it looks there itself, as it would without a scout. Once it has read
 * so much text that a thread is worth it, the scout takes segments that lie ahead. Where the scan comes to one that the scout
 * is not done with, it does not sleep: it takes another ahead, in the same way. So both work until the end, each segment is
 * looked at once, and what is given comes in the order of the scan.
 *
 * A scout that does not answer is not waited for. Answers are the same with and without one.
 */
import type { CatalogRow } from './catalog.ts';
import type { FilterParts } from './filter-parts.ts';
import type { ChunkFilter } from './filtered-chunk.ts';
import { type FoundRows, findRows } from './found-rows.ts';
import type { OpenSegments } from './open-segments.ts';
import type { Pruner } from './prune.ts';
import { AHEAD_MAX, CELL, cellsFor, claim, type ScoutThread } from './scout-thread.ts';
import type { StopCheck } from './search-request.ts';

export type LookaheadPlan = Readonly<{
  segments: OpenSegments;
  parts: FilterParts;
  prune: Pruner;
  stop: StopCheck;
}>;

/** For `scoutAfterBytes`: some 20 ms of work. Starting a thread takes 50. */
export const SCOUT_AFTER_BYTES = 16 * 1024 * 1024;
/** The same where the thread is there already: what it takes to tell it, a hundred times over. */
const RUNNING_SCOUT_AFTER_BYTES = 1024 * 1024;
/** Where texts of matches are read again, at most one chunk in so many may hold one. */
const CHUNKS_PER_MATCHING_MIN = 4;
/** How long this side sleeps before it looks at its deadline, and how often before it goes on alone. */
const WAIT_MS = 20;
const WAITS_MAX = 100;

/** A scout at work on the segments to come. */
type Engaged = Readonly<{
  scout: ScoutThread;
  id: number;
  rows: readonly CatalogRow[];
  /** By number of the segment. */
  places: ReadonlyMap<number, number>;
  cells: Int32Array;
}>;

/** `rows` gives them in the order of the scan, `filter` is the scan's. `readsTexts`: of matches it needs the text as well. */
export type LookaheadScan = Readonly<{
  rows: () => readonly CatalogRow[];
  filter: ChunkFilter;
  readsTexts: boolean;
}>;

export class Lookahead implements Disposable {
  readonly #plan: LookaheadPlan;
  readonly #scan: LookaheadScan;
  #engaged: Engaged | null = null;
  #isAlone: boolean;
  /** By place: what was found ahead and not asked for yet. */
  readonly #found = new Map<number, FoundRows | null>();

  constructor(plan: LookaheadPlan, scan: LookaheadScan) {
    this.#plan = plan;
    this.#scan = scan;
    const { segments, parts } = plan;
    this.#isAlone = segments.scoutAfterBytes === Number.POSITIVE_INFINITY || !parts.needsText;
  }

  /** The matching rows of a segment; null: look there yourself. */
  rowsOf(row: CatalogRow): FoundRows | null {
    if (this.#isAlone) return null;
    const engaged = this.#engaged;
    if (engaged === null) {
      if (this.#isWorthIt()) this.#engage(row);
      return null;
    }
    const place = engaged.places.get(row.number);
    if (place === undefined) return null;
    Atomics.store(engaged.cells, CELL.REACHED, place);
    Atomics.notify(engaged.cells, CELL.REACHED);
    if (claim(engaged.cells, place)) return null;
    const found = this.#wait(engaged, place);
    this.#found.delete(place);
    return found;
  }

  /** The scout stops with the chunk it is at. */
  [Symbol.dispose](): void {
    this.#isAlone = true;
    if (this.#engaged === null) return;
    const { scout, id, cells, rows } = this.#engaged;
    scout.end(id);
    Atomics.store(cells, CELL.STOPPED, 1);
    // Another number as well: a scout that is about to sleep on the one it has seen would not be woken.
    Atomics.store(cells, CELL.REACHED, rows.length);
    Atomics.notify(cells, CELL.REACHED);
  }

  #isWorthIt(): boolean {
    const { filter, readsTexts } = this.#scan;
    const { textBytes, chunkCount, matchingCount } = filter.seen;
    const { hasScout, scoutAfterBytes } = this.#plan.segments;
    const afterBytes = hasScout
      ? Math.min(scoutAfterBytes, RUNNING_SCOUT_AFTER_BYTES)
      : scoutAfterBytes;
    if (textBytes < afterBytes) return false;
    return !readsTexts || matchingCount * CHUNKS_PER_MATCHING_MIN <= chunkCount;
  }

  /** A scout for what comes behind a segment. */
  #engage(last: CatalogRow): void {
    const { segments, parts } = this.#plan;
    const all = this.#scan.rows();
    const rows = all.slice(all.findIndex(({ number }) => number === last.number) + 1);
    if (rows.length < 2) return;
    const scout = segments.scout();
    const cells = cellsFor(rows.length);
    const scouted = rows.map((row) => {
      const path = segments.pathOf(row);
      return path === null ? null : { path, number: row.number, rowCount: row.rowCount };
    });
    const id = scout.order({ parts, bounds: this.#scan.filter.bounds, segments: scouted, cells });
    const places = new Map(rows.map(({ number }, place) => [number, place]));
    this.#engaged = { scout, id, rows, places, cells };
  }

  /** What was found in a segment that the scout, or this side, has taken ahead. */
  #wait(engaged: Engaged, place: number): FoundRows | null {
    const { cells } = engaged;
    for (let waits = 0; waits < WAITS_MAX; ) {
      const reports = Atomics.load(cells, CELL.REPORTS);
      this.#receive(engaged);
      const found = this.#found.get(place);
      if (found !== undefined) return found;
      this.#plan.stop.check();
      if (this.#lookAhead(engaged, place)) continue;
      if (Atomics.wait(cells, CELL.REPORTS, reports, WAIT_MS) === 'timed-out') waits += 1;
    }
    this[Symbol.dispose]();
    return null;
  }

  #receive({ scout, id }: Engaged): void {
    for (let report = scout.receive(id); report !== undefined; report = scout.receive(id)) {
      this.#found.set(report.place, report.found);
    }
  }

  /** Look at one segment that is nobody's yet; false where there is none near. */
  #lookAhead({ cells, rows }: Engaged, place: number): boolean {
    const { segments, prune, stop } = this.#plan;
    const end = Math.min(place + AHEAD_MAX, rows.length - 1);
    for (let next = place + 1; next <= end; next += 1) {
      if (!claim(cells, next)) continue;
      const row = rows[next]!;
      const segment = segments.open(row);
      const looking = { filter: this.#scan.filter, prune };
      const found =
        segment === null
          ? null
          : segments.guard(row, () => findRows(segment, looking, () => stop.check()));
      this.#found.set(next, found);
      return true;
    }
    return false;
  }
}
