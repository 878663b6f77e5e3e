/**
 * `GET /api/tail?q=`: matches as they arrive, as server-sent events.
 *
 * Each event `entries` carries `{"records","ids","hits","skipped"}` and, as its id, the arrival number it went up to; a browser that
 * lost the connection sends that id and misses nothing. Events `place` have an id and nothing else to say: one comes first, so that
 * a connection that is lost before anything matched is gone on with as well, and one whenever nothing matched for a while.
 * A reader that is slow is waited for: the entries stay in the store, and where more came than it can be sent at once, it
 * is told how many were left out. It ends when its token or its session does, also while it is waited for, and when the time that
 * was asked for is over.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { jsonLine } from '../base/escape.ts';
import { parseQuery } from '../query/parse-query.ts';
import { STAGES_NOT_FOLLOWED } from '../query/stage-tree.ts';
import { refusePast, type TimeRange } from '../query/time-range.ts';
import { printTimeUs } from '../query/time-text.ts';
import { timeRangeOf } from './asked-request.ts';
import { endOfFollowing } from './follow.ts';
import type { MayAsk } from './http-auth.ts';
import { QueriesFull, type QueryPool } from './query-pool.ts';
import { isStopped } from './query-stopped.ts';
import {
  type AskedText,
  type QueryRouteOptions,
  questionOf,
  timeContextOf,
} from './question-routes.ts';
import type { TailAnswer } from './questions.ts';
import { writeAtPace } from './response-pace.ts';
import { QUESTION, routeSchema } from './route-schemas.ts';

type TailRequest = FastifyRequest<{ Querystring: AskedText }>;

export type TailRouteOptions = Readonly<{ clock: Clock; pool: QueryPool; mayAsk: MayAsk }>;

/** How often the store is looked at for one follower. */
const LOOK_EVERY_MS = 500;
/** An event for proxies and dead connections, when there is nothing else to say. */
const HEARTBEAT_MS = 15_000;
/** Followers at the same time; each asks a query thread twice a second. */
const FOLLOWERS_MAX = 16;
/** Arrival numbers of a look behind one that took too long; more with each that does not. */
const SPAN_FIRST = 2 ** 18;
/** A browser waits so long before it connects again. */
const RETRY_MS = 2_000;

const SCHEMA = routeSchema({
  summary: 'Matches as they arrive, as server-sent events; goes on behind Last-Event-ID',
  query: QUESTION,
  answer: null,
  contentTypes: ['text/event-stream'],
});

export function addTailRoute(app: FastifyInstance, options: TailRouteOptions): void {
  let followerCount = 0;
  // An answer to HEAD would never end.
  const route = { schema: SCHEMA, exposeHeadRoute: false };
  app.get<{ Querystring: AskedText }>('/api/tail', route, async (request, reply) => {
    if (followerCount >= FOLLOWERS_MAX)
      throw new QueriesFull(`${FOLLOWERS_MAX} pages are following already`);
    followerCount += 1;
    try {
      await begin(request, reply, options);
    } finally {
      followerCount -= 1;
    }
  });
}

/** Where it goes on is decided before it answers: what is written from the answer on is sent. */
async function begin(
  request: TailRequest,
  reply: FastifyReply,
  options: TailRouteOptions,
): Promise<void> {
  refuseStages(request.query, options.clock);
  const range = rangeOf(request.query, options.clock);
  const asked = { ...request.query, ...textsOf(range) };
  const question = { ...questionOf(asked, options), sequence: null };
  const { sequence: newest } = await options.pool.ask({ kind: 'tail', question });
  // Of another store, or of this one before a backup took its place: what comes from now on has lower numbers.
  const sequence = Math.min(lastEventId(request) ?? newest, newest);
  const headers = reply.getHeaders() as Record<string, string>;
  reply.hijack();
  reply.raw.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  try {
    const endMs = endOfFollowing(range.untilUs);
    await follow(request, reply.raw, { ...options, asked, endMs, from: sequence });
  } catch {
    // The pool has logged what nobody expects. Whoever still reads connects again.
  } finally {
    reply.raw.end();
  }
}

