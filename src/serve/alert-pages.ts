/**
 * The pages behind the links of alert mails: whole at 320 px, without script, in light and dark.
 *
 * All of an entry or an incident is foreign text and goes through the `html` template.
 */
import { formatDuration } from '../base/duration.ts';
import { Html, html } from '../base/html.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { type AlertLink, silenceEndMs } from '../model/alert-link.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { IncidentRecord } from '../model/incident-record.ts';
import { MATCH_LIMITS, shownLines } from '../notify/mail-text.ts';
import type { Hit } from '../query/hits.ts';
import type { IncidentLinesAnswer } from './questions.ts';

export type LinkPage = Readonly<{ title: string; body: Html }>;

/** Lines on one page: what a phone scrolls through. */
export const LINES_MAX = 200;

/** Lines of one entry, a long stack trace. */
const SHOWN_LIMITS = { ...MATCH_LIMITS, linesMax: 60 };

export const ENDED: LinkPage = {
  title: 'This link has ended',
  body: html`<p>It is too old, not whole, or of a time before the state was restored. Acknowledge with <code>logstead alerts ack ID</code> on the machine.</p>`,
};
export const GONE: LinkPage = {
  title: 'There is no such incident',
  body: html`<p>It is not in the history of this machine any more.</p>`,
};

export function asking(
  link: AlertLink,
  incident: IncidentRecord,
  { address, nowMs }: Readonly<{ address: string; nowMs: number }>,
): LinkPage {
  const isAck = link.action === 'acknowledge';
  const facts = html`<p><b>${incident.rule}</b>, ${incident.severity}, ${formatCounted(incident.count, 'entry', 'entries')}, since ${incident.openedAt}</p>`;
  if (incident.state === 'resolved' && isAck) {
    return {
      title: 'It is over already',
      body: html`${facts}<p>There is nothing to take care of.</p>`,
    };
  }
  if (!isAck && silenceEndMs(link, nowMs) <= nowMs) {
    return {
      title: 'That time has passed',
      body: html`${facts}<p>The silence would be over already.</p>`,
    };
  }
  const label = isAck ? 'Acknowledge' : 'Silence';
  return {
    title: isAck ? 'Acknowledge this incident?' : 'Silence this rule?',
    body: html`${facts}<p>${askText(link, incident, nowMs)}</p><form method="post" action="${address}"><button>${label}</button></form>`,
  };
}

function askText(link: AlertLink, { rule }: IncidentRecord, nowMs: number): string {
  if (link.action === 'acknowledge') {
    return 'Reminders stop until it is over or gets worse. Others see that somebody takes care of it.';
  }
  const length = formatDuration(silenceEndMs(link, nowMs) - nowMs);
  return `Nobody is told of incidents of the rule "${rule}" for ${length}. What is still open then is told then.`;
}

export function doneText({ action }: AlertLink, { rule }: IncidentRecord): string {
  return action === 'acknowledge'
    ? 'The incident is acknowledged. You will hear of it when it is over, or when it gets worse.'
    : `The rule "${rule}" is silent now.`;
}

/** `next`: the address of the next page; null: this is the last. */
export function incidentPage(
  answer: NonNullable<IncidentLinesAnswer>,
  { next, isFirst }: Readonly<{ next: string | null; isFirst: boolean }>,
): LinkPage {
  const { incident, records, hits } = answer;
  const rows = records.map((record, index) => entryRow(record, hits[index] ?? []));
  const shown = isFirst && next === null ? '' : `${formatCount(records.length)} of them here. `;
  const lines =
    records.length === 0
      ? html`<p>${emptyText(answer, isFirst)}</p>`
      : html`<p class="q">${shown}Times are UTC.</p><ol>${rows}</ol>`;
  const more = next !== null && html`<p><a class="more" href="${next}">More lines</a></p>`;
  return {
    title: `${incident.rule}: ${formatCounted(incident.count, 'line')}`,
    body: html`${factsOf(incident)}${lines}${more}<h2>On the machine</h2><p><code>logstead search --incident ${incident.id}</code></p>`,
  };
}

