/** What every route about entries does with the address: check it at once, with the column of a mistake, and call off. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { TimeContext } from '../query/time-text.ts';
import type { AskOptions, QueryPool } from './query-pool.ts';
import type { Question } from './questions.ts';

export type QueryRouteOptions = Readonly<{ clock: Clock; pool: QueryPool }>;

export type AskedText = { q?: string; since?: string; until?: string; tz?: string };

/** Checked here, before a thread is asked: a mistake is answered at once. */
export function questionOf(asked: AskedText, { clock, pool }: QueryRouteOptions): Question {
  const { nowMs, timezone } = timeContextOf(asked, clock);
  parseQuery(asked.q ?? '', { nowMs, timezone, stages: true });
  return {
    ...(asked.q === undefined ? {} : { q: asked.q }),
    ...(asked.since === undefined ? {} : { since: asked.since }),
    ...(asked.until === undefined ? {} : { until: asked.until }),
    timezone,
    nowMs,
    deadlineMs: pool.deadlineMs,
  };
}

export function timeContextOf({ tz }: Pick<AskedText, 'tz'>, clock: Clock): TimeContext {
  return { nowMs: clock.nowMs(), timezone: timezoneOf(tz) };
}

function timezoneOf(name: string | undefined): string {
  if (name === undefined) return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch (cause) {
    throw new OperatorError(
      'USAGE',
      `Cannot read tz="${name}": expected a time zone such as Europe/Berlin`,
      { cause },
    );
  }
}

/** Aborts when the connection closes before the answer: nobody waits for it any more. */
export function callOff(
  request: FastifyRequest,
  reply: FastifyReply,
): Required<Pick<AskOptions, 'signal'>> {
  const controller = new AbortController();
  const { socket } = request.raw;
  const gone = (): void => controller.abort();
  if (socket.destroyed) gone();
  socket.once('close', gone);
  // A connection carries many requests: each takes its own listener away again.
  reply.raw.once('finish', () => socket.off('close', gone));
  return { signal: controller.signal };
}
