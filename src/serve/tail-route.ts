/**
 * `GET /api/tail?q=`: matches as they arrive, as server-sent events.
 *
 * Each event `entries` carries `{"records","ids","hits","skipped"}` and, as its id, the arrival number it went up to; a browser that
 * lost the connection sends that id and misses nothing. A reader that is slow is waited for: the entries stay in the
 * store, and where more came than it can be sent at once, it is told how many were left out. It ends when its token or
 * its session does.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { jsonLine } from '../base/escape.ts';
import { parseQuery } from '../query/parse-query.ts';
import { STAGES_NOT_FOLLOWED } from '../query/stage-tree.ts';
import { refusePast } from '../query/time-range.ts';
import { timeRangeOf } from './asked-request.ts';
import type { MayAsk } from './http-auth.ts';
import { QueriesFull, type QueryPool } from './query-pool.ts';
import { isStopped } from './query-stopped.ts';
import { type AskedText, questionOf, timeContextOf } from './question-routes.ts';
import { writeAtPace } from './response-pace.ts';
import { QUESTION, routeSchema } from './route-schemas.ts';

type TailRequest = FastifyRequest<{ Querystring: AskedText }>;

export type TailRouteOptions = Readonly<{ clock: Clock; pool: QueryPool; mayAsk: MayAsk }>;

/** How often the store is looked at for one follower. */
const LOOK_EVERY_MS = 500;
/** A line for proxies and dead connections, when there is nothing else to say. */
const HEARTBEAT_MS = 15_000;
/** Followers at the same time; each asks a query thread twice a second. */
const FOLLOWERS_MAX = 16;
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
  refuseOver(request.query, options.clock);
  const question = { ...questionOf(request.query, options), sequence: null };
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
    await follow(request, reply.raw, { ...options, from: sequence });
  } finally {
    reply.raw.end();
  }
}

async function follow(
  request: TailRequest,
  response: ServerResponse,
  options: TailRouteOptions & Readonly<{ from: number }>,
): Promise<void> {
  const { clock, pool, mayAsk } = options;
  // Who left before is told of no more.
  if (response.destroyed) return;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const isOver = (): boolean => gone.signal.aborted || !mayAsk(request);
  let sequence = options.from;
  let saidAtMs = clock.monotonicMs();
  let more = false;
  await writeAtPace(response, `retry: ${RETRY_MS}\n\n`);
  while (!isOver()) {
    more = false;
    try {
      const question = { ...questionOf(request.query, options), sequence };
      const answer = await pool.ask({ kind: 'tail', question }, { signal: gone.signal });
      // The answer may have taken seconds.
      if (isOver()) return;
      sequence = answer.sequence;
      more = answer.more;
      if (answer.records.length > 0) {
        const { records, ids, hits, skipped } = answer;
        const data = { records, ids, hits, skipped };
        await writeAtPace(response, eventText({ id: sequence, data }));
        saidAtMs = clock.monotonicMs();
      }
    } catch (error) {
      // Too busy, or too slow: the next look takes in what this one did not.
      const isPassing = error instanceof QueriesFull || isStopped(error);
      if (!isPassing || gone.signal.aborted) return;
    }
    if (clock.monotonicMs() - saidAtMs > HEARTBEAT_MS) {
      await writeAtPace(response, ': still here\n\n');
      saidAtMs = clock.monotonicMs();
    }
    if (!more) await clock.sleep(LOOK_EVERY_MS, { signal: gone.signal, holdsProcess: false });
  }
}

/** JSON has no line break, so the data is one line. */
function eventText({ id, data }: Readonly<{ id: number; data: unknown }>): string {
  return `id: ${id}\nevent: entries\ndata: ${jsonLine(data)}\n\n`;
}

function refuseStages(query: AskedText, clock: Clock): void {
  const { stages } = parseQuery(query.q ?? '', { ...timeContextOf(query, clock), stages: true });
  if (stages.length > 0) throw new OperatorError('USAGE', STAGES_NOT_FOLLOWED);
}

function refuseOver(query: AskedText, clock: Clock): void {
  const context = timeContextOf(query, clock);
  refusePast(timeRangeOf(query, context).untilUs, { name: 'until', nowMs: context.nowMs });
}

function lastEventId(request: TailRequest): number | null {
  const id = request.headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : null;
}