function factsOf(incident: IncidentRecord): Html {
  const { severity, state, openedAt, resolvedAt, group, query, acknowledgedAt } = incident;
  const facts: (readonly [string, string])[] = [
    ['State', `${state === 'open' ? 'open' : 'resolved'}, severity ${severity}`],
    ['Since', openedAt],
  ];
  if (resolvedAt !== null) facts.push(['Over', resolvedAt]);
  if (acknowledgedAt !== null) facts.push(['Acknowledged', acknowledgedAt]);
  facts.push(...Object.entries(group));
  if (query !== null) facts.push(['Query', query]);
  return html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function emptyText(
  { incident, hasQuery }: NonNullable<IncidentLinesAnswer>,
  isFirst: boolean,
): string {
  if (!hasQuery) return 'Its rule is a function of a program: there is no search for its lines.';
  if (!isFirst) return 'There are no more.';
  return incident.count === 0
    ? 'It is about lines that did not come.'
    : 'The index has let go of its lines. They may be in archives: add --archives to the command below.';
}

function entryRow(record: EntryRecord, hits: readonly Hit[]): Html {
  const { timestamp, level, source, file, message } = record;
  const place = source === '' ? file : source;
  const [first = '', ...rest] = shownLines(record, SHOWN_LIMITS);
  const isTrouble = level === 'ERROR' || level === 'FATAL';
  // Marked where the text is shown as it was: hidden characters move what follows them.
  const isPlain = first.startsWith(message.split('\n')[0] ?? '');
  const marked = isPlain ? withHits(first, hits) : html`${first}`;
  return html`<li class="${isTrouble ? 'bad' : ''}"><span class="q">${timestamp.slice(0, 10)} ${timestamp.slice(11, -1)} <b>${level}</b> ${place}</span><br>${marked}${rest.map((line) => html`<br>${line}`)}</li>`;
}

function withHits(line: string, hits: readonly Hit[]): Html {
  const parts: Html[] = [];
  let at = 0;
  for (const { start, end } of hits) {
    if (end > line.length || start < at) break;
    parts.push(html`${line.slice(at, start)}<mark>${line.slice(start, end)}</mark>`);
    at = end;
  }
  return html`${parts}${line.slice(at)}`;
}

const STYLE =
  'body{font:16px/24px -apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;max-width:46rem;margin:0 auto;padding:24px 16px;background:#F5F6F4;color:#1B2125}' +
  'h1{font-size:20px;line-height:28px}h2{font-size:15px;margin:24px 0 0}p,dd,li{overflow-wrap:anywhere}' +
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;font-size:14px;line-height:20px}dt,.q{color:#49535A}dd{margin:0}' +
  'ol{list-style:none;padding:0;margin:0;border:1px solid #DDE1DE;border-radius:8px;background:#fff;font:12px/17px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}' +
  'li{padding:6px 10px;border-left:3px solid #7D868C}li.bad{border-left-color:#AD3410}li+li{border-top:1px solid #DDE1DE}' +
  'mark{background:#FFE48A;color:#2B2200;border-bottom:2px solid #8A5C00}code{font:13px/18px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}' +
  'button,.more{display:block;box-sizing:border-box;font:inherit;font-weight:bold;min-height:48px;width:100%;border:0;border-radius:6px;background:#0B665E;color:#fff;text-align:center;line-height:48px;text-decoration:none}' +
  'button:focus-visible,a:focus-visible{outline:3px solid #E0A42C;outline-offset:2px}' +
  '@media(prefers-color-scheme:dark){body{background:#111518;color:#E3E8EA}dt,.q{color:#AEB8BE}ol{background:#181D21;border-color:#2A3237}li+li{border-color:#2A3237}li{border-left-color:#6F7A81}li.bad{border-left-color:#E0602F}' +
  'mark{background:#5A4700;color:#FFF1BF;border-color:#EFBF5F}button,.more{background:#63C7BA;color:#0C1F1D}}';

export function linkPage({ title, body }: LinkPage): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><title>${title}</title><style>${new Html(STYLE)}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`
    .text;
}
