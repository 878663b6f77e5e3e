/** A question as it came in the address, made into what the store is asked. */
import type { IncidentStore } from '../alert/incident-store.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { type Cursor, parseCursor, type SearchRequest } from '../engine/search-request.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Filter } from '../query/query-tree.ts';
import type { Stage } from '../query/stage-tree.ts';
import { checkedRange, type TimeRange } from '../query/time-range.ts';
import { expectedTime, parseTime, type TimeContext } from '../query/time-text.ts';
import type { Question, SearchQuestion } from './questions.ts';

/** What the answers need of their thread. */
export type Answering = Readonly<{
  reader: EntryReader;
  /** Name of this machine where the reader has entries of several; null: it has ours alone. */
  host: string | null;
  database: Database;
  incidents: IncidentStore;
  clock: Clock;
  disk: Disk;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
}>;

export function requestOf(
  { signal }: Answering,
  question: Question,
): Readonly<{
  request: SearchRequest;
  filter: Filter;
  stages: readonly Stage[];
  /** What its times are counted from. */
  askedAtMs: number;
}> {
  const { q = '', timezone = 'UTC', deadlineMs } = question;
  const { cursor, order } = question as SearchQuestion;
  const { after, askedAtMs = question.nowMs } = cursor === undefined ? {} : readCursor(cursor);
  const context = { nowMs: askedAtMs, timezone };
  const { filter, stages } = parseQuery(q, { ...context, stages: true });
  const request: SearchRequest = {
    query: filter,
    ...timeRangeOf(question, context),
    deadlineMs,
    signal,
    ...(after === undefined ? {} : { after }),
    ...(order === undefined ? {} : { order }),
  };
  return { request, filter, stages, askedAtMs };
}

/** Where the next page begins, and when the first one was asked for: the last hour of one is that of all. */
export function nextCursor(id: string, askedAtMs: number): string {
  return `${id}~${askedAtMs.toString(36)}`;
}

/** Also the id of an entry, which knows of no page. Throws USAGE. */
function readCursor(cursor: string): Readonly<{ after: Cursor; askedAtMs?: number }> {
  const [, id = '', moment] = /^([^~]*)(?:~([0-9a-z]{1,9}))?$/.exec(cursor) ?? [];
  const after = parseCursor(id);
  if (after === null) {
    throw new OperatorError(
      'USAGE',
      `Cannot read the cursor "${cursor}": expected one that an answer gave`,
    );
  }
  return moment === undefined ? { after } : { after, askedAtMs: Number.parseInt(moment, 36) };
}

/** What `since` and `until` of a request say; `untilDefault`: what is meant without the latter. Throws USAGE. */
export function timeRangeOf(
  { since, until }: Readonly<{ since?: string | undefined; until?: string | undefined }>,
  context: TimeContext,
  untilDefault = '',
): TimeRange {
  const range = {
    fromUs: timeOf('since', since, context),
    untilUs: timeOf('until', until || untilDefault, context),
  };
  return checkedRange(range, { since: 'since', until: until ? 'until' : untilDefault });
}

/** Null where no time is given. Throws USAGE. */
export function timeOf(
  name: 'since' | 'until',
  text: string | undefined,
  context: TimeContext,
): number | null {
  if (text === undefined || text === '') return null;
  const timeUs = parseTime(text, context);
  if (timeUs !== null) return timeUs;
  throw new OperatorError('USAGE', `Cannot read ${name}="${text}": expected ${expectedTime(text)}`);
}
