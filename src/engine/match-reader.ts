/**
 * Matching entries of the store in order: what most searches ask for, and the ground that `StoreReader` stands on. It is apart
 * from it because a search is a process of its own: what it does not load, nobody waits for.
 *
 * Each query works on the segments that were visible when it began, and on no entry that arrived later. Where a
 * segment is removed meanwhile (retention, compaction), the query goes on with the present catalog at the place
 * it had reached. Damaged segments are left out and reported; the rest answers.
 *
 * Everything is synchronous and may take long: run it on a thread that owes nobody an answer.
 */
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import type { Filter } from '../query/query-tree.ts';
import type { CatalogRow } from './catalog.ts';
import { type FilterParts, partsOfFilter } from './filter-parts.ts';
import { ChunkFilter } from './filtered-chunk.ts';
import { type Damage, OpenSegments, SegmentGone } from './open-segments.ts';
import { type Matches, orderedScan } from './ordered-scan.ts';
import {
  compilePruner,
  compileWordScreen,
  type Pruner,
  segmentMayMatch,
  type WordScreen,
} from './prune.ts';
import { type Cursor, cursorAt, type SearchRequest, StopCheck } from './search-request.ts';

export type ReaderOptions = Readonly<{
  disk: Disk;
  clock: Clock;
  /** A connection of the caller's, or the path of the state database, which is then opened read-only. */
  database: Database | string;
  /** The segments folder; default: `segments` beside the database; null where all segments are in the database. */
  folder?: string | null;
  names?: ColumnNames;
  /** Called once for each segment found damaged. */
  onDamage?: (damage: Damage) => void;
  /**
   * A scan that has read so much text gets a second thread (`lookahead.ts`); absent: none does. For a process that has nothing
   * else to do. The disk must be the real one.
   */
  scoutAfterBytes?: number;
}>;

/** Segments held open for an answer that began anew: half of those that are kept open (`OPEN_MAX`), 30 million entries. */
const HELD_MAX = 512;

/** A request as it is asked of the segments that were visible when it began. */
export type Asked = Readonly<{
  parts: FilterParts;
  screen: WordScreen | null;
  prune: Pruner;
  stop: StopCheck;
  /** Arrivals after this one, up to `sequenceMax`. */
  afterSequence: number;
  sequenceMax: number;
  catalog: readonly CatalogRow[];
}>;

/** Arrival numbers begin at 0. */
const NO_SEQUENCE = -1;

/** What a reader reads through, and how it is given back. */
export type ReaderParts = Readonly<{ segments: OpenSegments; clock: Clock; close: () => void }>;

export function openReaderParts(options: ReaderOptions): ReaderParts {
  const { clock } = options;
  const isOwn = typeof options.database === 'string';
  const database =
    typeof options.database === 'string'
      ? Database.open(options.database, { readOnly: true })
      : options.database;
  const segments = new OpenSegments({
    disk: options.disk,
    database,
    folder: folderOf(options),
    names: options.names ?? new ColumnNames(),
    onDamage: options.onDamage,
    scoutAfterBytes: options.scoutAfterBytes,
  });
  const close = (): void => {
    segments[Symbol.dispose]();
    if (isOwn) database.close();
  };
  return { segments, clock, close };
}

export class MatchReader implements Disposable {
  protected readonly openSegments: OpenSegments;
  readonly parts: ReaderParts;

  protected constructor(parts: ReaderParts) {
    this.openSegments = parts.segments;
    this.parts = parts;
  }

  static open(options: ReaderOptions): MatchReader {
    return new MatchReader(openReaderParts(options));
  }

  get names(): ColumnNames {
    return this.openSegments.names;
  }

  /** Segments this reader found damaged. */
  get damaged(): readonly Damage[] {
    return this.openSegments.damaged;
  }

  /** Visible segments, as the catalog has them now. */
  segments(): CatalogRow[] {
    return this.openSegments.catalog();
  }