async function follow(
  request: TailRequest,
  response: ServerResponse,
  options: TailRouteOptions & Readonly<{ asked: AskedText; endMs: number; from: number }>,
): Promise<void> {
  const { clock, mayAsk, asked, endMs } = options;
  // Who left before is told of no more.
  if (response.destroyed) return;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const isOver = (): boolean => gone.signal.aborted || !mayAsk(request);
  const pace = { clock, mayGoOn: () => !isOver() };
  const looks = new Looks(asked, options, gone.signal);
  let { from: sequence } = options;
  let saidAtMs = clock.monotonicMs();
  await writeAtPace(response, `retry: ${RETRY_MS}\n${placeText(sequence)}`, pace);
  while (!isOver()) {
    // A look that begins behind the end sees all that was committed before.
    const isLast = clock.nowMs() >= endMs;
    const answer = await looks.behind(sequence);
    // The answer may have taken seconds.
    if (isOver()) return;
    sequence = answer?.sequence ?? sequence;
    if (answer !== null && answer.records.length > 0) {
      const { records, ids, hits, skipped } = answer;
      const data = { records, ids, hits, skipped };
      await writeAtPace(response, eventText({ id: sequence, event: 'entries', data }), pace);
      saidAtMs = clock.monotonicMs();
    }
    if (clock.monotonicMs() - saidAtMs > HEARTBEAT_MS) {
      await writeAtPace(response, placeText(sequence), pace);
      saidAtMs = clock.monotonicMs();
    }
    if (answer?.more) continue;
    if (isLast && answer !== null) return;
    await clock.sleep(LOOK_EVERY_MS, { signal: gone.signal, holdsProcess: false });
  }
}

/**
 * The looks of one follower. What takes too long as a whole (a night in which its page slept) is looked at piece by piece
 * until it is caught up with: asked for as a whole it would take longer every time.
 */
class Looks {
  readonly #query: AskedText;
  readonly #options: QueryRouteOptions;
  readonly #signal: AbortSignal;
  /** Arrival numbers of one look; null: all there are. */
  #span: number | null = null;

  constructor(query: AskedText, options: QueryRouteOptions, signal: AbortSignal) {
    this.#query = query;
    this.#options = options;
    this.#signal = signal;
  }

  /** What is behind an arrival number; null: the threads are too busy, or it was too much for one look. */
  async behind(sequence: number): Promise<TailAnswer | null> {
    const span = this.#span;
    const question = { ...questionOf(this.#query, this.#options), sequence };
    try {
      const answer = await this.#options.pool.ask(
        { kind: 'tail', question: span === null ? question : { ...question, span } },
        { signal: this.#signal },
      );
      this.#span = answer.more && span !== null ? 2 * span : null;
      return answer;
    } catch (error) {
      const isStop = isStopped(error) && !this.#signal.aborted;
      if (!isStop && !(error instanceof QueriesFull)) throw error;
      if (isStop) this.#span = span === null ? SPAN_FIRST : Math.max(1, Math.floor(span / 2));
      return null;
    }
  }
}

/** JSON has no line break, so the data is one line. */
function eventText({
  id,
  event,
  data,
}: Readonly<{ id: number; event: string; data: unknown }>): string {
  return `id: ${id}\nevent: ${event}\ndata: ${jsonLine(data)}\n\n`;
}

/** Up to where nothing is left to send. Browsers keep the id of an event that has data. */
function placeText(id: number): string {
  return eventText({ id, event: 'place', data: {} });
}

function refuseStages(query: AskedText, clock: Clock): void {
  const { stages } = parseQuery(query.q ?? '', { ...timeContextOf(query, clock), stages: true });
  if (stages.length > 0) throw new OperatorError('USAGE', STAGES_NOT_FOLLOWED);
}

/** Throws USAGE where nothing that comes from now on is in it. */
function rangeOf(query: AskedText, clock: Clock): TimeRange {
  const context = timeContextOf(query, clock);
  const range = timeRangeOf(query, context);
  refusePast(range.untilUs, { name: 'until', nowMs: context.nowMs });
  return range;
}

/** As it is now: `until=18:00` would be of another day for a look behind midnight. */
function textsOf({ fromUs, untilUs }: TimeRange): Pick<AskedText, 'since' | 'until'> {
  return {
    ...(fromUs === null ? {} : { since: printTimeUs(fromUs) }),
    ...(untilUs === null ? {} : { until: printTimeUs(untilUs) }),
  };
}

function lastEventId(request: TailRequest): number | null {
  const id = request.headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : null;
}
