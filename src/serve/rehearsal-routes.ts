/** What a rule would have done in the time that is stored, on a query thread: for whoever looks at a rule before trusting it. */
import type { FastifyInstance } from 'fastify';
import type { RehearsalSettings } from '../rehearsal/rehearsal-settings.ts';
import { REHEARSAL_ANSWER, RULE_LIKE_ANSWER } from './alert-schemas.ts';
import { timeOf } from './asked-request.ts';
import { NotFound } from './http-errors.ts';
import {
  type AskedText,
  callOff,
  type QueryRouteOptions,
  timeContextOf,
} from './question-routes.ts';
import { described, routeSchema, SHORT_TEXT, SINCE, ZONE } from './route-schemas.ts';

export type RehearsalRouteOptions = QueryRouteOptions &
  Readonly<{
    /** As they are now: a reload may have changed them. */
    rehearsalSettings: () => RehearsalSettings;
  }>;

/** A rehearsal reads all entries that concern the rule, and those of weeks before for some kinds. */
const DEADLINE_MS = 60_000;
/** Where nobody says from when on. */
const SINCE_DEFAULT = '7d';

type Asked = Pick<AskedText, 'since' | 'tz'> & { mode?: 'recorded' | 'live' };

export function addRehearsalRoutes(app: FastifyInstance, options: RehearsalRouteOptions): void {
  addTestRoute(app, options);
  addLikeRoute(app, options);
}

function addTestRoute(app: FastifyInstance, options: RehearsalRouteOptions): void {
  const { clock, pool, rehearsalSettings } = options;
  const schema = routeSchema({
    summary: 'What a rule would have found and sent since then: nothing is written, nothing sent',
    params: { name: SHORT_TEXT },
    query: {
      since: SINCE,
      tz: ZONE,
      mode: described(
        { type: 'string', enum: ['recorded', 'live'] },
        'As the entries arrived (default), or as if each had been read when it was written',
      ),
    },
    answer: REHEARSAL_ANSWER,
  });
  app.get<{ Params: { name: string }; Querystring: Asked }>(
    '/api/rules/:name/test',
    { schema },
    async (request, reply) => {
      const { name } = request.params;
      const { since = SINCE_DEFAULT, mode = 'recorded' } = request.query;
      const settings = rehearsalSettings();
      if (!settings.alerts.some((alert) => alert.name === name)) {
        throw new NotFound(`The config has no rule "${name}"`);
      }
      const context = timeContextOf(request.query, clock);
      const question = {
        rule: name,
        settings,
        sinceUs: timeOf('since', since, context)!,
        nowUs: context.nowMs * 1_000,
        mode,
        deadlineMs: DEADLINE_MS,
      };
      const asking = { ...callOff(request, reply), deadlineMs: DEADLINE_MS };
      return pool.ask({ kind: 'rehearsal', question }, asking);
    },
  );
}

function addLikeRoute(app: FastifyInstance, options: RehearsalRouteOptions): void {
  const { clock, pool, rehearsalSettings } = options;
  const schema = routeSchema({
    summary:
      'A rule for lines like one entry, as a section of the config, and what it would have found since then',
    query: {
      id: described(SHORT_TEXT, 'As /api/search gives it with ids=true'),
      since: SINCE,
      tz: ZONE,
    },
    required: ['id'],
    answer: RULE_LIKE_ANSWER,
  });
  app.get<{ Querystring: Pick<AskedText, 'since' | 'tz'> & { id: string } }>(
    '/api/rules/like',
    { schema },
    async (request, reply) => {
      const { id, since = SINCE_DEFAULT } = request.query;
      const context = timeContextOf(request.query, clock);
      const question = {
        id,
        settings: rehearsalSettings(),
        sinceUs: timeOf('since', since, context)!,
        nowUs: context.nowMs * 1_000,
        deadlineMs: DEADLINE_MS,
      };
      const asking = { ...callOff(request, reply), deadlineMs: DEADLINE_MS };
      const found = await pool.ask({ kind: 'ruleLike', question }, asking);
      if (found === null) throw new NotFound(`There is no entry "${id}" in the index (any more)`);
      return found;
    },
  );
}
