/**
 * Answers that hold entries: a page of a search, what is new, what stands around one.
 *
 * Every answer keeps its limits: rows, bytes, time. A query that meets its deadline throws QUERY_STOPPED.
 */
import { OperatorError } from '../base/errors.ts';
import type { Matches } from '../engine/ordered-scan.ts';
import type { Entries, Picked } from '../engine/pipeline/entry-stages.ts';
import { limitedTo, runPipeline } from '../engine/pipeline/run-pipeline.ts';
import { cursorAt, cursorText, parseCursor } from '../engine/search-request.ts';
import type { EntryRecord } from '../model/entry.ts';
import { entryAt } from '../model/entry-at.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { entryRecordOf } from '../model/entry-record.ts';
import { type Hit, hitFinder } from '../query/hits.ts';
import type { Filter } from '../query/query-tree.ts';
import { makesTable } from '../query/stage-tree.ts';
import type { Table } from '../query/table.ts';
import { type Answering, nextCursor, requestOf } from './asked-request.ts';
import type {
  ContextAnswer,
  ContextQuestion,
  SearchAnswer,
  SearchQuestion,
  TailAnswer,
  TailQuestion,
} from './questions.ts';

export const SEARCH_LIMIT_DEFAULT = 100;
/** Rows of one answer. More is a download, or the next page. */
export const SEARCH_LIMIT_MAX = 1_000;
/** Bytes of entries in one answer: a thousand entries of a megabyte each must not be one text. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** Rows of one table. More is a download. */
const TABLE_ROWS_MAX = 10_000;

export function answerSearch(answering: Answering, question: SearchQuestion): SearchAnswer {
  const { reader, clock } = answering;
  const startedMs = clock.monotonicMs();
  const { request, filter, stages, askedAtMs } = requestOf(answering, question);
  const limit = question.limit ?? SEARCH_LIMIT_DEFAULT;
  // One more than asked for tells whether there is a next page.
  const limited = stages.length === 0 ? { ...request, limit: limit + 1 } : request;
  const wanted = stages.some(makesTable) ? stages : limitedTo(stages, limit + 1);
  const result = runPipeline(reader, limited, wanted);
  const page =
    result.kind === 'entries'
      ? pageOf(result.entries, { limit, filter, question, askedAtMs })
      : { records: [], cursor: null, table: cutTable(result.table) };
  return {
    ...page,
    // Behind a stage there is no place in the entries to go on from.
    ...(stages.length === 0 ? {} : { cursor: null }),
    ...(stages.length === 0 || result.kind === 'table' ? {} : { cut: page.cursor !== null }),
    elapsedMs: clock.monotonicMs() - startedMs,
    damagedSegments: reader.damaged.length,
  };
}

function pageOf(
  entries: Entries,
  asked: Readonly<{ limit: number; filter: Filter; question: SearchQuestion; askedAtMs: number }>,
): Pick<SearchAnswer, 'records' | 'cursor' | 'hits' | 'ids'> {
  const { limit, filter, question, askedAtMs } = asked;
  const list = new EntryList(filter);
  let isCut = false;
  for (const picked of entries) {
    isCut = list.records.length === limit || list.byteCount > ANSWER_BYTES_MAX;
    if (isCut) break;
    list.add(picked);
  }
  const { records, ids } = list;
  const last = ids.at(-1);
  return {
    records,
    cursor: isCut && last !== undefined ? nextCursor(last, askedAtMs) : null,
    ...(question.hits ? { hits: list.hits() } : {}),
    ...(question.ids ? { ids } : {}),
  };
}

/** Entries as an answer gives them. */
class EntryList {
  readonly records: EntryRecord[] = [];
  readonly ids: string[] = [];
  readonly #filter: Filter;
  byteCount = 0;

  constructor(filter: Filter) {
    this.#filter = filter;
  }

  add({ columns, row }: Pick<Picked, 'columns' | 'row'>): void {
    this.records.push(entryRecordOf(entryAt(columns, row)));
    this.ids.push(idOf(columns, row));
    this.byteCount += columns.rawLength[row]!;
  }

  /** False where it is full before all of them are in it. */
  fill(matches: Iterable<Matches>, isFull = (): boolean => false): boolean {
    for (const { columns, rows, count } of matches) {
      for (let index = 0; index < count; index += 1) {
        if (isFull()) return false;
        this.add({ columns, row: rows[index]! });
      }
    }
    return true;
  }

