/**
 * The links of alert mails: `/i/ID` shows the lines of an incident, `/i/ID/acknowledge` and `/i/ID/silence` act. A link that is followed changes nothing, since mail
 * scanners follow all of them: it shows what it is about to do and a button. The signature says that it came from a mail
 * of this daemon, so nobody has to sign in on a phone at night; it counts until its time, and does no more than it says.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { html } from '../base/html.ts';
import type { SigningKey } from '../base/signing-key.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import {
  type AlertLink,
  isGenuine,
  LINK_ACTIONS,
  type LinkAction,
  silenceEndMs,
} from '../model/alert-link.ts';
import type { IncidentRecord } from '../model/incident-record.ts';
import {
  asking,
  doneText,
  ENDED,
  GONE,
  incidentPage,
  LINES_MAX,
  type LinkPage,
  linkPage,
} from './alert-pages.ts';
import type { QueryPool } from './query-pool.ts';

export type AlertLinkOptions = Readonly<{
  clock: Clock;
  pool: QueryPool;
  ingest: Pick<IngestService, 'actOnAlerts'>;
  key: SigningKey;
}>;

/** Paths that the signature guards, not a token. */
export function isAlertLinkPath(path: string): boolean {
  return path.startsWith('/i/');
}

type Asked = {
  Params: { id: string; action: LinkAction };
  Querystring: { who: string; until: number; for?: string; s: string };
};

type Shown = {
  Params: { id: string };
  Querystring: Asked['Querystring'] & { after?: string };
};

const ID_PATTERN = '^[0-9a-f]{16}$';
const text = { type: 'string', maxLength: 300 } as const;
const SCHEMA = {
  hide: true,
  params: {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: ID_PATTERN },
      action: { type: 'string', enum: LINK_ACTIONS },
    },
  },
  querystring: {
    type: 'object',
    required: ['who', 'until', 's'],
    properties: { who: text, until: { type: 'integer' }, for: text, s: text },
  },
};

const SHOW_SCHEMA = {
  ...SCHEMA,
  params: { type: 'object', properties: { id: { type: 'string', pattern: ID_PATTERN } } },
  querystring: {
    ...SCHEMA.querystring,
    properties: { ...SCHEMA.querystring.properties, after: text },
  },
};

export function addAlertLinkRoutes(app: FastifyInstance, options: AlertLinkOptions): void {
  // The button of the page sends an empty form.
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
    payload.resume();
    done(null, null);
  });
  addShowRoute(app, options);
  app.get<Asked>('/i/:id/:action', { schema: SCHEMA }, async (request, reply) => {
    const link = linkOf(request, options);
    if (link === null) return page(reply, 403, ENDED);
    const incident = await incidentOf(link, options);
    if (incident === null) return page(reply, 404, GONE);
    return page(
      reply,
      200,
      asking(link, incident, { address: request.url, nowMs: options.clock.nowMs() }),
    );
  });
  app.post<Asked>('/i/:id/:action', { schema: SCHEMA }, async (request, reply) => {
    const link = linkOf(request, options);
    if (link === null) return page(reply, 403, ENDED);
    const incident = await incidentOf(link, options);
    if (incident === null) return page(reply, 404, GONE);
    try {
      await act(link, incident, options);
    } catch (thrown) {
      if (!(thrown instanceof OperatorError)) throw thrown;
      return page(reply, 409, {
        title: 'Nothing was changed',
        body: html`<p>${messageOf(thrown)}.</p>`,
      });
    }
    return page(reply, 200, { title: 'Done', body: html`<p>${doneText(link, incident)}</p>` });
  });
}

/** The lines of an incident, exactly: its own condition between its first and its last match. */
function addShowRoute(app: FastifyInstance, options: AlertLinkOptions): void {
  const { clock, pool } = options;
  app.get<Shown>('/i/:id', { schema: SHOW_SCHEMA }, async (request, reply) => {
    const { who, until, s, after } = request.query;
    const incident = request.params.id;
    const link: AlertLink = { incident, action: 'show', duration: '', who, expires: until };
    if (!isInTime(link, s, options)) return page(reply, 403, ENDED);
    const asked = { id: incident, nowMs: clock.nowMs(), limit: LINES_MAX };
    const question = after === undefined ? asked : { ...asked, after };
    const answer = await pool.ask({ kind: 'incidentLines', question });
    if (answer === null) return page(reply, 404, GONE);
    const next = answer.cursor === null ? null : nextAddress(request.url, answer.cursor);
    return page(reply, 200, incidentPage(answer, { next, isFirst: after === undefined }));
  });
}

function nextAddress(address: string, cursor: string): string {
  const url = new URL(address, 'http://localhost');
  url.searchParams.set('after', cursor);
  return url.pathname + url.search;
}

function linkOf(
  request: Readonly<{ params: Asked['Params']; query: Asked['Querystring'] }>,
  options: AlertLinkOptions,
): AlertLink | null {
  const { id, action } = request.params;
  const { who, until, for: duration = '', s } = request.query;
  const link: AlertLink = { incident: id, action, duration, who, expires: until };
  return isInTime(link, s, options) ? link : null;
}

function isInTime(link: AlertLink, signature: string, { clock, key }: AlertLinkOptions): boolean {
  return isGenuine(link, signature, key) && link.expires * 1_000 > clock.nowMs();
}

async function incidentOf(
  link: AlertLink,
  { pool }: AlertLinkOptions,
): Promise<IncidentRecord | null> {
  const answer = await pool.ask({ kind: 'incident', question: { id: link.incident } });
  return answer?.incident ?? null;
}

async function act(
  link: AlertLink,
  incident: IncidentRecord,
  { clock, ingest }: AlertLinkOptions,
): Promise<void> {
  const { action, who } = link;
  const why = 'by the link in the mail';
  if (action !== 'silence') {
    await ingest.actOnAlerts({ kind: 'acknowledge', incident: incident.id, who, why });
    return;
  }
  const untilMs = silenceEndMs(link, clock.nowMs());
  const query = `rule:"${incident.rule.replace(/["\\*]/g, '\\$&')}"`;
  await ingest.actOnAlerts({ kind: action, query, untilMs, who, why });
}

function page(reply: FastifyReply, status: number, shown: LinkPage): FastifyReply {
  return reply
    .status(status)
    .header('content-security-policy', POLICY)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .type('text/html; charset=utf-8')
    .serializer((content: string) => content)
    .send(linkPage(shown));
}

/** The page carries its own style and one form. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