  /** Entries that are visible now. */
  entryCount(): number {
    return this.segments().reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  /** The largest arrival number that is visible. */
  newestSequence(): number {
    return newestSequenceOf(this.segments());
  }

  /** Matching entries in exact order of time, then arrival. Each batch is valid until the next is asked for. */
  *matches(request: SearchRequest): Generator<Matches, void, void> {
    const asked = this.ask(request);
    const { parts, screen, prune, stop, afterSequence, sequenceMax } = asked;
    const { fromUs, untilUs } = parts.bounds;
    const limit = request.limit ?? 0;
    let { catalog } = asked;
    let given = 0;
    let after = request.after ?? null;
    for (;;) {
      const scan = orderedScan({
        segments: this.openSegments,
        catalog,
        order: request.order ?? 'newest',
        limit: limit > 0 ? limit - given : 0,
        after,
        parts,
        filter: new ChunkFilter(parts, this.names, {
          fromUs,
          untilUs,
          afterSequence,
          sequenceMax,
        }),
        screen,
        prune,
        stop,
      });
      try {
        for (const matches of scan) {
          given += matches.count;
          if (matches.count > 0) after = lastOf(matches);
          yield matches;
        }
        return;
      } catch (thrown) {
        if (!(thrown instanceof SegmentGone)) throw thrown;
        if (limit > 0 && given >= limit) return;
        catalog = this.catalogFor(asked, request);
      }
    }
  }

  [Symbol.dispose](): void {
    this.parts.close();
  }

  /** What arrives later is not part of the query's view. */
  protected ask(request: SearchRequest): Asked {
    const parts = partsOf(request);
    const visible = this.segments();
    return {
      parts,
      screen: compileWordScreen(parts),
      prune: compilePruner(parts),
      stop: new StopCheck(this.parts.clock, request),
      afterSequence: afterSequenceOf(request),
      sequenceMax: Math.min(newestSequenceOf(visible), upToSequenceOf(request)),
      catalog: visible.filter((row) => mayHold(row, parts, request)),
    };
  }

  /**
   * The segments of a request as they are now: some that it began with are gone. The newest are opened at once: where logs are
   * written, small ones are merged every few seconds, and what takes longer to reach them would begin anew for ever.
   */
  protected catalogFor(
    { parts, screen }: Pick<Asked, 'parts' | 'screen'>,
    request: SearchRequest,
  ): CatalogRow[] {
    for (;;) {
      const catalog = this.segments().filter((row) => mayHold(row, parts, request));
      if (this.hold(catalog.slice(-HELD_MAX), screen)) return catalog;
    }
  }

  /** Open them now, but for those whose words rule them out: what is open is read to its end, also when it is removed. False: one is gone. */
  protected hold(rows: readonly CatalogRow[], screen: WordScreen | null): boolean {
    const { openSegments } = this;
    try {
      for (const row of rows) {
        if (screen === null || openSegments.mayHold(row, screen)) openSegments.open(row);
      }
      return true;
    } catch (thrown) {
      if (thrown instanceof SegmentGone) return false;
      throw thrown;
    }
  }
}

function folderOf({ database, folder }: ReaderOptions): string | null {
  if (folder !== undefined) return folder;
  return typeof database === 'string' ? join(database, '..', 'segments') : null;
}

function newestSequenceOf(catalog: readonly CatalogRow[]): number {
  return catalog.reduce((newest, row) => Math.max(newest, row.maxSequence), 0);
}

function partsOf(request: SearchRequest): FilterParts {
  const { query, fromUs = null, untilUs = null } = request;
  if (fromUs === null && untilUs === null) return partsOfFilter(query);
  const time: Filter = { kind: 'time', fromUs, untilUs };
  return partsOfFilter({ kind: 'and', parts: [time, query] });
}

function mayHold(row: CatalogRow, parts: FilterParts, request: SearchRequest): boolean {
  return (
    row.maxSequence > afterSequenceOf(request) &&
    row.minSequence <= upToSequenceOf(request) &&
    segmentMayMatch(row, parts)
  );
}

function afterSequenceOf({ afterSequence = NO_SEQUENCE, arrived }: SearchRequest): number {
  return arrived === undefined ? afterSequence : Math.max(afterSequence, arrived.from - 1);
}

function upToSequenceOf({
  upToSequence = Number.POSITIVE_INFINITY,
  arrived,
}: SearchRequest): number {
  return arrived === undefined ? upToSequence : Math.min(upToSequence, arrived.until - 1);
}

function lastOf({ columns, rows, count }: Matches): Cursor {
  return cursorAt(columns, rows[count - 1]!);
}
