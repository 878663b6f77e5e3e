/** What a search or an aggregation is asked for, and the limits it keeps. */
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import type { Filter } from '../query/query-tree.ts';

export type SearchRequest = Readonly<{
  query: Filter;
  /** By timestamp, then by sequence. Default: newest first. */
  order?: 'newest' | 'oldest';
  /** Rows at most; 0 or absent: all. */
  limit?: number;
  /** Go on behind this entry, in the direction of `order`. */
  after?: Cursor;
  /** Only `[fromUs, untilUs)`, besides what the query says. */
  fromUs?: number | null;
  untilUs?: number | null;
  /** Only entries that arrived later than this one. */
  afterSequence?: number;
  /** And not later than this one. */
  upToSequence?: number;
  /** Only entries with arrival numbers `[from, until)`; where several machines number theirs, together with `host`. */
  arrived?: Readonly<{ from: number; until: number }>;
  /** Only what this machine read, where entries come from several. */
  host?: string;
  /** Give up with QUERY_STOPPED after this long. */
  deadlineMs?: number;
  signal?: AbortSignal;
  /**
   * Come back about so often, with a batch of no rows where nothing matched: for who has to look around while little is found. Not
   * where a cluster is asked.
   */
  turnEveryMs?: number;
}>;

/** A place in the results that stays where it is while entries are added: the entry that was given last. */
export type Cursor = Readonly<{
  timestampUs: number;
  sequence: number;
  /** Where machines number their entries each for itself. */
  place?: Readonly<{ host: string; generation: number; offset: number }>;
}>;

/** The place of a row. */
export function cursorAt(columns: EntryColumns, row: number): Cursor {
  const cursor = { timestampUs: columns.timestampUs[row]!, sequence: columns.sequence[row]! };
  const host = columns.names.hosts.valueOf(columns.host[row]!);
  if (host === '') return cursor;
  const place = { host, generation: columns.generation[row]!, offset: columns.offset[row]! };
  return { ...cursor, place };
}

/** Cursor as text, for links and `--after`. */
export function cursorText(cursor: Cursor): string {
  const { timestampUs, sequence, place } = cursor;
  if (place === undefined) return `${timestampUs}-${sequence}`;
  const host = Buffer.from(place.host).toString('hex');
  return `${timestampUs}-${sequence}-${place.generation}-${place.offset}-${host}`;
}

/** The cursor that a text spells, or null. */
export function parseCursor(text: string): Cursor | null {
  const match =
    /^(-?\d{1,16})-(\d{1,16})(?:-(\d{1,10})-(\d{1,16})-((?:[0-9a-f]{2}){1,200}))?$/.exec(text);
  if (match === null) return null;
  const cursor = { timestampUs: Number(match[1]), sequence: Number(match[2]) };
  if (match[5] === undefined) return cursor;
  const host = Buffer.from(match[5], 'hex').toString('utf8');
  return { ...cursor, place: { host, generation: Number(match[3]), offset: Number(match[4]) } };
}

/** Ask often; throws once the request has run too long or was called off. */
export class StopCheck {
  readonly #clock: Clock;
  readonly #endMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #turnMs: number;
  #turnAtMs: number;

  constructor(clock: Clock, request: SearchRequest) {
    this.#clock = clock;
    this.#endMs = clock.monotonicMs() + (request.deadlineMs ?? Number.POSITIVE_INFINITY);
    this.#signal = request.signal;
    this.#turnMs = request.turnEveryMs ?? Number.POSITIVE_INFINITY;
    this.#turnAtMs = clock.monotonicMs() + this.#turnMs;
  }

  /** Whether it is time to come back to who asked. */
  isTurn(): boolean {
    if (this.#turnMs === Number.POSITIVE_INFINITY) return false;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#turnAtMs) return false;
    this.#turnAtMs = nowMs + this.#turnMs;
    return true;
  }

  check(): void {
    if (this.#signal?.aborted) {
      throw new OperatorError('QUERY_STOPPED', 'Cannot finish the query: it was called off');
    }
    if (this.#endMs !== Number.POSITIVE_INFINITY && this.#clock.monotonicMs() > this.#endMs) {
      throw new OperatorError('QUERY_STOPPED', 'Cannot finish the query: it ran too long', {
        hint: 'Ask for a shorter time range, or for a word that is rarer',
      });
    }
  }
}