  /** For each record the marked pieces of its message. */
  hits(): (readonly Hit[])[] {
    const find = hitFinder(this.#filter);
    return this.records.map(({ message }) => find(message));
  }
}

/** What names an entry in links: its place in the order of time, and its arrival number. */
function idOf(columns: EntryColumns, row: number): string {
  return cursorText(cursorAt(columns, row));
}

/** Says how many rows it had: those of a chart that are cut off are the newest. */
function cutTable(table: Table): NonNullable<SearchAnswer['table']> {
  const { columns, rows } = table;
  return { columns, rows: rows.slice(0, TABLE_ROWS_MAX), rowCount: rows.length };
}

/** Matches of one answer; the next one goes on at once where there are more. */
const TAIL_ROWS_MAX = 2_000;
/** Matches that wait to be sent. Beyond that nobody follows by eye: the newest are sent, and how many were left out. */
const TAIL_BACKLOG_MAX = 20_000;

/** Arrival numbers of a cluster are times in microseconds; those of one machine never come near. */
const CLUSTER_SEQUENCE_MIN = 1e14;

export function answerTail(answering: Answering, question: TailQuestion): TailAnswer {
  const { reader } = answering;
  const newest = reader.newestSequence();
  const afterSequence = placeIn(newest, question.sequence);
  const { request, filter } = requestOf(answering, question);
  // What is committed while this is made comes with the next answer: beside it a limit would let go of the first ones.
  const upToSequence = Math.min(newest, afterSequence + (question.span ?? Infinity));
  const fresh = { ...request, afterSequence, upToSequence };
  const count = upToSequence <= afterSequence ? 0 : reader.count(fresh);
  let list = new EntryList(filter);
  let sequence = Math.max(upToSequence, afterSequence);
  let skipped = 0;
  const isFull = (): boolean =>
    list.records.length === TAIL_ROWS_MAX || list.byteCount > ANSWER_BYTES_MAX;
  if (count > TAIL_BACKLOG_MAX) {
    list.fill(reader.matches({ ...fresh, limit: TAIL_ROWS_MAX }), isFull);
    skipped = count - list.records.length;
  } else if (count > 0 && !list.fill(reader.matches(fresh), isFull)) {
    sequence = firstArrivals(reader.matches(fresh)) ?? sequence;
    list = new EntryList(filter);
    list.fill(reader.matches({ ...fresh, upToSequence: sequence }));
  }
  list.records.reverse();
  list.ids.reverse();
  const { records, ids } = list;
  return { records, hits: list.hits(), ids, skipped, sequence, more: sequence < newest };
}

/** Where to go on; null: with what comes now, and so does who knows a place of the other engine, from before `[store] engine` changed. */
function placeIn(newest: number, sequence: number | null): number {
  if (sequence === null) return newest;
  // Before the first entry is the same place in both.
  if (sequence === 0) return 0;
  const isOfThis = sequence >= CLUSTER_SEQUENCE_MIN === newest >= CLUSTER_SEQUENCE_MIN;
  return isOfThis ? sequence : newest;
}

/** The arrival number up to which one answer's worth of matches goes; null: they are gone. */
function firstArrivals(matches: Iterable<Matches>): number | null {
  const found: { sequence: number; byteCount: number }[] = [];
  for (const { columns, rows, count, arrivals } of matches) {
    for (let index = 0; index < count; index += 1) {
      const row = rows[index]!;
      const sequence = arrivals?.[row] ?? columns.sequence[row]!;
      found.push({ sequence, byteCount: columns.rawLength[row]! });
    }
  }
  found.sort((one, other) => one.sequence - other.sequence);
  let byteCount = 0;
  const isFull = (one: (typeof found)[number], index: number): boolean => {
    byteCount += one.byteCount;
    return index === TAIL_ROWS_MAX - 1 || byteCount > ANSWER_BYTES_MAX;
  };
  return (found.find(isFull) ?? found.at(-1))?.sequence ?? null;
}

export function answerContext({ reader }: Answering, question: ContextQuestion): ContextAnswer {
  const cursor = parseCursor(question.id);
  if (cursor === null) {
    throw new OperatorError(
      'USAGE',
      `Cannot read the id "${question.id}": expected one that an answer gave`,
    );
  }
  const { before, after } = question;
  const found = reader.context({ sequence: cursor.sequence, before, after, at: cursor });
  if (found === null) return null;
  const { columns, count } = found;
  const rows = Array.from(found.rows.subarray(0, count));
  const index = rows.findIndex((row) => columns.sequence[row] === cursor.sequence);
  if (index < 0) return null;
  return {
    records: rows.map((row) => entryRecordOf(entryAt(columns, row))),
    ids: rows.map((row) => idOf(columns, row)),
    index,
  };
}
