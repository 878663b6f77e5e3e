/**
 * The links of alert mails: `/i/ID/acknowledge`, `/i/ID/silence`. A link that is followed changes nothing, since mail
 * scanners follow all of them: it shows what it is about to do and a button. The signature says that it came from a mail
 * of this daemon, so nobody has to sign in on a phone at night; it counts until its time, and does no more than it says.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { formatDuration, parseDuration } from '../base/duration.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { Html, html } from '../base/html.ts';
import type { SigningKey } from '../base/signing-key.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import { type AlertLink, isGenuine, LINK_ACTIONS, type LinkAction } from '../model/alert-link.ts';
import type { IncidentRecord } from '../model/incident-record.ts';
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

const text = { type: 'string', maxLength: 300 } as const;
const SCHEMA = {
  hide: true,
  params: {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[0-9a-f]{16}$' },
      action: { type: 'string', enum: LINK_ACTIONS },
    },
  },
  querystring: {
    type: 'object',
    required: ['who', 'until', 's'],
    properties: { who: text, until: { type: 'integer' }, for: text, s: text },
  },
};

export function addAlertLinkRoutes(app: FastifyInstance, options: AlertLinkOptions): void {
  // The button of the page sends an empty form.
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
    payload.resume();
    done(null, null);
  });
  app.get<Asked>('/i/:id/:action', { schema: SCHEMA }, async (request, reply) => {
    const link = linkOf(request, options);
    if (link === null) return page(reply, 403, ENDED);
    const incident = await incidentOf(link, options);
    if (incident === null) return page(reply, 404, GONE);
    return page(reply, 200, asking(link, incident, request.url));
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

function linkOf(
  request: Readonly<{ params: Asked['Params']; query: Asked['Querystring'] }>,
  { clock, key }: AlertLinkOptions,
): AlertLink | null {
  const { id, action } = request.params;
  const { who, until, for: duration = '', s } = request.query;
  const link: AlertLink = { incident: id, action, duration, who, expires: until };
  return isGenuine(link, s, key) && until * 1_000 > clock.nowMs() ? link : null;
}

async function incidentOf(
  link: AlertLink,
  { pool }: AlertLinkOptions,
): Promise<IncidentRecord | null> {
  const answer = await pool.ask({ kind: 'incident', question: { id: link.incident } });
  return answer?.incident ?? null;
}

async function act(
  { action, who, duration }: AlertLink,
  incident: IncidentRecord,
  { clock, ingest }: AlertLinkOptions,
): Promise<void> {
  const why = 'by the link in the mail';
  if (action === 'acknowledge') {
    await ingest.actOnAlerts({ kind: action, incident: incident.id, who, why });
    return;
  }
  const untilMs = clock.nowMs() + (parseDuration(duration) ?? 0);
  const query = `rule:"${incident.rule.replace(/["\\*]/g, '\\$&')}"`;
  await ingest.actOnAlerts({ kind: action, query, untilMs, who, why });
}

function askText({ action, duration }: AlertLink, { rule }: IncidentRecord): string {
  if (action === 'acknowledge') {
    return 'Reminders stop until it is over or gets worse. Others see that somebody takes care of it.';
  }
  const length = formatDuration(parseDuration(duration) ?? 0);
  return `Nobody is told of incidents of the rule "${rule}" for ${length}. What is still open then is told then.`;
}

function doneText({ action }: AlertLink, { rule }: IncidentRecord): string {
  return action === 'acknowledge'
    ? 'The incident is acknowledged. You will hear of it when it is over, or when it gets worse.'
    : `The rule "${rule}" is silent now.`;
}

type Page = Readonly<{ title: string; body: Html }>;

const ENDED: Page = {
  title: 'This link has ended',
  body: html`<p>It is too old, or not whole. Acknowledge with <code>logstead alerts ack ID</code> on the machine.</p>`,
};
const GONE: Page = {
  title: 'There is no such incident',
  body: html`<p>It is not in the history of this machine any more.</p>`,
};

function asking(link: AlertLink, incident: IncidentRecord, address: string): Page {
  const title = link.action === 'acknowledge' ? 'Acknowledge this incident?' : 'Silence this rule?';
  const isOver = incident.state === 'resolved' && link.action === 'acknowledge';
  const facts = html`<p><b>${incident.rule}</b>, ${incident.severity}, ${incident.count} entries, since ${incident.openedAt}</p>`;
  if (isOver)
    return {
      title: 'It is over already',
      body: html`${facts}<p>There is nothing to take care of.</p>`,
    };
  const label = link.action === 'acknowledge' ? 'Acknowledge' : 'Silence';
  return {
    title,
    body: html`${facts}<p>${askText(link, incident)}</p><form method="post" action="${address}"><button>${label}</button></form>`,
  };
}

/** The page carries its own style and one form. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE =
  'body{font:16px/24px system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:24px 16px;background:#F5F6F4;color:#1B2125}' +
  'button{font:inherit;font-weight:bold;min-height:48px;width:100%;border:0;border-radius:6px;background:#0B655B;color:#fff}' +
  'button:focus-visible{outline:3px solid #E0A42C;outline-offset:2px}p{overflow-wrap:anywhere}' +
  '@media(prefers-color-scheme:dark){body{background:#111518;color:#E3E8EA}button{background:#67C9BC;color:#0B1210}}';

function page(reply: FastifyReply, status: number, { title, body }: Page): FastifyReply {
  const text =
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${new Html(STYLE)}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`
      .text;
  return reply
    .status(status)
    .header('content-security-policy', POLICY)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .serializer((content: string) => content)
    .send(text);
}
